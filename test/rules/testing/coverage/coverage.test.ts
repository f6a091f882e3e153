import { expect } from 'chai';
import {
  AlertFields,
  alertValues,
  Event,
  EVENTS,
  toBytes,
  type JsonInputObject,
} from '../../../../engine/index.ts';
import {
  languageWith,
  loadRules,
  mergeCoverage,
  percentOf,
  RuleModel,
  type Coverage,
  type RuleCoverage,
} from '../../../../rules/index.ts';
import { CoverageCounter } from '../../../../rules/testing/coverage/counter.ts';
import { reportCoverage } from '../../../../rules/testing/coverage/report.ts';

const openat = EVENTS.find(
  ({ name, enter, flags }) => name === 'openat' && !enter && !flags.includes('old_version'),
)!;
const execve = EVENTS.find(
  ({ name, enter, flags }) => name === 'execve' && !enter && !flags.includes('old_version'),
)!;

const fields = new AlertFields();

function counterFor(condition: string, more = ''): CoverageCounter {
  const content = toBytes(`
- list: shells
  items: [bash, zsh]
- macro: shell
  condition: (proc.name in (shells, fish))
- rule: R
  desc: d
  condition: ${condition}
  output: o
  priority: INFO
${more}`);
  const files = [{ name: 'r.yaml', content }];
  const language = languageWith({ bind: fields.bind });
  const loaded = loadRules(files, language);
  expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).to.deep.equal([]);
  return new CoverageCounter(new RuleModel(files, loaded, language));
}

/** An event of a type that says no more than these values; its type is as good as said. */
function see(counter: CoverageCounter, values: JsonInputObject, code = openat.code): void {
  fields.values = alertValues({ 'evt.type': EVENTS[code]!.name, ...values });
  const event = new Event();
  event.code = code;
  counter.seeAll(event);
}

const reportOf = (counter: CoverageCounter): Coverage => reportCoverage(counter.model, counter.counts);
const ruleOf = (counter: CoverageCounter): RuleCoverage => reportOf(counter).rules[0]!;
const leaves = (counter: CoverageCounter): (readonly [string, number, number])[] =>
  ruleOf(counter).leaves.map(({ text, held, failed }) => [text, held, failed]);

describe('coverage', () => {
  it('counts how the checks come out that are reached', () => {
    const counter = counterFor('evt.type = openat and shell and fd.num > 2');
    see(counter, { 'proc.name': 'bash', 'fd.num': 3 });
    see(counter, { 'proc.name': 'vi', 'fd.num': 3 });
    see(counter, { 'proc.name': 'bash', 'fd.num': 1 });
    see(counter, { 'proc.name': 'bash', 'fd.num': 1 }, execve.code);
    expect(leaves(counter)).to.deep.equal([
      ['evt.type = openat', 3, 0],
      ['proc.name in (shells, fish)', 2, 1],
      ['fd.num > 2', 1, 1],
    ]);
  });

  it('asks of a check only what it can do', () => {
    const counter = counterFor('evt.type = openat and evt.num >= 0 and shell');
    expect(ruleOf(counter).leaves.map(({ canHold, canFail }) => [canHold, canFail])).to.deep.equal([
      [true, false],
      [true, false],
      [true, true],
    ]);
    see(counter, { 'evt.num': 1, 'proc.name': 'bash' });
    see(counter, { 'evt.num': 1, 'proc.name': 'vi' });
    expect(percentOf(reportOf(counter))).to.equal(100);
  });

  it('counts the checks of a macro anew where it is used', () => {
    const counter = counterFor('evt.type = openat and (shell or (fd.num = 0 and not shell))');
    see(counter, { 'proc.name': 'vi', 'fd.num': 0 });
    expect(leaves(counter)).to.deep.equal([
      ['evt.type = openat', 1, 0],
      ['proc.name in (shells, fish)', 0, 1],
      ['fd.num = 0', 1, 0],
      ['proc.name in (shells, fish)', 0, 1],
    ]);
  });

  it('names the items that never matched, where they stand', () => {
    const counter = counterFor('evt.type = openat and shell');
    see(counter, { 'proc.name': 'zsh' });
    const { unmatched, place } = ruleOf(counter).leaves[1]!;
    expect(unmatched.map(({ value, place: at }) => [value, at.line])).to.deep.equal([
      ['bash', 3],
      ['fish', 5],
    ]);
    expect([place.file, place.line, place.column]).to.deep.equal(['r.yaml', 5, 15]);
  });

  it('finds items by the operator, not only as they are', () => {
    const counter = counterFor('evt.type = openat and fd.name startswith anyof (/etc/a, /etc, /usr)');
    see(counter, { 'fd.name': '/etc/abc' });
    expect(ruleOf(counter).leaves[1]!.unmatched.map(({ value }) => value)).to.deep.equal(['/usr']);
  });

  it('names exceptions that never applied', () => {
    const counter = counterFor(
      'evt.type = openat and shell',
      '  exceptions:\n    - {name: a, fields: [fd.num], comps: [=], values: [[1]]}\n    - {name: b, fields: [fd.num], comps: [=], values: [[2]]}\n    - {name: c, fields: [fd.num], comps: [=]}\n',
    );
    see(counter, { 'proc.name': 'zsh', 'fd.num': 1 });
    see(counter, { 'proc.name': 'zsh', 'fd.num': 3 });
    expect(ruleOf(counter).unusedExceptions.map(({ name }) => name)).to.deep.equal(['b']);
  });

  it('adds up what several runs show, over files that they have in common', () => {
    const condition = 'evt.type = openat and shell';
    const [one, other] = [counterFor(condition), counterFor(condition)];
    see(one, { 'proc.name': 'zsh' });
    see(other, { 'proc.name': 'bash' });
    see(other, { 'proc.name': 'vi' });
    other.expect(0, 'fires');
    other.expect(0, 'silent');
    const reports = [one, other].map(({ model, counts }) => reportCoverage(model, counts));
    // As threads hand them on.
    const { rules, seen, possible } = mergeCoverage(structuredClone(reports));
    const [{ fires, silent, leaves: counted }] = rules as [RuleCoverage];
    expect(counted.map(({ text, held, failed }) => [text, held, failed])).to.deep.equal([
      ['evt.type = openat', 3, 0],
      ['proc.name in (shells, fish)', 2, 1],
    ]);
    expect([rules.length, seen, possible]).to.deep.equal([1, 3, 3]);
    expect([fires, silent, counted[1]!.unmatched.map(({ value }) => value)]).to.deep.equal([1, 1, ['fish']]);
  });
});
