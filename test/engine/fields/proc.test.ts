import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { Event } from '../../../engine/event.ts';
import type { FieldValue } from '../../../engine/fields/define.ts';
import { fdClass } from '../../../engine/fields/fd.ts';
import { fdlistClass } from '../../../engine/fields/fdlist.ts';
import { fsPathClass } from '../../../engine/fields/fs-path.ts';
import { procClass } from '../../../engine/fields/proc.ts';
import type { BinaryOperator, UnaryOperator } from '../../../engine/filter/ast.ts';
import { valueTest } from '../../../engine/filter/compare.ts';
import { FD, Fd } from '../../../engine/state/fd.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { CL, Thread } from '../../../engine/state/thread.ts';
import { PROCINFO_E, SCHEDSWITCH_6_E, SYSCALL_CLOSE_X } from '../../../engine/tables/codes.generated.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';
import { syntheticEvent } from '../../event-bytes.ts';
import { bindError, bindField, readField } from './bind-field.ts';

const classes = [procClass];

/** sshd (1) → bash (20) → python (300), which has a second thread (301). */
class Scene {
  readonly machine = new Machine();
  readonly sshd = this.add({
    tid: 1,
    pid: 1,
    ptid: 0,
    comm: 'sshd',
    exe: '/usr/sbin/sshd',
    exepath: '/usr/sbin/sshd',
  });
  readonly bash = this.add({
    tid: 20, pid: 20, ptid: 1, comm: 'bash', exe: '-bash', exepath: '/bin/bash',
    sid: 20, pgid: 20, vpgid: 20, vpid: 20, vtid: 20,
  }); // prettier-ignore
  readonly python = this.add({
    tid: 300, pid: 300, ptid: 20, comm: 'python3', exe: 'python', exepath: '/usr/bin/python3',
    cwd: '/srv/', sid: 20, pgid: 300, vpgid: 20, vpid: 300, vtid: 300, exeIno: 77, exeWritable: true, tty: 34816, fdLimit: 4,
    capEffective: 0b101, vmSizeKb: 10, cgroups: [['cpu', '/a'], ['memory', '/b']], cloneTimeLow: 1_000,
  }); // prettier-ignore
  readonly worker = this.add({
    tid: 301, pid: 300, ptid: 20, comm: 'worker', vtid: 301, vpid: 300, vmSizeKb: 10, flags: CL.CLONE_FILES,
  }); // prettier-ignore

  constructor() {
    this.bash.setEnv('HOME=/root\0TERM= xterm \0');
    this.python.setEnv('PATH=/bin\0EMPTY=\0LANG=C\0');
    this.bash.setArgs(['--login'].join('\0'));
    this.python.setArgs(['-m', 'http.server'].join('\0'));
    const input = new Fd();
    Object.assign(input, { type: FD.FIFO, name: 'pipe:[7]' });
    this.python.addFd(0, input);
  }

  add(values: object): Thread {
    const thread = Object.assign(new Thread(), values);
    this.machine.threads.add(thread, true);
    return thread;
  }

  event(tid = 300, code = SYSCALL_CLOSE_X, timeNs = 5_000n, params: readonly bigint[] = []): Event {
    const event = syntheticEvent(code, tid, timeNs, params);
    event.machine = this.machine;
    event.thread = this.machine.threads.find(tid);
    return event;
  }
}

