import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplaySummary, RuleProfile } from '../../daemon/index.ts';
import { hasOracle, oraclePath } from '../oracle.ts';

const root = join(import.meta.dirname, '../..');
const captures = join(root, 'test/captures');
const rules = join(root, 'test/cli/rules');

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command, as a user would. */
function tiercel(
  args: readonly string[],
  { input, env = {} }: { input?: Buffer; env?: Record<string, string> } = {},
): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/tiercel.js'), ...args], {
    input,
    env: { ...process.env, TZ: 'UTC', FALCO_HOSTNAME: 'test', ...env },
    encoding: 'latin1',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

const webShell = join(captures, 'web-shell-default.scap');
const base = ['-r', rules, '-o', 'append_output=[]'];

describe('tiercel replay', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-replay-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('prints alerts on standard output and the summary on standard error', () => {
    const { status, stdout, stderr } = tiercel(['replay', webShell, ...base]);
    expect(status).to.equal(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).to.have.lengthOf(16);
    expect(lines[0]).to.equal(
      '08:12:31.830935172: Critical Shell started by a web server | shell=sh command=sh -c id server=apache2 server_command=apache2 /var/www/webshell.py user=www-data container=host',
    );
    expect(stderr).to.match(/7 332 events of 1 capture in .*, 16 alerts/);
    expect(stderr).to.contain('by priority: Critical 14, Error 2');
    // What one file defines for the next is in use.
    expect(stderr).to.not.contain('LOAD_UNUSED');
  });

  it('writes a capture where a rule asks for one', () => {
    const rules = join(folder, 'capture.yaml');
    const rule = '- rule: id\n  desc: d\n  condition: evt.type = execve and proc.name = id\n  output: id';
    writeFileSync(rules, `${rule}\n  priority: NOTICE\n  capture: true\n  capture_duration: 500\n`);
    const prefix = join(folder, 'found');
    const args = ['-r', rules, '-o', 'append_output=[]', '-q'];
    const { stdout } = tiercel([
      'replay',
      webShell,
      ...args,
      '-o',
      'capture.enabled=true',
      '-o',
      `capture.path_prefix=${prefix}`,
    ]);
    const file = `${prefix}_01795421551874943498_00000000000000001295.scap`;
    expect(tiercel(['replay', file, ...args]).stdout).to.equal(stdout);
    expect(tiercel(['show', file, '-q']).stdout.trimEnd().split('\n')).to.have.lengthOf(472);
    expect(existsSync(`${prefix}.part`)).to.equal(false);
  });

  it('says where a capture cannot be written', () => {
    const prefix = join(folder, 'no/such/folder/x');
    const { status, stderr } = tiercel([
      'replay', webShell, ...base, '-o', 'capture.enabled=true', '-o', 'capture.mode=all_rules', '-o', `capture.path_prefix=${prefix}`,
    ]); // prettier-ignore
    expect(status).to.equal(2);
    expect(stderr).to.contain('its directory does not exist');
  });

  it('prints JSON with the host of FALCO_HOSTNAME', () => {
    const { stdout } = tiercel([
      'replay',
      webShell,
      ...base,
      '-o',
      'json_output=true',
      '-o',
      'time_format_iso_8601=true',
    ]);
    const first = JSON.parse(stdout.split('\n')[0]!) as Record<string, unknown>;
    expect(Object.keys(first)).to.deep.equal([
      'hostname',
      'output',
      'output_fields',
      'priority',
      'rule',
      'source',
      'tags',
      'time',
    ]);
    expect(first['hostname']).to.equal('test');
    expect(first['time']).to.equal('2026-11-23T08:12:31.830935172Z');
  });

  const selections: [name: string, flags: string[], rules: string[]][] = [
    ['--rule', ['--rule', 'Interactive*'], ['Interactive shell below a web server']],
    ['--tag', ['--tag', 'T1105'], ['Network download by a web server']],
    [
      '--disable',
      ['--tag', 'network', '--disable', 'Network*', '--disable', 'Inter*'],
      ['Shell connected to the network'],
    ],
    ['priority', ['-o', 'priority=critical', '--tag', 'T1105'], []],
  ];
  for (const [name, flags, rules] of selections)
    it(`selects rules with ${name}`, () => {
      const { stdout } = tiercel(['replay', webShell, ...base, '-o', 'json_output=true', ...flags]);
      const found = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { rule: string }).rule);
      expect([...new Set(found)]).to.deep.equal(rules);
    });

  it('reads standard input', () => {
    const { status, stdout } = tiercel(['replay', '-', ...base], { input: readFileSync(webShell) });
    expect([status, stdout.split('\n').length]).to.deep.equal([0, 17]);
  });

  it('gives the same output with several jobs', () => {
    const one = tiercel(['replay', captures, webShell, ...base]);
    const two = tiercel(['replay', captures, webShell, ...base, '--jobs', '2']);
    expect(one.status).to.equal(0);
    expect(two.stdout).to.equal(one.stdout);
    expect(two.status).to.equal(0);
  });

  it('reads standard input with several jobs, too', () => {
    const [one, two] = ['1', '2'].map((jobs) =>
      tiercel(['replay', captures, '-', ...base, '-q', '--jobs', jobs], { input: readFileSync(webShell) }),
    );
    expect(two).to.deep.equal(one);
    expect(one!.status).to.equal(0);
  });

  it('tells with --profile what rules and checks cost, and gives the same alerts', () => {
    const plain = tiercel(['replay', webShell, ...base]);
    const shown = tiercel(['replay', webShell, ...base, '--profile']);
    expect([shown.status, shown.stdout]).to.deep.equal([0, plain.stdout]);
    expect(shown.stderr).to.match(
      /16 alerts[^]*SHARE +EVENTS +NS\/EVENT +MATCHES +RULE\n[^]*SHARE +MADE +TRUE/,
    );
    const { stderr } = tiercel(['replay', webShell, ...base, '--profile', '--json']);
    const { byRule, profile } = JSON.parse(stderr.trimEnd().split('\n').at(-1)!) as ReplaySummary & {
      profile: RuleProfile;
    };
    const matched = profile.rules
      .filter(({ matches }) => matches > 0)
      .map(({ rule, matches }) => [rule, matches]);
    expect(Object.fromEntries(matched)).to.deep.equal(byRule);
    expect(profile.checks.map(({ check }) => check)).to.include('evt.failed = false');
  });

  it('keeps the alerts before a cut, warns, and exits 0 for a capture that merely ends early', () => {
    const cut = join(folder, 'cut.scap');
    writeFileSync(cut, readFileSync(webShell).subarray(0, 80000));
    const { status, stdout, stderr } = tiercel(['replay', cut, ...base]);
    expect(stderr).to.contain('CAPTURE_TRUNCATED');
    expect(stdout.split('\n').length).to.be.greaterThan(5);
    expect(status).to.equal(0);
  });

  const broken: [name: string, make: (file: string) => void, code: string][] = [
    ['no capture', (file) => writeFileSync(file, 'just text'), 'CAPTURE_UNKNOWN_FORMAT'],
    ['an empty file', (file) => writeFileSync(file, ''), 'CAPTURE_EMPTY'],
    ['a missing file', () => undefined, 'CAPTURE_UNREADABLE'],
    ['a folder without captures', (file) => mkdirSync(file), 'CAPTURE_NONE'],
  ];
  for (const [name, make, code] of broken)
    it(`exits 2 for ${name}, in one clear line, after replaying the others`, () => {
      const file = join(folder, code);
      make(file);
      const { status, stderr } = tiercel(['replay', file, ...base, '-q']);
      expect([status, stderr.includes(code), stderr.includes(file)], stderr).to.deep.equal([2, true, true]);
      expect(stderr).to.not.contain('    at ');
    });

  it('goes on with the next capture after a broken one, with one job or several', () => {
    const bad = join(folder, 'bad.scap');
    writeFileSync(bad, Buffer.concat([readFileSync(webShell).subarray(0, 30), Buffer.alloc(2000, 0x55)]));
    for (const jobs of ['1', '2']) {
      const { status, stdout } = tiercel(['replay', bad, webShell, ...base, '-q', '--jobs', jobs]);
      expect([status, stdout.split('\n').length]).to.deep.equal([2, 17]);
    }
  });

  const refused: [name: string, args: string[], status: number, text: string][] = [
    ['a rule file with an error', ['-r', 'BAD'], 1, 'LOAD_ERR'],
    ['a rule file with an error, with several jobs', [captures, '-r', 'BAD', '--jobs', '3'], 1, 'LOAD_ERR'],
    ['no rules', [], 2, 'NO_RULES'],
    ['a missing rule file', ['-r', '/nonexistent.yaml'], 2, 'LOAD_ERR_FILE_READ'],
    [
      'a missing rule file, with several jobs',
      [captures, '-r', '/nonexistent.yaml', '--jobs', '3'],
      2,
      'LOAD_ERR_FILE_READ',
    ],
    ['a missing config', [...base, '-c', '/nonexistent.yaml'], 2, 'CONFIG_UNREADABLE'],
    ['a bad option', [...base, '-o', 'x'], 2, 'CONFIG_BAD_OPTION'],
    ['an unknown flag', [...base, '--nosuch'], 2, 'unknown option'],
    ['a profile of several jobs', [...base, '--profile', '--jobs', '2'], 2, 'cannot be used with'],
    ['a profile that nobody sees', [...base, '--profile', '-q'], 2, 'cannot be used with'],
    ['no jobs', [...base, '--jobs', '0'], 2, 'expected a number'],
  ];
  for (const [name, args, status, text] of refused)
    it(`refuses ${name}`, () => {
      const bad = join(folder, 'bad.yaml');
      writeFileSync(bad, '- rule: x\n  desc: d\n  condition: proc.nam = x\n  output: o\n  priority: INFO\n');
      const run = tiercel(['replay', webShell, ...args.map((arg) => (arg === 'BAD' ? bad : arg))]);
      expect([run.status, run.stdout, run.stderr.includes(text)], run.stderr).to.deep.equal([
        status,
        '',
        true,
      ]);
    });

  it('warns of unknown keys of falco.yaml and goes on', () => {
    const file = join(folder, 'falco.yaml');
    writeFileSync(file, 'nosuch: 1\nappend_output: []\n');
    const { status, stderr } = tiercel(['replay', webShell, '-r', rules, '-c', file]);
    expect([status, stderr.includes('unknown key "nosuch"')]).to.deep.equal([0, true]);
  });

  it('gives rules and outputs the static_fields of falco.yaml', () => {
    const options = ['-o', 'static_fields={site: berlin}', '-o', 'append_output[]={suggested_output: true}'];
    const { stdout } = tiercel(['replay', webShell, '-r', rules, ...options]);
    expect(stdout.split('\n')[0]).to.contain(' container=host static_site=berlin container_id=host');
  });

  it('says so if no rule is left to run', () => {
    const { status, stderr } = tiercel(['replay', webShell, '-r', rules, '--rule', 'nosuch']);
    expect([status, stderr.split('\n')[0]]).to.deep.equal([0, 'warning: no rule is left to run (NO_RULES)']);
  });

  it('ends without a complaint when its reader does', () => {
    const { stderr } = spawnSync(
      'sh',
      [
        '-c',
        `"${process.execPath}" "${join(root, 'dist/tiercel.js')}" replay "${captures}" -r "${rules}" -q | head -n 1`,
      ],
      { encoding: 'utf8' },
    );
    expect(stderr).to.not.contain('EPIPE');
  });

  if (hasOracle())
    it('gives the alerts of Falco, byte for byte, on the recordings that we ship', () => {
      const rules = ['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'].flatMap((name) => [
        '-r',
        oraclePath('rules', `${name}.yaml`),
      ]);
      const options = [
        'append_output=[]',
        'json_output=true',
        'time_format_iso_8601=true',
        'rule_matching=all',
      ].flatMap((option) => ['-o', option]);
      for (const name of ['web-shell-default', 'read-sensitive-files']) {
        const { stdout } = tiercel(['replay', join(captures, `${name}.scap`), ...rules, ...options, '-q'], {
          env: { FALCO_HOSTNAME: 'oracle' },
        });
        expect(stdout).to.equal(readFileSync(oraclePath('alerts', `${name}.jsonl`), 'latin1'));
      }
    }).timeout(20000);
});
