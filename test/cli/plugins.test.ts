import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tiercel } from './tiercel.ts';

const DOORS = `const LINE = /^(\\d+) (\\w+) (\\w+)$/;
export default {
  name: 'doors',
  summary: 'Who went through which door.',
  records: 'lines',
  matches: (start) => LINE.test(start.split('\\n')[0]),
  fields: [{ desc: 'All of it.', fields: [
    { name: 'door.name', desc: 'The door.', get: ({ door }) => door },
    { name: 'door.who', desc: 'Who it was.', get: ({ who }) => who },
  ] }],
  *parse(line) {
    const [, time, door, who] = LINE.exec(line);
    yield { time: BigInt(time) * 1_000_000_000n, data: { door, who } };
  },
  describe: ({ door, who }) => door + ' ' + who,
  counts: [{ name: 'doors', title: 'DOOR', formats: ['%door.name'] }],
};
`;

const RULES = `- rule: Vault opened
  desc: The vault is not for everybody.
  source: doors
  condition: door.name = vault and not door.who = alice
  output: "%door.who went through %door.name"
  priority: WARNING
`;

const TESTS = `rules: [doors.yaml]
tests:
  - name: a day
    capture: doors.log
    expect: { rules: { Vault opened: 1 } }
`;

const AUDIT_RULES = `- rule: Exec
  desc: d
  source: k8s_audit
  condition: ka.target.subresource = exec
  output: "%ka.user.name"
  priority: WARNING
`;

describe('plug-ins of a configuration', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-plugins-cli-'));
    const write = (name: string, text: string): void => writeFileSync(path(name), text);
    write('doors.mjs', DOORS);
    write('falco.yaml', 'plugins: [{ name: doors, library_path: ./doors.mjs }]\n');
    write('tiercel.yaml', 'data_dir: data\nplugins: [{ name: doors, library_path: ./doors.mjs }]\n');
    write('doors.yaml', RULES);
    write('doors.log', '1 kitchen bob\n2 vault alice\n3 vault mallory\n');
    write('doors.test.yaml', TESTS);
    write('more.test.yaml', TESTS);
    write('audit.yaml', AUDIT_RULES);
    write('jevt.yaml', AUDIT_RULES.replace('%ka.user.name', '%jevt.value[/verb]'));
    write('audit-only.yaml', 'load_plugins: [k8saudit]\n');
    write('audit-json.yaml', 'load_plugins: [k8saudit, json]\n');
    write('none.yaml', 'plugins: [{ name: gone, library_path: ./gone.mjs }]\n');
    write('okta.yaml', 'plugins: [{ name: okta, library_path: libokta.so }]\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs a command whose files lie in the folder. */
  const run = (words: readonly string[]) => {
    const { status, stdout, stderr } = tiercel(
      ...words.map((word) => (/\.(?:yaml|log)$/.test(word) ? path(word) : word)),
    );
    return { status, stdout, text: stdout + stderr };
  };

  const rule = ['Vault opened', '-r', 'doors.yaml'];
  const commands: [words: string[], without: [status: number, says: string], says: string][] = [
    [['validate', 'doors.yaml'], [0, 'Unknown source doors, skipping'], 'doors.yaml: Ok\n'],
    [['describe', 'doors.yaml'], [0, ''], 'Vault opened'],
    [['condition', '--source', 'doors', 'door.who = bob'], [2, 'there is no event source "doors"'], 'door.who = bob'],
    [['explain', ...rule, '--capture', 'doors.log', '--event', '3'], [2, 'there is no rule'], 'is mallory'],
    [['explain', ...rule, '--capture', 'doors.log'], [2, 'there is no rule'], 'fires at 1 event, first at event 3'],
    [['lint', 'doors.yaml'], [0, 'Nothing found.'], 'has no tag of MITRE ATT&CK'],
    [['show', 'doors.log', 'door.who = bob'], [2, 'nonexistent field door.who'], 'doors kitchen bob'],
    [['show', 'doors.log', '--summary'], [2, 'this is no capture'], '     2  vault'],
    [['test', 'doors.test.yaml'], [2, 'there is no rule "Vault opened"'], '1 passed'],
    [['test', '-j', '2', 'doors.test.yaml', 'more.test.yaml'], [2, 'there is no rule'], '2 passed'],
    [['tune', ...rule, '--capture', 'doors.log'], [2, 'there is no rule'], '1 alert in 1 group'],
  ]; // prettier-ignore
  for (const [words, [status, without], says] of commands)
    describe(words.join(' '), () => {
      it('does not know the source by itself', () => {
        const ran = run(words);
        expect(ran.status, ran.text).to.equal(status);
        expect(ran.text).to.contain(without);
      });

      for (const config of ['falco.yaml', 'tiercel.yaml'])
        it(`knows it with -c ${config}`, () => {
          const ran = run([...words, '-c', config]);
          expect(ran.status, ran.text).to.equal(0);
          expect(ran.text).to.contain(says);
        });

      it('says what is wrong with a plug-in', () => {
        const ran = run([...words, '-c', 'none.yaml']);
        expect(ran.status).to.equal(2);
        expect(ran.text).to.contain('cannot load the plug-in "gone"').and.to.contain('(CONFIG_PLUGIN)');
      });
    });

  it('says how a source becomes known', () =>
    expect(run(['validate', 'doors.yaml']).text).to.contain(
      'so the rule is left out; -c takes the plug-ins of a falco.yaml or tiercel.yaml',
    ));

  it("judges as a Falco that loads these plug-ins, with their fields and no other's", () => {
    for (const command of ['validate', 'describe']) {
      expect(run([command, 'audit.yaml', '-c', 'audit-only.yaml']).text, command).not.to.contain('rror');
      expect(run([command, 'jevt.yaml', '-c', 'audit-json.yaml']).text, command).not.to.contain('rror');
      const { status, text } = run([command, 'jevt.yaml', '-c', 'audit-only.yaml']);
      expect(status, command).to.equal(1);
      expect(text, command).to.contain('jevt.value');
    }
  });

  it('loads what is named beside them, too', () =>
    expect(run(['validate', 'doors.yaml', 'jevt.yaml', '--plugin', 'k8saudit,json', '-c', 'falco.yaml']).stdout).to.match(
      /doors\.yaml: Ok\n.*jevt\.yaml: Ok\n/,
    )); // prettier-ignore

  it('tells of plug-ins that only Falco has', () =>
    expect(run(['validate', 'audit.yaml', '-c', 'okta.yaml']).text).to.contain('(CONFIG_PLUGIN_OF_FALCO)'));
});
