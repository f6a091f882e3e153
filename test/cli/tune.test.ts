import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tiercel, tiercelWith } from './tiercel.ts';

const capture = join(import.meta.dirname, '../captures/read-sensitive-files.scap');

const RULES = `- macro: never_true
  condition: (evt.num = 0)
- macro: known_readers
  condition: (never_true)
- rule: Shadow read
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow and evt.is_open_read = true and not known_readers
  output: shadow read by %proc.name
  priority: WARNING
- rule: Passwd read
  desc: d
  condition: evt.type = openat and fd.name = /etc/passwd
  output: passwd read by %proc.name
  priority: INFO
`;

interface Groups {
  readonly rule: string;
  readonly groups: readonly { group: number; alerts: number; values: Record<string, string | null> }[];
}

describe('tiercel tune', () => {
  let folder: string;
  let rules: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-tune-'));
    rules = join(folder, 'r.yaml');
    writeFileSync(rules, RULES);
  });
  after(() => rmSync(folder, { recursive: true }));

  const alertsOf = (rule: string, ...files: readonly string[]): number => {
    const { stdout } = tiercel(
      'replay',
      capture,
      '-o',
      'json_output=true',
      ...files.flatMap((file) => ['-r', file]),
    );
    return stdout.split('\n').filter((line) => line.includes(`"rule":"${rule}"`)).length;
  };
  const groups = (): Groups =>
    JSON.parse(tiercel('tune', 'Shadow read', '-r', rules, '--capture', capture, '--json').stdout) as Groups;

  it('lists the rules that alert', () => {
    const { status, stdout } = tiercel('tune', '-r', rules, '--capture', capture);
    expect(status).to.equal(0);
    expect(stdout).to.match(/^ALERTS +GROUPS +RULE\n/);
    expect(stdout).to.match(new RegExp(`^${alertsOf('Shadow read', rules)} +\\d+ +Shadow read$`, 'm'));
  });

  it('groups the alerts of a rule', () => {
    const { rule, groups: found } = groups();
    expect(rule).to.equal('Shadow read');
    expect(found.reduce((sum, { alerts }) => sum + alerts, 0)).to.equal(alertsOf('Shadow read', rules));
    expect(found.map(({ values }) => values['proc.name'])).to.include('cat');
    const { stdout } = tiercel('tune', 'Shadow read', '-r', rules, '--capture', capture);
    expect(stdout).to.match(/^GROUP +ALERTS +PROC\.NAME/m);
  });

  for (const as of ['exception', 'macro'])
    it(`writes a local rule file with ${as === 'macro' ? 'a macro' : 'an exception'} that silences what was chosen, and nothing else`, () => {
      const { groups: found } = groups();
      const chosen = found.filter(({ values }) => values['proc.name'] === 'cat');
      const numbers = chosen.map(({ group }) => group).join();
      const local = join(folder, `local-${as}.yaml`);
      const { status, stdout, stderr } = tiercel(
        'tune',
        'Shadow read',
        '-r',
        rules,
        '--capture',
        capture,
        '--silence',
        numbers,
        '--as',
        as,
        '-o',
        local,
      );
      expect([status, stdout]).to.deep.equal([0, '']);
      expect(stderr)
        .to.match(/^Silences \d+ alerts?:\n▶ 1\. .*\n +silences nothing else here\n/)
        .and.to.contain(`Written: ${local}`);
      expect(readFileSync(local, 'utf8')).to.contain(
        as === 'macro' ? '- macro: known_readers' : 'exceptions: append',
      );
      expect(tiercel('validate', rules, local).status).to.equal(0);
      const silenced = chosen.reduce((sum, { alerts }) => sum + alerts, 0);
      expect(alertsOf('Shadow read', rules, local)).to.equal(alertsOf('Shadow read', rules) - silenced);
      expect(alertsOf('Passwd read', rules, local)).to.equal(alertsOf('Passwd read', rules));
    });

  it('writes a test that holds fast what is silenced, and what is not', () => {
    const { groups: found } = groups();
    const numbers = found.filter(({ values }) => values['proc.name'] === 'cat').map(({ group }) => group);
    const [local, pinned] = [join(folder, 'pinned.yaml'), join(folder, 'pinned.test.yaml')];
    const args = ['Shadow read', '-r', rules, '--capture', capture, '--silence', numbers.join()];
    const { status, stderr } = tiercel('tune', ...args, '-o', local, '--test', pinned);
    expect(status).to.equal(0);
    expect(stderr).to.contain(`Written: ${pinned}`);
    const text = readFileSync(pinned, 'utf8');
    expect(text)
      .to.match(/silent:\n +- \{.*proc\.name: cat.*why: known to be harmless\}/)
      .and.to.contain('fires:');
    const run = tiercel('test', pinned);
    expect(run.stdout).to.match(/(\d+) cases in 1 file: \1 passed/);
    // Without the local file the silent cases fail: it is what they are about.
    writeFileSync(pinned, text.replace(/^rules: .*$/m, `rules: ${rules}`));
    expect(tiercel('test', pinned).stdout).to.match(/, \d+ failed/);
    expect(tiercel('tune', ...args, '--test', pinned).stderr).to.contain('--test needs -o FILE');
  });

  it('takes alerts of Falco, among other lines', () => {
    const alert = (name: string): string =>
      JSON.stringify({
        rule: 'Shadow read',
        output_fields: { 'proc.name': name, 'fd.name': '/etc/shadow', 'proc.pid': 7 },
      });
    const input = [
      'starting',
      alert('cat'),
      alert('cat'),
      alert('vi'),
      '{"rule":"Other","output_fields":{}}',
      '',
    ].join('\n');
    const list = tiercelWith(input, 'tune', '-r', rules, '--alerts', '-', '--json');
    expect(JSON.parse(list.stdout)).to.deep.equal({
      rules: [
        { rule: 'Shadow read', alerts: 3, groups: 2 },
        { rule: 'Other', alerts: 1, groups: 1 },
      ],
    });
    const { stdout } = tiercelWith(
      input,
      'tune',
      'Shadow read',
      '-r',
      rules,
      '--alerts',
      '-',
      '--silence',
      '1',
      '--json',
    );
    const { silences, proposals, file } = JSON.parse(stdout) as {
      silences: number;
      proposals: { fields: string[]; values: string[][]; others: unknown[] }[];
      file: string;
    };
    expect(silences).to.equal(2);
    expect(proposals[0]).to.deep.include({ fields: ['proc.name'], values: [['cat']], others: [] });
    expect(file).to.contain('fields: [proc.name]').and.to.contain('- [cat]');
  });

  it('shows what else would be silenced where fields do not tell alerts apart', () => {
    const alert = (extra: object): string =>
      JSON.stringify({ rule: 'Shadow read', output_fields: { 'proc.name': 'cat', ...extra } });
    const input = `${alert({ 'k8s.ns.name': 'a' })}\n${alert({})}\n`;
    const { stderr } = tiercelWith(
      input,
      'tune',
      'Shadow read',
      '-r',
      rules,
      '--alerts',
      '-',
      '--silence',
      '2',
    );
    expect(stderr).to.match(/proc\.name = cat\n +silences 1 other alert too:\n +1 × /);
  });

  const refused: readonly (readonly [args: readonly string[], status: number, says: RegExp])[] = [
    [['Shadow raed', '--capture', capture], 2, /there is no rule "Shadow raed"[^]*did you mean Shadow read/],
    [['Shadow read', '--capture', capture, '--silence', '9999'], 2, /there is no group 9999/],
    [['Shadow read', '--capture', capture, '--silence', 'x'], 2, /expected a number/],
    [['Shadow read'], 2, /tune from what\?/],
    [['Shadow read', '--alerts', '/nosuch'], 2, /cannot read \/nosuch/],
    [['Passwd read', '--capture', capture, '--silence', '1', '--as', 'macro'], 2, /keeps no macro/],
    [
      ['Shadow read', '--capture', capture, '--silence', '1', '--proposal', '99'],
      1,
      /there are only \d+ proposals/,
    ],
    [
      ['Shadow read', '--capture', capture, '--silence', '1', '-o', '/proc/nothing.yaml'],
      2,
      /\/proc\/nothing\.yaml: error: cannot write/,
    ],
  ];
  for (const [args, status, says] of refused)
    it(`refuses ${args.join(' ').replaceAll(capture, 'CAPTURE')}`, () => {
      const run = tiercel('tune', ...args, '-r', rules);
      expect(run.stderr).to.match(says);
      expect(run.status).to.equal(status);
    });
});
