import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { example } from '../daemon/show/synthetic.ts';
import { concat } from '../replay/scap/writer.ts';
import { tiercel } from './tiercel.ts';

const root = join(import.meta.dirname, '../..');
const webShell = join(root, 'test/captures/web-shell-default.scap');
const audit = join(root, 'test/captures/audit/shop.log');
const podman = join(root, 'test/captures/podman-shell.scap');

describe('tiercel show', () => {
  let folder: string;
  let small: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-show-cli-'));
    small = join(folder, 'small.scap');
    writeFileSync(small, example);
  });
  after(() => rmSync(folder, { recursive: true }));

  const lines = (...args: string[]): string[] => {
    const { status, stdout, stderr } = tiercel('show', ...args);
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
    return stdout === '' ? [] : stdout.trimEnd().split('\n');
  };

  it('prints lines as sysdig does', () =>
    expect(lines(small, '-t', 'utc', '--from', '5', '-n', '2')).to.deep.equal([
      '5 2020-09-13T12:26:40.004000000+0000 0 cat (20) < openat fd=3(<f>/etc/passwd) dirfd=-100(AT_FDCWD) name=/etc/passwd flags=1(O_RDONLY) mode=0 dev=0 ino=1152921504606846977',
      '6 2020-09-13T12:26:40.005000000+0000 0 cat (20) < read res=5 data=a.b.c fd=3(<f>/etc/passwd) size=100',
    ]));

  it('takes the words after the captures for the condition', () => {
    const expected = ['4 openat', '5 openat'];
    const format = ['-p', '%evt.num %evt.type'];
    expect(lines(small, 'evt.type', '=', 'openat', ...format)).to.deep.equal(expected);
    expect(
      lines(small, ...format, 'evt.type=openat', 'and', '(proc.name = cat or fd.num < 0)'),
    ).to.deep.equal(expected);
    expect(lines(small, small, 'evt.type = openat', ...format)).to.deep.equal([...expected, ...expected]);
    expect(lines(folder, 'evt.type = openat', ...format)).to.deep.equal(expected);
  });

  it('shows what a rule with this condition would fire for', () => {
    const condition = 'spawned_by_web_server';
    const rules = join(folder, 'rules.yaml');
    writeFileSync(
      rules,
      `- list: shells\n  items: [sh, bash]\n- macro: ${condition}\n  condition: evt.type = execve and proc.name in (shells) and proc.pname = apache2\n` +
        `- rule: r\n  desc: d\n  condition: ${condition}\n  output: "%evt.num"\n  priority: INFO\n`,
    );
    const { stdout } = tiercel('replay', webShell, '-r', rules, '-q', '-o', 'append_output=[]');
    const fired = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').at(-1)!);
    expect(fired).to.have.lengthOf(11);
    expect(lines(webShell, condition, '-r', rules, '-p', '%evt.num')).to.deep.equal(fired);
  });

  it('prints columns', () =>
    expect(
      lines(small, '--fields', 'evt.num,fd.name,evt.buflen', 'evt.type in (read, procexit)'),
    ).to.deep.equal(['6\t/etc/passwd\t5', '14\t<NA>\t<NA>', '15\t<NA>\t<NA>']));

  it('prints JSON', () => {
    const [event] = lines(small, '--json', 'evt.num = 3');
    expect(JSON.parse(event!)).to.deep.include({ num: 3, pid: 20, process: 'cat', type: 'execve' });
    expect(event).to.contain('"args":["/etc/shädow"]').and.to.contain('"exe_ino":9223372036854775809');
    expect(lines(small, '--json', '--fields', 'evt.num,evt.buflen', '-n', '1')).to.deep.equal([
      '{"evt.num":1,"evt.buflen":null}',
    ]);
    expect(lines(small, '--json', '-p', '%evt.num %evt.buflen', '-n', '1')).to.deep.equal([
      '{"evt.num":6,"evt.buflen":5}',
    ]);
    expect(
      lines(small, small, '--json', 'evt.num = 3').map(
        (line) => (JSON.parse(line) as { capture: string }).capture,
      ),
    ).to.deep.equal([small, small]);
  });

  it('tells several captures apart', () => {
    const output = lines(webShell, podman, '-n', '7300', 'evt.type = execve and proc.name = id');
    expect(output.filter((line) => line.startsWith('==>'))).to.deep.equal([`==> ${webShell} <==`]);
    expect(lines(small, small, '--tree').filter((line) => line.startsWith('==>'))).to.have.lengthOf(2);
  });

  it('reads standard input', () => {
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, 'dist/tiercel.js'), 'show', '-', 'evt.type = read', '-p', '%evt.num'],
      { input: readFileSync(small), encoding: 'latin1' },
    );
    expect(stdout).to.equal('6\n');
  });

  it('draws the tree of processes', () => {
    expect(lines(small, '--tree')).to.deep.equal(
      [
        'PID  USER    CONTAINER  BEGAN   ENDED            PROCESS',
        ' 10  -       host       -       -                bash -l',
        ' 20  root    host       +0.000  +1.500, exit 1   ├─ cat /etc/shädow',
        ' 30  400000  host       +0.009  +2.000, SIGKILL  └─ bash -l',
        ' 40  400000  host       +0.011  -                   └─ bash -l',
      ].map((line) => line.trimEnd()),
    );
    const shell = lines(webShell, '--tree', 'fd.name = /etc/shadow').map((line) => line.slice(48).trim());
    expect(shell.at(-1)).to.match(/└─ cat \/etc\/shadow$/);
  });

  it('gives the tree as JSON, a process a line', () => {
    const processes = lines(small, '--tree', '--json').map(
      (line) => JSON.parse(line) as Record<string, unknown>,
    );
    expect(processes.map(({ pid, ppid, depth }) => [pid, ppid, depth])).to.deep.equal([
      [10, null, 0],
      [20, 10, 1],
      [30, 10, 1],
      [40, 30, 2],
    ]);
    expect(processes[1]).to.deep.include({
      name: 'cat',
      cmdline: 'cat /etc/shädow',
      container: null,
      began: '2020-09-13T12:26:40.000000000Z',
      execs: [{ time: '2020-09-13T12:26:40.002000000Z', cmdline: 'cat /etc/shädow' }],
      end: { time: '2020-09-13T12:26:41.500000000Z', code: 1, signal: null },
      events: 9,
    });
  });

  it('sums up', () => {
    const output = lines(small, '--summary', '--top', '1');
    expect(output[0]).to.equal(
      '15 events in 2.000 s from 2020-09-13T12:26:40.000000000Z; 5 B read, 7 B written',
    );
    expect(output).to.include.members([
      'EVENTS  EVENT TYPE',
      '     6  clone',
      'and 7 more',
      '     2   5 B      0 B  /etc/passwd',
      '     1  EACCES',
    ]);
    const [summary] = lines(small, '--summary', '--json', 'evt.type = openat');
    expect(JSON.parse(summary!)).to.deep.include({
      events: 2,
      errors: { distinct: 1, top: [{ name: 'EACCES', events: 1, read: 0, written: 0 }] },
    });
  });

  it('sums up an audit log by what its source counts', () => {
    const output = lines(audit, '--summary', '--top', '2');
    expect(output[0]).to.equal('19 events in 202.235 s from 2026-11-24T09:00:02.682554000Z');
    expect(output.join('\n')).to.contain(
      ['EVENTS  USER', '     6  backup-operator', '     5  jane', 'and 3 more'].join('\n'),
    );
    const [summary] = lines(audit, '--summary', '--json', 'ka.user.name = jane');
    const { sources } = JSON.parse(summary!) as { sources: Record<string, Record<string, { top: unknown }>> };
    const { users, verbs, resources, codes } = sources['k8s_audit']!;
    expect(users!.top).to.deep.equal([{ name: 'jane', events: 5 }]);
    expect(verbs!.top).to.deep.equal([
      { name: 'create', events: 2 },
      { name: 'list', events: 2 },
      { name: 'get', events: 1 },
    ]);
    expect(resources!.top).to.deep.include({ name: 'pods/exec', events: 1 });
    expect(codes!.top).to.deep.include({ name: '403', events: 1 });
  });

  it('shows what comes before the place where a capture is damaged', () => {
    const damaged = join(folder, 'damaged');
    mkdirSync(damaged);
    const path = join(damaged, 'a.scap');
    writeFileSync(path, concat(example, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)));
    writeFileSync(join(damaged, 'b.scap'), example);
    const { status, stdout, stderr } = tiercel('show', damaged, '-p', '%evt.num', '--from', '15');
    expect([status, stdout]).to.deep.equal([2, '15\n15\n']);
    expect(stderr).to.match(/a\.scap at byte \d+: error: /);
    for (const what of ['--tree', '--summary']) {
      const run = tiercel('show', path, what);
      expect(run.status).to.equal(2);
      expect(run.stdout).to.contain(what === '--tree' ? 'SIGKILL' : '15 events');
    }
  });

  it('says nothing of a capture that ends within an event, apart from a warning', () => {
    const cut = join(folder, 'cut');
    writeFileSync(cut, example.subarray(0, example.length - 10));
    const { status, stdout, stderr } = tiercel('show', cut, '-p', '%evt.num', '--from', '14');
    expect([status, stdout]).to.deep.equal([0, '14\n']);
    expect(stderr).to.contain('warning');
  });

  it('ends without a complaint when its reader does', () => {
    const run = spawnSync(
      'bash',
      [
        '-c',
        `"${process.execPath}" "${join(root, 'dist/tiercel.js')}" show "${webShell}" | head -n 1; echo "\${PIPESTATUS[0]}"`,
      ],
      { encoding: 'latin1' },
    );
    expect(run.stdout.trimEnd().split('\n').at(-1)).to.equal('0');
    expect(run.stderr).to.equal('');
  });

  const mistakes: [about: string, args: string[], message: string][] = [
    [
      'a condition',
      ['evt.type = open and proc.nam = cat'],
      '    1 | evt.type = open and proc.nam = cat\n      |                     ^^^^^^^^\n',
    ],
    ['an unknown macro', ['nosuch'], "Undefined macro 'nosuch'"],
    [
      'a capture that is not there',
      ['nosuch/b.scap', 'evt.type', '=', 'open'],
      'nosuch/b.scap: error: cannot read',
    ],
    ['a format', ['-p', '%evt.num %proc.nam'], '"%proc.nam" is no field of events'],
    ['a list of fields', ['--fields', 'proc.name,'], 'expected'],
    ['a rule file', ['-r', 'nosuch.yaml'], 'cannot read nosuch.yaml'],
    ['two things at once', ['--tree', '--summary'], 'cannot be used with'],
    ['a number', ['--count', '0'], 'expected a number from 1'],
    ['a kind of time', ['-t', 'noon'], 'Allowed choices are local, utc, relative, delta'],
  ];
  for (const [about, args, message] of mistakes)
    it(`refuses ${about}`, () => {
      const { status, stdout, stderr } = tiercel('show', small, ...args);
      expect([status, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.contain(message);
    });

  it('warns of a condition that nothing can match', () => {
    const { status, stdout, stderr } = tiercel('show', small, 'not evt.type exists');
    expect([status, stdout]).to.deep.equal([0, '']);
    expect(stderr).to.contain('no event can match this condition');
  });
});
