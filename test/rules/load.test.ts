import { expect } from 'chai';
import { print, toBytes, type Expr } from '../../engine/index.ts';
import { engineLanguage, loadRules, selectRules, type LoadResult } from '../../rules/index.ts';

const load = (...texts: string[]): LoadResult =>
  loadRules(
    texts.map((text, i) => ({ name: `${i + 1}.yaml`, content: toBytes(text) })),
    engineLanguage,
  );

const rule = (name: string, condition: string, more = ''): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: INFO\n${more}`;

describe('loadRules', () => {
  it('names the macro that a tree came from, and shares the tree', () => {
    const { rules, macros, origins } = load(
      `- macro: opened\n  condition: evt.type = open\n${rule('a', 'opened and proc.name = x')}${rule('b', 'not opened and evt.type = open')}`,
    );
    const tree = macros.get('opened')!.condition;
    const first = (expr: Expr): Expr => (expr.kind === 'and' ? first(expr.children[0]!) : expr);
    expect(first(rules[0]!.condition.expr)).to.equal(tree);
    expect(origins.get(tree)).to.equal('opened');
  });

  it('compiles anew what a later file changes', () => {
    const before = `- macro: m\n  condition: evt.type = open\n- list: l\n  items: [a]\n${rule('r', 'm and proc.name in (l)')}`;
    const conditions = (...texts: string[]): string[] =>
      load(before, ...texts).rules.map(({ condition }) => print(condition.expr));
    expect(conditions()).to.deep.equal(['(evt.type = open and proc.name in (a))']);
    expect(conditions('- macro: m\n  condition: evt.type = close\n')).to.deep.equal([
      '(evt.type = close and proc.name in (a))',
    ]);
    expect(conditions('- list: l\n  items: [b]\n  override:\n    items: append\n')).to.deep.equal([
      '(evt.type = open and proc.name in (a, b))',
    ]);
  });

  it('tells places in lines and columns of people', () => {
    const { rules, diagnostics } = load(rule('é', 'evt.type = open and no.such = 1'));
    expect(rules).to.deep.equal([]);
    expect(diagnostics).to.deep.equal([
      {
        code: 'LOAD_ERR_COMPILE_CONDITION',
        severity: 'error',
        message: 'filter_check called with nonexistent field no.such',
        file: '1.yaml',
        line: 3,
        column: 34,
        endColumn: 41,
        hint: 'tiercel fields lists all fields',
      },
    ]);
  });

  it('stops at the first file that fails', () => {
    const { files } = load(rule('a', 'nosuch'), rule('b', 'evt.type = open'));
    expect(files.map(({ successful }) => successful)).to.deep.equal([false]);
  });

  it('adds outputs to the rules that they are for', () => {
    const text = rule('a', 'evt.type = open', '  tags: [x, y]\n') + rule('b', 'evt.type = open');
    const { rules } = loadRules([{ name: 'r', content: text }], engineLanguage, {
      appendOutput: [
        { format: '%proc.name', tags: ['x'] },
        { field: { key: 'fd.name', format: '%fd.name', raw: true }, rule: 'b' },
      ],
    });
    expect(rules.map(({ output }) => output.source)).to.deep.equal(['o %proc.name', 'o']);
    expect(rules.map(({ extraFields }) => [...extraFields.keys()])).to.deep.equal([[], ['fd.name']]);
  });

  it('refuses macros that nest deeper than can be walked', () => {
    const macros = Array.from(
      { length: 6000 },
      (_, i) =>
        `- macro: m${i}\n  condition: ${i === 0 ? 'evt.type = open' : `not m${i - 1} and proc.pid = 1`}\n`,
    );
    const { diagnostics } = load(macros.join('') + rule('r', 'm5999'));
    expect(diagnostics[0]?.message).to.equal('conditions are nested too deeply');
  });
});

describe('selectRules', () => {
  const { rules } = load(
    rule('Read a', 'evt.type = open', '  tags: [x]\n') +
      rule('Read b', 'evt.type = open', '  tags: [x, y]\n  enabled: false\n') +
      rule('Write c', 'evt.type = open', '  tags: [y]\n').replace('INFO', 'CRITICAL'),
  );
  const names = (
    ...args: Parameters<typeof selectRules> extends [unknown, ...infer R] ? R : never
  ): string[] => selectRules(rules, ...args).map(({ name, enabled }) => `${name}${enabled ? '' : ' (off)'}`);

  it('takes what is enabled', () => {
    expect(names()).to.deep.equal(['Read a', 'Write c']);
  });
  it('puts what is enabled later behind', () => {
    expect(names({ rules: [{ enable: true, rule: 'Read*' }] })).to.deep.equal([
      'Read a',
      'Write c',
      'Read b',
    ]);
  });
  it('goes through the entries in their order, name before tag', () => {
    expect(
      names({
        rules: [
          { enable: false, rule: '*' },
          { enable: true, rule: 'Read a', tag: 'y' },
        ],
      }),
    ).to.deep.equal(['Read a', 'Read b', 'Write c']);
  });
  it('leaves out what is less grave', () => {
    expect(names({ priority: 'Error', rules: [{ enable: true, rule: '*' }] })).to.deep.equal(['Write c']);
  });
  it('matches names without going back', () => {
    const match = (rule: string): number =>
      names({
        rules: [
          { enable: false, rule: '*' },
          { enable: true, rule },
        ],
      }).length;
    expect(match('*a')).to.equal(0); // the first `a` is in `Read`
    expect(match('Re*a')).to.equal(0);
    expect(match('Read a')).to.equal(1);
    expect(match('Read*')).to.equal(2);
    expect(match('*e*')).to.equal(3);
  });
});