describe('fields of processes', () => {
  const scene = new Scene();
  const event = scene.event();

  const values: readonly (readonly [text: string, value: unknown, tid?: number])[] = [
    ['proc.exe', 'python'],
    ['proc.exepath', '/usr/bin/python3'],
    ['proc.name', 'python3'],
    ['proc.args', '-m http.server'],
    ['proc.args[0]', '-m'],
    ['proc.args[5]', ''],
    ['proc.args[-1]', '-m http.server'],
    ['proc.cmdline', 'python3 -m http.server'],
    ['proc.cmdnargs', 2],
    ['proc.cmdlenargs', 13],
    ['proc.exeline', 'python -m http.server'],
    ['proc.exeline', '/usr/sbin/sshd ', 1],
    ['proc.env', 'PATH=/bin EMPTY= LANG=C'],
    ['proc.env', 'PATH=/bin EMPTY= LANG=C', 301],
    ['proc.env[PATH]', '/bin'],
    ['proc.env[EMPTY]', ''],
    ['proc.env[NOSUCH]', ''],
    ['proc.env[0]', 'PATH=/bin EMPTY= LANG=C'],
    ['proc.env[TERM]', 'xterm', 20],
    ['proc.cwd', '/srv/', 301],
    ['proc.tty', 34816],
    ['proc.pid', 300, 301],
    ['proc.vpid', undefined, 1],
    ['proc.duration', 4_000],
    ['proc.duration', undefined, 20],
    ['proc.pid.ts', 1_000],
    ['proc.ppid', 20],
    ['proc.ppid', undefined, 1],
    ['proc.pvpid', 20],
    ['proc.pname', 'bash'],
    ['proc.pname', 'bash', 301],
    ['proc.pexe', '-bash'],
    ['proc.pexepath', '/bin/bash'],
    ['proc.pcmdline', 'bash --login'],
    ['proc.ppid.duration', 1],
    ['proc.ppid.ts', 0],
    ['proc.aname', 'bash sshd'],
    ['proc.aname[0]', 'python3'],
    ['proc.aname[1]', 'bash'],
    ['proc.aname[2]', 'sshd'],
    ['proc.aname[3]', undefined],
    ['proc.aname[-1]', 'bash sshd'],
    ['proc.aname[-2]', undefined],
    ['proc.aname[+1]', 'bash'],
    ['proc.aname', undefined, 1],
    ['proc.aexe', '-bash /usr/sbin/sshd'],
    ['proc.aexepath[2]', '/usr/sbin/sshd'],
    ['proc.acmdline', 'bash --login sshd'],
    ['proc.aargs', '--login '],
    ['proc.aargs[1]', '--login'],
    ['proc.apid', 300],
    ['proc.apid[2]', 1],
    ['proc.aenv', 'PATH=/bin EMPTY= LANG=C'],
    ['proc.aenv[0]', 'PATH=/bin EMPTY= LANG=C'],
    ['proc.aenv[1]', 'HOME=/root TERM= xterm '],
    ['proc.aenv[3]', undefined],
    ['proc.aenv[HOME]', '/root'],
    ['proc.aenv[PATH]', ''],
    ['proc.loginshellid', 20],
    ['proc.sname', 'bash'],
    ['proc.sid.exe', '-bash'],
    ['proc.vpgid.exepath', '/bin/bash'],
    ['proc.pgid.name', 'python3'],
    ['proc.pgid.name', '', 1],
    ['proc.is_sid_leader', false],
    ['proc.is_vpgid_leader', true, 20],
    ['proc.is_pgid_leader', true],
    ['proc.is_exe_writable', true],
    ['proc.exe_ino', 77],
    ['proc.exe_ino', undefined, 20],
    ['proc.exe_ino.ctime', undefined],
    ['proc.fdopencount', 1, 301],
    ['proc.fdlimit', 4],
    ['proc.fdusage', 25],
    ['proc.fdusage', 0, 20],
    ['proc.nthreads', 2],
    ['proc.nchilds', 1],
    ['proc.stdin.type', 'pipe', 301],
    ['proc.stdin.name', 'pipe:[7]'],
    ['proc.stdout.name', undefined],
    ['thread.cap_effective', 'CAP_CHOWN CAP_DAC_READ_SEARCH'],
    ['thread.cap_permitted', ''],
    ['thread.tid', 301, 301],
    ['thread.vtid', undefined, 1],
    ['thread.ismain', false, 301],
    ['thread.nametid', 'worker301', 301],
    ['thread.cgroups', 'cpu=/a memory=/b'],
    ['thread.cgroups', undefined, 20],
    ['thread.cgroup.memory', '/b'],
    ['thread.cgroup.blkio', undefined],
    ['thread.vmsize', 10],
    ['thread.vmsize', 0, 301],
    ['thread.vmsize.b', 10_240],
  ];
  for (const [text, value, tid] of values)
    it(`${text}${tid === undefined ? '' : ` of thread ${tid}`} is ${JSON.stringify(value)}`, () => {
      expect(readField(classes, tid === undefined ? event : scene.event(tid), text)).to.equal(value);
    });

  it('have no value without a thread, but for its id', () => {
    const stray = scene.event(9);
    const known = procClass.fields.filter((field) => field.get(stray) !== undefined).map(({ name }) => name);
    expect(known).to.have.members(['thread.tid', 'thread.exectime']);
  });

  describe('conditions on ancestors without an index', () => {
    const cases: readonly (readonly [
      text: string,
      op: BinaryOperator | UnaryOperator,
      values: readonly FieldValue[],
      expected: boolean,
    ])[] = [
      ['proc.aname', '=', ['sshd'], true],
      ['proc.aname', '=', ['python3'], false],
      ['proc.aname', '!=', ['bash'], true],
      ['proc.aname', 'in', ['x', 'sshd'], true],
      ['proc.aname', 'startswith', ['py'], false],
      ['proc.aname', 'exists', [], true],
      ['proc.aname[-1]', '=', ['sshd'], true],
      ['proc.aexepath', 'endswith', ['/bash'], true],
      ['proc.acmdline', 'contains', ['--login'], true],
      ['proc.apid', '=', [20], true],
      ['proc.apid', '=', [300], false],
      ['proc.apid', '<', [2], true],
      ['proc.aenv', 'contains', ['HOME=/root'], true],
      ['proc.aenv', 'contains', ['PATH=/bin'], false],
      ['proc.aenv[2]', 'contains', ['HOME=/root'], true],
    ];
    for (const [text, op, values, expected] of cases)
      it(`${text} ${op} ${values.join(' ')}`, () => {
        const { field, bound } = bindField(classes, text);
        const test = bound.test!(op, undefined, values, valueTest(op, field.type, values));
        expect(test(event)).to.equal(expected);
        expect(test(scene.event(1)), 'without ancestors').to.equal(false);
      });

    it('are ordinary ones with an index or a name', () => {
      for (const text of ['proc.aname[1]', 'proc.apid[0]', 'proc.aenv[HOME]', 'proc.aargs'])
        expect(bindField(classes, text).bound.test, text).to.equal(undefined);
    });
  });

  it('end where a chain of parents bites its tail', () => {
    const { machine } = new Scene();
    for (const [tid, ptid] of [
      [50, 51],
      [51, 52],
      [52, 50],
    ] as const)
      // prettier-ignore
      machine.threads.add(Object.assign(new Thread(), { tid, pid: tid, ptid, comm: `p${tid}` }), false);
    const looping = syntheticEvent(SYSCALL_CLOSE_X, 50, 0, []);
    looping.machine = machine;
    looping.thread = machine.threads.find(50);
    const names = [...looping.thread!.ancestors(machine.threads)].map(({ comm }) => comm).join(' ');
    expect(readField(classes, looping, 'proc.aname')).to.equal(names);
    expect(readField(classes, looping, 'proc.aname[7]')).to.equal('p51');
  });

  it('refuse arguments that are none', () => {
    for (const text of ['proc.aname[x]', 'proc.aname[1.5]', 'proc.args[a]', 'proc.apid[]', 'proc.env[A]B]'])
      expect(bindError(classes, text), text).to.equal(undefined);
    expect(bindError(classes, 'thread.cgroup')).to.deep.equal({
      error: 'filter syntax error: thread.cgroup',
    });
    expect(bindError(classes, 'thread.cgroup[x]')).to.deep.equal({
      error: 'filter syntax error: thread.cgroup[x]',
    });
    expect(bindError(classes, 'thread.cgroup.a1')).to.equal(undefined);
  });

  it('thread.cpu counts from one reading to the next', () => {
    const { get } = bindField(classes, 'thread.cpu').bound;
    const info = (user: bigint, system: bigint) => scene.event(300, PROCINFO_E, 1n, [user, system]);
    expect(get(info(10n, 5n))).to.equal(0);
    expect(get(info(20n, 6n))).to.equal(11);
    expect(get(info(500n, 6n))).to.equal(100);
    expect(get(info(1n, 1n))).to.equal(100);
    expect(get(scene.event())).to.equal(undefined);
  });

  it('thread.exectime is the time since the last switch of its CPU', () => {
    const { get } = bindField(classes, 'thread.exectime').bound;
    const sees = (time: bigint) => scene.event(20, SCHEDSWITCH_6_E, time);
    const before = [get(sees(100n)), get(sees(200n))];
    expect(before, 'where the CPUs are not known').to.deep.equal([0, 0]);
    scene.machine.info = { ...scene.machine.info, cpus: 1 };
    const total = bindField(classes, 'thread.totexectime').bound.get;
    const seen = [1_000n, 1_700n, 2_000n].map((time) => {
      const event = scene.event(20, SCHEDSWITCH_6_E, time);
      return [get(event), total(event)];
    });
    expect(seen).to.deep.equal([[0, 0], [700, 700], [300, 1_000]]); // prettier-ignore
    expect(
      bindField(classes, 'thread.exectime').bound.get(scene.event(20, SCHEDSWITCH_6_E, 9_000n)),
    ).to.equal(0);
  });
});

describe('the lists of fields', () => {
  if (!hasOracle()) return;
  interface Listed {
    readonly class: string;
    readonly fields: readonly { name: string; type: string; is_list: boolean; argument: object | null }[];
  }
  const listed = JSON.parse(readFileSync(oraclePath('tables', 'fields.json'), 'utf8')) as readonly Listed[];
  for (const { name, fields } of [procClass, fdClass, fsPathClass, fdlistClass])
    it(`${name}: are those of Falco`, () => {
      const ours = fields
        .filter(({ hidden }) => hidden !== true)
        .map(({ name, type, list, arg }) => ({
          name,
          type,
          is_list: list ?? false,
          argument: arg === undefined ? null : { required: arg.required, type: [] },
        }));
      expect(ours).to.have.deep.members([...listed.find((each) => each.class === name)!.fields]);
    });
});
