import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFalcoConfig } from '../../../daemon/index.ts';
import { DiagnosticError } from '../../../engine/index.ts';

describe('loadFalcoConfig', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-config-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const load = (text: string, options: string[] = [], env = {}) =>
    loadFalcoConfig({ file: write('falco.yaml', text), options, env });

  it('takes what Falco ships with when there is no file', () => {
    const { config, warnings } = loadFalcoConfig({});
    expect(warnings).to.deep.equal([]);
    expect(config.append_output).to.deep.equal([{ suggested_output: true }]);
    expect(config.rule_matching).to.equal('first');
    expect(config.priority).to.equal('debug');
    expect(config.falco_libs.thread_table_size).to.equal(262144);
  });

  const values: [yaml: string, key: 'json_output' | 'priority' | 'rule_matching', value: unknown][] = [
    ['json_output: yes', 'json_output', true],
    ['json_output: "ON"', 'json_output', true],
    ['json_output: Off', 'json_output', false],
    ['priority: WARNING', 'priority', 'warning'],
    ['priority: info', 'priority', 'informational'],
    ['rule_matching: All', 'rule_matching', 'all'],
    ['{}', 'priority', 'debug'],
    ['', 'priority', 'debug'],
  ];
  for (const [yaml, key, value] of values)
    it(`reads ${JSON.stringify(yaml)}`, () => expect(load(yaml).config[key]).to.equal(value));

  it('warns of unknown keys and of values that do not decode, with their place', () => {
    const { config, warnings } = load(
      'json_output: tRuE\nwebserver:\n  enabled: true\n  nosuch: 1\nfoo: [1]\n',
    );
    expect(config.json_output).to.equal(false);
    expect(
      warnings.map(({ code, line, column, message }) => [code, line, column, message.split(':')[0]]),
    ).to.have.deep.members([
      ['CONFIG_BAD_VALUE', 1, 1, 'json_output'],
      ['CONFIG_UNKNOWN_KEY', 4, 3, 'unknown key "webserver.nosuch"'],
      ['CONFIG_UNKNOWN_KEY', 5, 1, 'unknown key "foo"'],
    ]);
  });

  const fatal: [yaml: string, code: string][] = [
    ['priority: loud', 'CONFIG_BAD_VALUE'],
    ['rule_matching: none', 'CONFIG_BAD_VALUE'],
    ['rules: [{toggle: {rule: x}}]', 'CONFIG_BAD_VALUE'],
    ['rules: [{enable: {}}]', 'CONFIG_BAD_VALUE'],
    ['capture: {mode: some}', 'CONFIG_BAD_VALUE'],
    ['a: [', 'CONFIG_BAD_YAML'],
    ['just text', 'CONFIG_BAD_YAML'],
  ];
  for (const [yaml, code] of fatal)
    it(`stops at ${JSON.stringify(yaml)}`, () => {
      expect(() => load(yaml))
        .to.throw(DiagnosticError)
        .with.nested.property('diagnostic.code', code);
    });

  it('names a file that is not there', () => {
    expect(() => loadFalcoConfig({ file: join(folder, 'none.yaml') })).to.throw(
      DiagnosticError,
      'there is no such file',
    );
  });

  const options: [
    option: string,
    check: (config: ReturnType<typeof load>['config']) => unknown,
    value: unknown,
  ][] = [
    ['json_output=true', (c) => c.json_output, true],
    ['falco_libs.thread_table_size=7', (c) => c.falco_libs.thread_table_size, 7],
    ['rules[]={enable: {tag: network}}', (c) => c.rules.at(-1), { enable: { rule: '', tag: 'network' } }],
    [
      'rules[]={disable: {rule: a}, enable: {rule: b}}',
      (c) => c.rules.at(-1),
      { enable: { rule: 'b', tag: '' } },
    ],
    ['rules[].disable.rule=*', (c) => c.rules.at(-1), { disable: { rule: '*', tag: '' } }],
    ['rules[0].disable.rule=x', (c) => c.rules[0], { disable: { rule: 'x', tag: '' } }],
    ['append_output=[]', (c) => c.append_output, []],
    ['append_output[].extra_output=a=b', (c) => c.append_output.at(-1), { extra_output: 'a=b' }],
    ['static_fields.a\\.b=c', (c) => c.static_fields['a.b'], 'c'],
    ['json_output=', (c) => c.json_output, false],
  ];
  for (const [option, check, value] of options)
    it(`-o ${option}`, () =>
      expect(check(loadFalcoConfig({ options: [option] }).config)).to.deep.equal(value));

  for (const option of [
    'json_output',
    '=x',
    'a..b=1',
    'a.=1',
    '[0]=1',
    'a\\x=1',
    'a]=1',
    '__proto__.x=1',
    'a={b: ]}',
  ])
    it(`refuses -o ${option}`, () => {
      expect(() => loadFalcoConfig({ options: [option] })).to.throw(DiagnosticError);
    });

  it('replaces environment variables', () => {
    const { config } = load('static_fields: {a: "x${HOST}y", b: "$${HOST}", c: "${NONE}", d: "${open"}', [], {
      HOST: 'h',
    });
    expect(config.static_fields).to.deep.equal({ a: 'xhy', b: '${HOST}', c: '', d: '${open' });
  });

  it('merges included files by their strategy', () => {
    mkdirSync(join(folder, 'd'));
    writeFileSync(join(folder, 'd/1.yaml'), 'rules: [{disable: {tag: b}}]\njson_output: true\n');
    writeFileSync(join(folder, 'd/2.yaml'), 'rules: [{disable: {tag: c}}]\n');
    const add = write('add.yaml', 'priority: error\nrule_matching: all\n');
    const over = write('over.yaml', 'static_fields: {x: y}\n');
    const { config } = load(
      `priority: notice\nrules: [{disable: {tag: a}}]\nstatic_fields: {a: b}\nconfig_files: [${join(folder, 'd')}, ${join(folder, 'none')}, {path: ${add}, strategy: add-only}, {path: ${over}, strategy: override}]`,
    );
    expect(config.rules.map((entry) => ('disable' in entry ? entry.disable.tag : ''))).to.deep.equal([
      'a',
      'b',
      'c',
    ]);
    expect(config.json_output).to.equal(true);
    expect(config.priority).to.equal('notice');
    expect(config.rule_matching).to.equal('all');
    expect(config.static_fields).to.deep.equal({ x: 'y' });
  });

  it('refuses config files that include config files', () => {
    const inner = write('inner.yaml', 'config_files: [x]');
    expect(() => load(`config_files: [${inner}]`)).to.throw(DiagnosticError, 'included config file');
  });
});
