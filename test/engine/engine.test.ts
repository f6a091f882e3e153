import { expect } from 'chai';
import fc from 'fast-check';
import { Engine } from '../../engine/engine.ts';
import type { Event } from '../../engine/event.ts';
import { bindField } from '../../engine/fields/index.ts';
import { compileCondition } from '../../engine/filter/condition.ts';
import { parse } from '../../engine/filter/parser.ts';
import type { EngineRule } from '../../engine/ruleset.ts';
import { ASYNCEVENT_E, SYSCALL_CLOSE_X, SYSCALL_OPENAT_2_X } from '../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../engine/tables/types.ts';
import { fakeEvent, fakeField, type FakeValues } from './filter/fake-fields.ts';

const lookup = (name: string, arg: string | undefined) => fakeField(name, arg) ?? bindField(name, arg);

const rule = (condition: string, more: Partial<EngineRule> = {}): EngineRule => ({
  name: condition,
  condition: compileCondition(parse(condition), lookup),
  priority: 'Notice',
  source: 'syscall',
  enabled: true,
  ...more,
});

const open = (values: FakeValues): Event => fakeEvent(values, SYSCALL_OPENAT_2_X);

describe('Engine', () => {
  it('gives all rules that match, or the first, in load order', () => {
    const rules = ['fake.text = a', 'fake.count > 1', 'fake.text in (a, b)'].map((text) => rule(text));
    const event = open({ text: 'a', count: 2 });
    expect(new Engine(rules, { matching: 'all', walks: 0 }).match(event)).to.deep.equal([0, 1, 2]);
    expect(new Engine(rules, { matching: 'first', walks: 0 }).match(event)).to.deep.equal([0]);
    expect(
      new Engine(rules, { matching: 'first', walks: 0 }).match(open({ text: 'b', count: 2 })),
    ).to.deep.equal([1]);
  });

  it('gives the same empty list whenever nothing matches', () => {
    const engine = new Engine([rule('fake.text = a')], { matching: 'all', walks: 0 });
    expect(engine.match(open({ text: 'b' }))).to.equal(engine.match(open({})));
    expect(engine.match(fakeEvent({}, 60_000))).to.deep.equal([]);
  });

  it('leaves out rules that are disabled, of another source, or less severe than wanted', () => {
    const rules = [
      rule('fake.text = a', { enabled: false }),
      rule('fake.text = a', { source: 'k8s_audit' }),
      rule('fake.text = a', { priority: 'Debug' }),
      rule('fake.text = a', { priority: 'Emergency' }),
    ];
    const engine = new Engine(rules, { matching: 'all', walks: 0, minPriority: 'Notice' });
    expect(engine.match(open({ text: 'a' }))).to.deep.equal([3]);
  });

  it('asks a rule at its event types only, even if it were true elsewhere', () => {
    const rules = [rule('evt.type in (openat) and fake.text = a'), rule('not evt.type exists')];
    const engine = new Engine(rules, { matching: 'all', walks: 0 });
    expect(engine.match(open({ text: 'a' }))).to.deep.equal([0]);
    expect(engine.match(fakeEvent({ text: 'a' }, SYSCALL_CLOSE_X))).to.deep.equal([]);
  });

  it('decides checks of the event type when it writes the code', () => {
    const engine = new Engine([rule('evt.type in (openat, close) and fake.text = a')], { matching: 'all' });
    const checksAt = (code: EventCode) => engine.compiled(code)?.constants.map(({ text }) => text);
    expect(checksAt(SYSCALL_CLOSE_X)).to.deep.equal(['fake.text = a']);
    // asyncevent carries its own name.
    expect(checksAt(ASYNCEVENT_E)).to.deep.equal(['evt.type in (openat, close)', 'fake.text = a']);
    expect(checksAt((SYSCALL_CLOSE_X + 100) as EventCode)).to.equal(undefined);
  });

  it('puts no text of a rule into the code', () => {
    const nasty = 'fake.text = "\\n*/ throw 1; //" or fake.text = "`${x}`" or fake.count = 5';
    const engine = new Engine([rule(nasty)], { matching: 'first', walks: 0 });
    expect(engine.match(open({ text: '\n*/ throw 1; //' }))).to.deep.equal([0]);
    const { source, constants } = engine.compiled(SYSCALL_CLOSE_X)!;
    expect(constants[0]!.text).to.include('throw 1');
    expect(source).not.to.include('throw 1');
  });

  it('tells which checks rules share, and what rules several of them out', () => {
    const texts = [
      'fake.text = a and fake.count = 1',
      'fake.text in (a, b) and fake.count = 1',
      'fake.count = 1',
      'evt.type = close',
    ];
    const engine = new Engine(
      texts.map((text) => rule(text)),
      { matching: 'all' },
    );
    const { rules, constants } = engine.compiled(SYSCALL_CLOSE_X)!;
    expect(rules.map(({ checks }) => checks.length)).to.deep.equal([2, 2, 1, 0]);
    const question = { about: 'fake.text', text: '(fake.text = a or fake.text in (a, b))', rules: [0, 1] };
    expect(rules.map((found) => found.question)).to.deep.equal([question, question, undefined, undefined]);
    expect(rules[0]!.checks).to.deep.equal([
      { text: 'fake.text = a', shared: [] },
      { text: 'fake.count = 1', shared: [1, 2] },
    ]);
    expect(constants.find(({ text }) => text === 'fake.count = 1')?.rules).to.deep.equal([0, 1, 2]);
    const alone = engine.compiled(SYSCALL_CLOSE_X, { rules: new Set([1]) })!;
    expect(alone.rules.map(({ index }) => index)).to.deep.equal([1]);
  });

  it('reads a field once for an event, and forgets it with the next', () => {
    let reads = 0;
    const counting = (name: string, arg: string | undefined) => {
      const found = fakeField(name, arg)!;
      return { ...found, get: (event: Event) => (reads++, found.get(event)) };
    };
    const rules = ['fake.count = 1', 'fake.count > 1', 'fake.text = a or fake.text glob "b*"'].map((text) =>
      rule(text, { condition: compileCondition(parse(text), counting) }),
    );
    const engine = new Engine(rules, { matching: 'all', walks: 0 });
    expect(engine.match(open({ count: 1, text: 'b' }))).to.deep.equal([0, 2]);
    expect(reads).to.equal(2);
    expect(engine.match(open({ count: 2, text: 'c' }))).to.deep.equal([1]);
    expect(reads).to.equal(4);
  });

  it('reads a field that changes with each reading just when Falco does', () => {
    const reads: string[] = [];
    const stateful = (name: string, arg: string | undefined) => {
      const found = fakeField(name, arg)!;
      if (name !== 'fake.count') return found;
      const get = (event: Event) => (reads.push('count'), found.get(event));
      return { ...found, field: { ...found.field, stateful: true as const }, get };
    };
    const text =
      'fake.count > 5 and fake.text = a or fake.name = x and (fake.count = 1 or not fake.text = b)';
    const rules = [text, text].map((one) => rule(one, { condition: compileCondition(parse(one), stateful) }));
    const engine = new Engine(rules, { matching: 'all', walks: 0 });
    for (const values of [{ count: 1 }, { count: 6, text: 'a' }, { count: 1, name: 'x' }]) {
      reads.length = 0;
      engine.match(open(values));
      // Once for each rule: they do not share it.
      expect(reads).to.have.length(2);
    }
  });

  it('asks a rule with such a field between the others when it is its turn', () => {
    let reads = 0;
    const stateful = (name: string, arg: string | undefined) => {
      const found = fakeField(name, arg)!;
      if (name !== 'fake.count') return found;
      const get = (event: Event) => (reads++, found.get(event));
      return { ...found, field: { ...found.field, stateful: true as const }, get };
    };
    const rules = ['fake.text = a', 'fake.text in (a, b)', 'fake.count = 1', 'fake.text startswith a'].map(
      (text) => rule(text, { condition: compileCondition(parse(text), stateful) }),
    );
    const cases = [
      { values: { text: 'a', count: 1 }, all: [0, 1, 2, 3], first: [0], readsOfFirst: 0 },
      { values: { text: 'ab', count: 1 }, all: [2, 3], first: [2], readsOfFirst: 1 },
      { values: { text: 'ab', count: 2 }, all: [3], first: [3], readsOfFirst: 1 },
      { values: { text: 'c', count: 2 }, all: [], first: [], readsOfFirst: 1 },
    ];
    const [all, first] = (['all', 'first'] as const).map(
      (matching) => new Engine(rules, { matching, walks: 0 }),
    );
    for (const { values, ...expected } of cases) {
      expect(all!.match(open(values))).to.deep.equal(expected.all);
      reads = 0;
      expect(first!.match(open(values))).to.deep.equal(expected.first);
      expect(reads).to.equal(expected.readsOfFirst);
    }
  });

  it('tells a tracer of every check and rule', () => {
    const engine = new Engine([rule('fake.text = a and fake.count = 1')], { matching: 'all', walks: 0 });
    const seen: unknown[] = [];
    engine.trace(open({ text: 'a', count: 2 }), {
      begin: (index) => seen.push([index]),
      check: (check, outcome) => seen.push([check.key, outcome]),
      rule: (index, matched) => seen.push([index, matched]),
    });
    expect(seen).to.deep.equal([[0], ['fake.text = "a"', true], ['fake.count = 1', false], [0, false]]);
  });

  it('handles conditions of thousands of checks, and deep ones', () => {
    const names = Array.from({ length: 3000 }, (_, i) => `n${i}`);
    const wide = names.map((name) => `fake.text = ${name} and fake.name = ${name}`).join(' or ');
    const deep = `${'not ('.repeat(301)}fake.text = n7${')'.repeat(301)}`;
    const alternating = `${'fake.text = x or (fake.name != y and ('.repeat(150)}fake.text = n7${'))'.repeat(150)}`;
    const engine = new Engine(
      [wide, deep, alternating].map((text) => rule(text)),
      { matching: 'all', walks: 0 },
    );
    expect(engine.match(open({ text: 'n7', name: 'n7' }))).to.deep.equal([0, 2]);
    expect(engine.match(open({ text: 'n7', name: 'n8' }))).to.deep.equal([2]);
    expect(engine.match(open({ text: 'z', name: 'n8' }))).to.deep.equal([1]);
  });

  it('forgets values when it has met too many', () => {
    const engine = new Engine([rule('fake.text regex "a[0-9]*" or fake.text endswith x')], {
      matching: 'all',
      walks: 0,
    });
    for (let i = 0; i < 5000; i++)
      expect(engine.match(open({ text: `${'abc'[i % 3]}${i}` })).length).to.equal(i % 3 === 0 ? 1 : 0);
    for (const end of 'xyxxy')
      expect(engine.match(open({ text: 'b'.repeat(5000) + end })).length).to.equal(end === 'x' ? 1 : 0);
    expect(engine.match(open({})).length).to.equal(0);
  });

  it('walks the conditions until it is worth writing code', () => {
    let reads = 0;
    const counting = (name: string, arg: string | undefined) => {
      const found = fakeField(name, arg)!;
      return { ...found, get: (event: Event) => (reads++, found.get(event)) };
    };
    const rules = ['fake.count = 1', 'fake.count > 1', 'fake.count < 1'].map((text) =>
      rule(text, { condition: compileCondition(parse(text), counting) }),
    );
    const engine = new Engine(rules, { matching: 'all', walks: 2 });
    const readsOf = (count: number): number => {
      reads = 0;
      expect(engine.match(open({ count }))).to.deep.equal([count === 1 ? 0 : 1]);
      return reads;
    };
    // Only code reads a field once.
    expect([1, 2, 1, 2].map(readsOf)).to.deep.equal([3, 3, 1, 1]);
    expect(engine.match(fakeEvent({ count: 1 }, SYSCALL_CLOSE_X))).to.deep.equal([0]);
    expect(reads).to.equal(4);
  });

  it('asks the rules that are left, in their order, where one value rules most of them out', () => {
    const rules = [
      'fake.count > 1 and (fake.text = a or fake.text = b)',
      'fake.count > 2',
      'fake.count > 1 and (fake.text startswith c and fake.count > 3)',
      'not fake.text = d',
      '(fake.text = e and fake.count = 1) or (fake.text = f and fake.count = 2)',
      'fake.count > 1 and fake.text glob "g*" and not fake.text = gg',
    ].map((text) => rule(text));
    const all = new Engine(rules, { matching: 'all' });
    const first = new Engine(rules, { matching: 'first' });
    for (const text of ['a', 'b', 'c', 'cc', 'd', 'e', 'f', 'g', 'gg', 'z', undefined])
      for (const count of [0, 1, 2, 3, 4]) {
        const event = open({ text, count });
        const expected = [...all.trace(event, {})];
        expect(all.match(event), `${text} ${count}`).to.deep.equal(expected);
        expect(first.match(event), `${text} ${count}`).to.deep.equal(expected.slice(0, 1));
      }
  });

  it('finds with its code what walking the conditions finds', () => {
    const check = fc.constantFrom(
      'fake.text = a', 'fake.text in (a, b)', 'fake.text startswith a', 'fake.text regex "a+"', 'fake.text exists',
      'fake.name = a', 'fake.name != b', 'fake.name glob "a*"', 'fake.path pmatch (/a, /b/*)', 'fake.path endswith b',
      'fake.count = 1', 'fake.count > 1', 'fake.count in (1, 2)', 'fake.texts intersects (a)', 'fake.text = val(fake.name)',
      'tolower(fake.text) = a', 'evt.type = openat', 'evt.type in (close, dup)', 'evt.dir = >',
    ); // prettier-ignore
    const { condition } = fc.letrec<{ condition: string; joined: string }>((tie) => ({
      joined: fc
        .tuple(
          fc.constantFrom(' and ', ' or '),
          fc.array(fc.oneof(check, tie('condition')), { minLength: 2, maxLength: 6 }),
        )
        .map(([operator, parts]) => `(${parts.join(operator)})`),
      condition: fc.oneof(
        { maxDepth: 4 },
        check,
        tie('joined'),
        tie('condition').map((inner) => `not (${inner})`),
      ),
    }));
    const text = fc.option(fc.constantFrom('', 'a', 'aa', 'b', 'A', '/a/b', '/b'), { nil: undefined });
    const values = fc.record({
      text,
      name: text,
      path: text,
      count: fc.constantFrom(undefined, 0, 1, 2),
      texts: fc.constantFrom(undefined, [], ['a'], ['b', 'a']),
    });
    const conditions = fc.array(condition, { minLength: 1, maxLength: 8 });
    const agrees = (texts: readonly string[], events: readonly FakeValues[]): void => {
      for (const matching of ['first', 'all'] as const) {
        const engine = new Engine(
          texts.map((one) => rule(one)),
          { matching, walks: 0 },
        );
        for (const event of events.map(open))
          expect([...engine.match(event)]).to.deep.equal([...engine.trace(event, {})]);
      }
    };
    const severalEvents = fc.array(values, { minLength: 1, maxLength: 5 });
    fc.assert(fc.property(conditions, severalEvents, agrees), { numRuns: 150 });
    // Many rules that want something of the same few values are asked in groups.
    const many = fc.array(condition, { minLength: 30, maxLength: 60, size: 'max' });
    fc.assert(fc.property(many, severalEvents, agrees), { numRuns: 20 });
  });
});
