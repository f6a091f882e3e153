import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tiercel } from './tiercel.ts';

const RULE = '- rule: r1\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n';

describe('tiercel validate', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-validate-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const fine = file('fine.yaml', RULE);
  const doubtful = file('doubtful.yaml', RULE.replace('r1', 'r2').replace('INFO', 'Info'));
  const wrong = file('wrong.yaml', RULE.replace('r1', 'r3').replace('open', 'opn'));

  it('says which files load, and what is wrong with the others', () => {
    const { status, stdout, stderr } = tiercel('validate', fine, doubtful, wrong);
    expect([status, stderr]).to.deep.equal([1, '']);
    expect(stdout.replaceAll(`${folder}/`, '')).to.equal(
      `fine.yaml: Ok
doubtful.yaml:5:13: warning: priority 'Info' loads, but Falco's JSON schema of rule files does not know it (SCHEMA_INVALID)
    5 |   priority: Info
      |             ^^^^
  hint: did you mean INFO?
doubtful.yaml: Ok, with 1 warning
wrong.yaml:3:25: error: unknown event type opn (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = opn
      |                         ^^^
  hint: did you mean open?
wrong.yaml: Invalid
`,
    );
  });

  it('does not count warnings as failure', () => expect(tiercel('validate', doubtful).status).to.equal(0));

  it('gives annotations for GitHub', () => {
    const { status, stdout } = tiercel('validate', '--format', 'github', wrong);
    expect(status).to.equal(1);
    expect(stdout).to.equal(
      `::error file=${wrong},line=3,col=25,endColumn=28,title=LOAD_ERR_COMPILE_CONDITION::unknown event type opn%0Ahint: did you mean open?\n`,
    );
  });

  it('gives JSON and SARIF with the same places', () => {
    const json = JSON.parse(tiercel('validate', '--format', 'json', wrong).stdout) as Record<
      string,
      unknown[]
    >;
    expect(json['diagnostics']).to.deep.equal([
      {
        code: 'LOAD_ERR_COMPILE_CONDITION',
        severity: 'error',
        message: 'unknown event type opn',
        file: wrong,
        line: 3,
        column: 25,
        endColumn: 28,
        hint: 'did you mean open?',
      },
    ]);
    const sarif: unknown = JSON.parse(tiercel('validate', '--format', 'sarif', wrong).stdout);
    expect(sarif).to.have.nested.property(
      'runs[0].results[0].locations[0].physicalLocation.region.startColumn',
      25,
    );
    expect(sarif).to.have.nested.property(
      'runs[0].tool.driver.rules[0].shortDescription.text',
      'Error compiling condition',
    );
  });

  it("prints Falco's JSON, which knows nothing of this", () => {
    const { status, stdout } = tiercel('validate', '--json', wrong);
    expect(status).to.equal(1);
    const { falco_load_results: results } = JSON.parse(stdout) as { falco_load_results: object[] };
    expect(Object.keys(results[0]!)).to.deep.equal([
      'errors',
      'name',
      'schema_valid',
      'schema_warnings',
      'successful',
      'warnings',
    ]);
  });

  it('tells of a plug-in that is not there, at its place', () => {
    const path = file(
      'plugin.yaml',
      `- required_plugin_versions:\n    - name: json\n      version: 0.7.0\n${RULE}`,
    );
    const { status, stdout } = tiercel('validate', path);
    expect(status).to.equal(1);
    expect(stdout)
      .to.contain('plugin.yaml:2:13: error: Plugin requirement not satisfied')
      .and.to.contain('plugin.yaml: Invalid');
    expect(tiercel('validate', '--json', path)).to.deep.equal({
      status: 1,
      stdout: '',
      stderr: 'Error: Plugin requirement not satisfied, must load one of: json (>= 0.7.0)\n',
    });
  });

  it('prints what is no UTF-8, but not as JSON', () => {
    const path = file(
      'latin1.yaml',
      Buffer.from(RULE.replace('r1', 'caf\xe9').replace('open', 'opn'), 'latin1'),
    );
    const text = tiercel('validate', path);
    expect([text.status, text.stderr]).to.deep.equal([1, '']);
    expect(text.stdout).to.contain('latin1.yaml:3:25: error: unknown event type opn');
    const json = tiercel('validate', '--json', path);
    expect([json.status, json.stderr]).to.deep.equal([
      1,
      'Falco cannot print this as JSON: not all of it is UTF-8.\n',
    ]);
  });

  const unusable: [about: string, args: string[], message: string][] = [
    ['a file that is not there', [join(folder, 'nosuch.yaml')], 'cannot read'],
    ['no file', [], 'missing required argument'],
    [
      'a format that there is none of',
      ['--format', 'xml', fine],
      'Allowed choices are text, json, github, sarif',
    ],
    ['two formats', ['--json', '--format', 'sarif', fine], 'cannot be used with'],
  ];
  for (const [about, args, message] of unusable)
    it(`cannot run with ${about}`, () => {
      const { status, stdout, stderr } = tiercel('validate', ...args);
      expect([status, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.contain(message);
    });
});
