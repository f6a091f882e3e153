import { expect } from 'chai';
import { fromBytes, toBytes } from '../../../engine/index.ts';
import {
  changeLines,
  diffRules,
  engineLanguage,
  isSame,
  loadRules,
  selectRules,
  type RuleSelection,
  type RulesDiff,
} from '../../../rules/index.ts';

interface Options {
  readonly selection?: readonly RuleSelection[];
  readonly ordered?: boolean;
}

function diff(
  old: readonly string[],
  next: readonly string[],
  { selection = [], ordered = true }: Options = {},
): RulesDiff {
  const [a, b] = [old, next].map((texts) => {
    const files = texts.map((text, i) => ({ name: `${i + 1}.yaml`, content: toBytes(text) }));
    const loaded = loadRules(files, engineLanguage);
    expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).to.deep.equal([]);
    return { loaded, running: selectRules(loaded.rules, { rules: selection }) };
  });
  return diffRules(a!, b!, { language: engineLanguage, ordered });
}

const rule = (name: string, condition: string, more = ''): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: INFO\n${more}`;
const list = (name: string, items: string): string => `- list: ${name}\n  items: [${items}]\n`;
const macro = (name: string, condition: string): string => `- macro: ${name}\n  condition: ${condition}\n`;

const OPEN = 'evt.type = open';

describe('diffRules', () => {
  const base = `${list('shells', 'sh, ash')}${macro('shell', 'proc.name in (shells)')}${rule('a', `${OPEN} and shell`)}${rule('b', `${OPEN} and not shell`)}${rule('c', `${OPEN} and proc.pid = 1`)}`;

  it('finds nothing where there is nothing', () => {
    const result = diff([base], [base]);
    expect(isSame(result)).to.equal(true);
    // Blanks and comments make no difference.
    expect(isSame(diff([base], [`# about\n${base.replace(/and shell/, '\n    and   shell')}`]))).to.equal(
      true,
    );
  });

  it('tells items that came and went, with their places', () => {
    const { lists, macros, rules } = diff(
      [base],
      [
        `${base.split('\n- rule: c')[0]}\n`,
        `${list('l', 'x')}${macro('m', 'proc.name in (l)')}${rule('d', `${OPEN} and m`)}`,
      ],
    );
    expect(
      [...lists, ...macros, ...rules].map(({ name, change, place }) => [
        name,
        change,
        place.file,
        place.line,
      ]),
    ).to.deep.equal([
      ['l', 'added', '2.yaml', 1],
      ['m', 'added', '2.yaml', 3],
      ['d', 'added', '2.yaml', 5],
      ['c', 'removed', '1.yaml', 15],
    ]);
  });

  it('shows rules that only a list changed below the list, with what it means for each', () => {
    const { lists, macros, rules } = diff(
      [base],
      [base, `${list('shells', 'fish')}  override: {items: append}\n`],
    );
    expect(lists).to.deep.equal([
      {
        name: 'shells',
        change: 'changed',
        place: { file: '1.yaml', line: 1 },
        items: { added: ['fish'], removed: [] },
        consequences: [
          { rule: 'a', effect: 'more', runs: true },
          { rule: 'b', effect: 'less', runs: true },
        ],
      },
    ]);
    expect(macros).to.deep.equal([]);
    expect(rules.map(({ name, own, causes }) => [name, own, causes])).to.deep.equal([
      ['a', false, ['list shells']],
      ['b', false, ['list shells']],
    ]);
  });

  it('shows them below the macro', () => {
    const { macros } = diff([base], [base, macro('shell', 'proc.name in (shells) and fd.num = 1')]);
    expect(macros[0]!.condition!.effect).to.equal('less');
    expect(
      macros[0]!.consequences.map((consequence) => [consequence.rule, consequence.effect]),
    ).to.deep.equal([
      ['a', 'less'],
      ['b', 'more'],
    ]);
  });

  it('follows lists in lists, macros in macros and lists in exceptions', () => {
    const exceptions =
      '  exceptions:\n    - {name: e, fields: [proc.name], comps: [in], values: [[inner]]}\n';
    const text = (items: string): string =>
      `${list('inner', items)}${list('outer', 'x, inner')}${macro('m', 'proc.name in (outer)')}${macro('n', 'not m')}${rule('a', `${OPEN} and n`)}${rule('b', OPEN, exceptions)}`;
    const { lists, rules } = diff([text('y')], [text('y, z')]);
    expect(
      lists.map(({ name, consequences }) => [name, consequences.map((one) => [one.rule, one.effect])]),
    ).to.deep.equal([
      [
        'inner',
        [
          ['a', 'less'],
          ['b', 'less'],
        ],
      ],
    ]);
    expect(rules.map(({ own }) => own)).to.deep.equal([false, false]);
  });

  it('names the list that took a word of a condition', () => {
    const { lists, rules } = diff([base], [list('ash', 'dash'), base]);
    expect(lists[0]!.consequences.map((one) => one.rule)).to.deep.equal(['a', 'b']);
    expect(rules.every(({ own }) => !own)).to.equal(true);
  });

  it('tells a condition that is written differently and means the same', () => {
    const [change] = diff([base], [base, `${rule('a', `${OPEN} and (proc.name in (sh, ash))`)}`]).rules;
    expect(change!.rewritten).to.equal(true);
    expect(change!.condition!.effect).to.equal('same');
    expect(changeLines(change!.condition!.changes).every(({ mark }) => mark === ' ')).to.equal(true);
  });

  it('tells what changed in a rule', () => {
    const old = rule('a', OPEN, '  tags: [x, y]\n');
    const next = rule(
      'a',
      `${OPEN} and fd.num = 1`,
      '  tags: [y, z]\n  capture: true\n  capture_duration: 5\n  warn_evttypes: false\n  skip-if-unknown-filter: true\n',
    )
      .replace('INFO', 'ERROR')
      .replace('output: o', 'output: p é')
      .replace('desc: d', 'desc: e');
    const [change] = diff([old], [next]).rules;
    expect(
      change!.properties.map(({ key, old: before, next: after }) => [key, before, fromBytes(after)]),
    ).to.deep.equal([
      ['desc', 'd', 'e'],
      ['priority', 'Informational', 'Error'],
      ['capture', 'false', 'true'],
      ['capture_duration', '0', '5'],
      ['warn_evttypes', 'true', 'false'],
      ['skip-if-unknown-filter', 'false', 'true'],
      ['output', 'o', 'p é'],
    ]);
    expect(change!.tags).to.deep.equal({ added: ['z'], removed: ['x'] });
    expect(change!.condition!.effect).to.equal('less');
  });

  it('tells what changed in exceptions', () => {
    const exceptions = (...texts: string[]): string =>
      `  exceptions:\n${texts.map((text) => `    - ${text}\n`).join('')}`;
    const { rules } = diff(
      [
        rule(
          'a',
          OPEN,
          exceptions(
            '{name: gone, fields: fd.name, values: [x]}',
            '{name: e, fields: [proc.name, fd.num], values: [[x, 1]]}',
          ),
        ),
      ],
      [
        rule(
          'a',
          OPEN,
          exceptions(
            '{name: e, fields: [proc.name, fd.num], comps: [=, ">"], values: [[x, 1], [y, 2]]}',
            '{name: new, fields: fd.name}',
          ),
        ),
      ],
    );
    expect(rules[0]!.exceptions).to.deep.equal([
      { name: 'gone', change: 'removed', values: { added: [], removed: ['x'] } },
      {
        name: 'e',
        change: 'changed',
        comps: { old: '[=, =]', next: '[=, >]' },
        values: { added: ['[y, 2]'], removed: [] },
      },
      { name: 'new', change: 'added', values: { added: [], removed: [] } },
    ]);
  });

  it('tells what runs, by the files and by the selection', () => {
    const off = rule('a', OPEN, '  tags: [t]\n  enabled: false\n');
    const on = rule('a', OPEN, '  tags: [t]\n');
    const runs = (old: string, next: string, selection: readonly RuleSelection[] = []): unknown =>
      diff([old], [next], { selection }).rules.map((change) => [change.runs.old, change.runs.next]);
    expect(runs(off, on)).to.deep.equal([[false, true]]);
    expect(runs(on, off)).to.deep.equal([[true, false]]);
    expect(runs(on, off, [{ enable: true, rule: '*' }])).to.deep.equal([[true, true]]);
    expect(runs(off.replace('[t]', '[u]'), off, [{ enable: true, tag: 't' }])).to.deep.equal([[false, true]]);
  });

  it('tells of rules that are tried at another place, where that matters', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => rule(name, OPEN));
    const sides: [string[], string[]] = [[a! + b! + c!], [c! + a! + b! + rule('d', OPEN)]];
    expect(diff(...sides).moved).to.deep.equal([{ rule: 'c', after: { old: 'b', next: undefined } }]);
    expect(diff(...sides, { ordered: false }).moved).to.deep.equal([]);
  });

  it('tells of macros and lists that nothing uses any more', () => {
    const { unused } = diff([base], [base, macro('shell', 'fd.num = 1'), rule('b', OPEN) + rule('a', OPEN)]);
    expect(unused).to.deep.equal({ macros: ['shell'], lists: ['shells'] });
  });

  it('compares conditions that nest deeply', () => {
    const chain = (last: string): string =>
      Array.from({ length: 1000 }, (_, i) =>
        macro(`m${i}`, i === 0 ? last : `not (m${i - 1} and proc.pid = ${i})`),
      ).join('');
    const { macros, rules } = diff(
      [chain('fd.num = 1') + rule('a', `${OPEN} and m999`)],
      [chain('fd.num in (1, 2)') + rule('a', `${OPEN} and m999`)],
    );
    expect(macros.map(({ name }) => name)).to.deep.equal(['m0']);
    expect(rules[0]!.causes).to.deep.equal(['macro m0']);
    expect(changeLines(rules[0]!.condition!.changes).length).to.be.greaterThan(1000);
  });
});
