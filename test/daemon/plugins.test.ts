import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { loadFalcoConfig } from '../../daemon/config/load.ts';
import { loadPlugins } from '../../daemon/plugins.ts';
import { loadSelectedRules } from '../../daemon/rules.ts';
import { DiagnosticError } from '../../engine/index.ts';

/** A definition as a plug-in may export it. */
const definition = (name: string, more = ''): string =>
  `{ name: '${name}', summary: 'Lines.', records: 'lines', fields: [{ desc: 'Words.', fields: [{ name: '${name}.line', desc: 'All of it.', get: (line) => line }] }],
     *parse(line) { yield { time: 0n, data: line }; }, describe: (line) => line${more} }`;

describe('loadPlugins', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-plugins-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const config = (yaml: string) => loadFalcoConfig({ file: write('falco.yaml', yaml) }).config;
  const load = (yaml: string) => loadPlugins(config(yaml), folder);
  async function names(yaml: string): Promise<string[]> {
    return (await load(yaml)).sources.map(({ name }) => name);
  }

  it("takes Falco's own configuration: libraries stand for what tiercel brings", async () => {
    const { sources, params, warnings } = await load(`
load_plugins: [container, k8saudit, json]
plugins:
  - {name: container, library_path: libcontainer.so, init_config: {label_max_len: 100}}
  - {name: k8saudit, library_path: libk8saudit.so, init_config: "", open_params: "http://:9765/k8s-audit"}
  - {name: cloudtrail, library_path: libcloudtrail.so}
  - {name: json, library_path: libjson.so}
`);
    expect(sources.map(({ name }) => name)).to.deep.equal(['k8s_audit', 'json']);
    expect([...params]).to.deep.equal([['k8s_audit', 'http://:9765/k8s-audit']]);
    expect(warnings).to.deep.equal([]);
  });

  it('loads all where load_plugins does not say, and none where it names none', async () => {
    const plugins = 'plugins: [{name: cloudtrail, library_path: /usr/share/falco/plugins/libcloudtrail.so}]';
    expect(await names(plugins)).to.deep.equal(['aws_cloudtrail']);
    expect(await names(`load_plugins: []\n${plugins}`)).to.deep.equal([]);
    expect(await names('load_plugins: [k8saudit-eks]')).to.deep.equal(['k8s_audit']);
    expect(await names('{}')).to.deep.equal([]);
  });

  it('tells of libraries that only Falco has', async () => {
    const { sources, warnings } = await load('plugins: [{name: okta, library_path: libokta.so}]');
    expect(sources).to.deep.equal([]);
    expect(warnings.map(({ code, severity }) => [code, severity])).to.deep.equal([
      ['CONFIG_PLUGIN_OF_FALCO', 'warning'],
    ]);
  });

  it('loads a module that lies beside the configuration: a definition, or a function of init_config', async () => {
    write('a.mjs', `export default ${definition('one')};`);
    write(
      'b.mjs',
      `export default async (settings) => (${definition('two')}, { ...${definition('two')}, summary: settings.greeting });`,
    );
    const { sources } = await load(`
plugins:
  - {name: a, library_path: ./a.mjs}
  - {name: b, library_path: ./b.mjs, init_config: {greeting: hello}}
`);
    expect(sources.map(({ name, summary }) => [name, summary])).to.deep.equal([
      ['one', 'Lines.'],
      ['two', 'hello'],
    ]);
  });

  it('loads an npm package', async () => {
    write('node_modules/of-lines/package.json', '{"name": "of-lines", "type": "module", "main": "main.js"}');
    write('node_modules/of-lines/main.js', `export default ${definition('packed')};`);
    expect(await names('plugins: [{name: a, library_path: of-lines}]')).to.deep.equal(['packed']);
  });

  const refused: readonly [name: string, yaml: string, message: RegExp, hint: RegExp][] = [
    ['a name that is nowhere', 'load_plugins: [k8saudt]', /names "k8saudt"/, /k8saudit/],
    [
      'a file that is not there',
      'plugins: [{name: a, library_path: ./none.mjs}]',
      /cannot load .*none\.mjs/,
      /beside the configuration/,
    ],
    [
      'a package that is not there',
      'plugins: [{name: a, library_path: no-such-package}]',
      /cannot load .*no-such-package/,
      /npm package/,
    ],
    ['a module that throws', 'plugins: [{name: a, library_path: ./throws.mjs}]', /it is broken/, /./],
    [
      'a module that is no source',
      'plugins: [{name: a, library_path: ./other.mjs}]',
      /no source as its default export/,
      /defineSource/,
    ],
    [
      'settings that it does not take',
      'plugins: [{name: json, library_path: libjson.so, init_config: {tme: x}}]',
      /init_config of the plug-in "json": json has no setting "tme"/,
      /./,
    ],
    [
      'two with the same source',
      'plugins: [{name: a, library_path: ./a.mjs}, {name: b, library_path: ./b.mjs}]',
      /two plug-ins have the source one/,
      /load_plugins/,
    ],
  ];
  for (const [name, yaml, message, hint] of refused)
    it(`refuses ${name}`, async () => {
      write('throws.mjs', 'throw new Error("it is broken");');
      write('other.mjs', 'export default 5;');
      write('a.mjs', `export default ${definition('one')};`);
      write('b.mjs', `export default ${definition('one')};`);
      const error: unknown = await load(yaml).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(DiagnosticError);
      const { diagnostic } = error as DiagnosticError;
      expect(diagnostic.message).to.match(message);
      expect(diagnostic.hint ?? '-').to.match(hint);
    });

  it('gives rules the fields of what it loads, and holds required_plugin_versions against it', async () => {
    write('a.mjs', `export default ${definition('one', ", plugin: { name: 'words', version: '2.1.0' }")};`);
    const rule = (condition: string): string => `
- required_plugin_versions: [{name: words, version: 2.0.0}]
- rule: r
  desc: d
  source: one
  condition: ${condition}
  output: "%one.line"
  priority: INFO
`;
    const selected = async (condition: string) =>
      loadSelectedRules(
        [write('rules.yaml', rule(condition))],
        config('plugins: [{name: a, library_path: ./a.mjs}]'),
      );
    expect((await selected('one.line = a')).running.map(({ source }) => source)).to.deep.equal(['one']);
    expect((await selected('one.lin = a')).loaded.diagnostics.map(({ severity }) => severity)).to.deep.equal([
      'error',
    ]);
    expect(
      (await selected('proc.name = a')).loaded.diagnostics.map(({ severity }) => severity),
    ).to.deep.equal(['error']);
  });
});
