import { expect } from 'chai';
import { RuleProfiler } from '../../daemon/index.ts';
import { bindField, compileCondition, Engine, parse, toBytes, type Matching } from '../../engine/index.ts';
import { SYSCALL_OPENAT_2_X } from '../../engine/tables/codes.generated.ts';
import { fakeEvent, fakeField, type FakeValues } from '../engine/filter/fake-fields.ts';

/** Milliseconds that reading a field takes, by the clock of these tests. */
const COST: Readonly<Record<string, number>> = {
  'fake.text': 0.008,
  'fake.count': 0.002,
  'fake.name': 0.001,
  'fake.id': 50,
};
/** Milliseconds that reading the clock takes. */
const READING = 0.00025;

/** Profiles rules over events, all of one type. */
function profile(conditions: readonly string[], events: readonly FakeValues[], matching: Matching = 'all') {
  let now = 0;
  const lookup = (name: string, arg: string | undefined) => {
    const fake = fakeField(name, arg);
    if (fake === undefined) return bindField(name, arg);
    const get: typeof fake.get = (event) => {
      now += COST[name]!;
      return fake.get(event);
    };
    return { ...fake, get };
  };
  const rules = conditions.map((condition, i) => ({
    name: toBytes(`rule ${i} – ü`),
    condition: compileCondition(parse(condition), lookup),
    priority: 'Notice' as const,
    source: 'syscall',
    enabled: true,
  }));
  const engine = new Engine(rules, { matching });
  const profiler = new RuleProfiler(engine, () => (now += READING));
  const matches = events.map((values) => [...profiler.match(fakeEvent(values, SYSCALL_OPENAT_2_X))]);
  return { ...profiler.profile(), matches };
}

const inMicroseconds = <Cost extends { seconds: number; share: number }>(costs: readonly Cost[]) =>
  costs.map(({ seconds, share, ...rest }) => ({ ...rest, us: Math.round(seconds * 1e9) / 1e3, share }));

describe('RuleProfiler', () => {
  it('gives the matches of the engine, and the time of checks without that of the clock', () => {
    const { rules, checks, seconds, matches } = profile(
      ['fake.name = b and fake.count = 1', 'fake.text = a or fake.count = 1'],
      [
        { text: 'a', name: 'b', count: 1 },
        { text: 'x', name: 'c', count: 1 },
      ],
    );
    expect(matches).to.deep.equal([[0, 1], [1]]);
    expect(seconds).to.be.closeTo(22e-6, 1e-9);
    expect(inMicroseconds(rules)).to.deep.equal([
      { rule: 'rule 1 – ü', events: 2, matches: 2, us: 18, share: rules[0]!.share },
      { rule: 'rule 0 – ü', events: 2, matches: 1, us: 4, share: rules[1]!.share },
    ]);
    expect(inMicroseconds(checks)).to.deep.equal([
      { check: 'fake.text = a', rules: 1, times: 2, held: 1, us: 16, share: checks[0]!.share },
      { check: 'fake.count = 1', rules: 2, times: 2, held: 2, us: 4, share: checks[1]!.share },
      { check: 'fake.name = b', rules: 1, times: 2, held: 1, us: 2, share: checks[2]!.share },
    ]);
    for (const costs of [rules, checks])
      expect(costs.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-9);
  });

  it('counts a rule only at events that reach it', () => {
    const conditions = ['fake.name = b', 'evt.type = close and fake.name = b', 'fake.name exists'];
    const { rules } = profile(conditions, [{ name: 'b' }, { name: 'b' }, { name: 'c' }], 'first');
    expect(inMicroseconds(rules).map(({ rule, events, matches }) => [rule, events, matches])).to.deep.equal([
      ['rule 0 – ü', 3, 2],
      ['rule 2 – ü', 1, 1],
      ['rule 1 – ü', 0, 0],
    ]);
  });

  it('counts a rule once that makes a check several times', () => {
    const { checks } = profile(['fake.name = b or not fake.name = b'], [{ name: 'c' }]);
    expect(inMicroseconds(checks)).to.deep.equal([
      { check: 'fake.name = b', rules: 1, times: 2, held: 0, us: 2, share: 1 },
    ]);
  });

  it('takes a check that seems to take very long for interrupted', () => {
    const { checks } = profile(['fake.id = 1 and fake.name = b'], [{ id: 1, name: 'c' }]);
    expect(inMicroseconds(checks).map(({ check, us }) => [check, us])).to.deep.equal([
      ['fake.id = 1', 99.75],
      ['fake.name = b', 1],
    ]);
  });

  it('has nothing to say before the first event', () => {
    const { seconds, rules, checks } = profile(['fake.name = b'], []);
    expect({ seconds, rules, checks }).to.deep.equal({
      seconds: 0,
      rules: [{ rule: 'rule 0 – ü', events: 0, matches: 0, seconds: 0, share: 0 }],
      checks: [],
    });
  });
});
