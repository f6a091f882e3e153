import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventReference, isSeen } from '../../engine/index.ts';
import { tiercel } from './tiercel.ts';

interface EventJson {
  readonly name: string;
  readonly kind: string;
  readonly syscalls: readonly string[];
  readonly types: readonly {
    readonly symbol: string;
    readonly direction: '<' | '>';
    readonly status: string;
    readonly category: string | null;
    readonly flags: readonly string[];
    readonly parameters: readonly {
      readonly name: string;
      readonly type: string;
      readonly format: string;
      readonly values?: readonly { readonly name: string; readonly value: number }[];
      readonly directory?: string;
    }[];
  }[];
}

const json = (...args: string[]): EventJson[] =>
  JSON.parse(tiercel('events', ...args, '--json').stdout) as EventJson[];
const lines = (...args: string[]): string[] =>
  tiercel('events', ...args)
    .stdout.trimEnd()
    .split('\n');

describe('tiercel events', () => {
  it('lists what rules see, with the parameters', () => {
    const { status, stdout, stderr } = tiercel('events');
    expect([status, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/^ {2}openat +< {2}fd, dirfd, name, flags, mode, dev, ino$/m);
    expect(stdout).to.match(/^ {2}procexit +> {2}status, ret, sig, core, reaper_tid$/m);
    expect(stdout).to.contain('acct, add_key, adjtimex');
    expect(stdout).to.not.contain('mesos').and.not.contain('(old)').and.not.contain('(helper)');
  });

  it('lists names alone', () => {
    const names = eventReference()
      .filter(isSeen)
      .map(({ name }) => name);
    expect(lines('--names'))
      .to.deep.equal(names)
      .and.to.include.members(['openat', 'acct', 'container_removed']);
    expect(lines('--names', '--all')).to.include.members(['openat', 'mesos', 'tracer']);
  });

  it('lists with --all what rules do not see', () => {
    const { stdout } = tiercel('events', '--all');
    expect(stdout).to.match(
      /^ {2}openat +< {2}fd, dirfd, name, flags, mode, dev, ino\n +> {2}\(helper\) dirfd/m,
    );
    expect(stdout).to.match(/^ {2}mesos +> {2}\(old\) json$/m);
  });

  const details: [args: string[], texts: string[]][] = [
    [
      ['openat'],
      [
        'openat\nA system call.',
        'In conditions: evt.type = openat, evt.arg.fd or evt.arg[0], evt.rawarg.fd.',
        '< SYSCALL_OPENAT_2_X; category file; makes an fd;',
        'O_RDONLY=0x1,',
        'the directory that\n                      dirfd holds',
        '4 mode   uint32     a whole number, octal',
      ],
    ],
    [
      ['openat', '--all'],
      ['> SYSCALL_OPENAT_E; category file; of older drivers', '> SYSCALL_OPENAT_2_E; category file; only'],
    ],
    [['read'], ['category of the fd', 'reads from an fd']],
    [['chmod'], ['S_IXUSR=0100']],
    [['setsockopt'], ['one of several types: bytebuf, errno, uint32, uint64, reltime']],
    [['pread64'], ['pread\n', 'It stands for pread64; evt.type is never pread64.']],
    [['fcntl'], ['It stands for fcntl, fcntl64; evt.type is never fcntl64.']],
    [['acct'], ['A system call of which only the name is recorded.', '0 ID        syscallid']],
    [['container'], ['CONTAINER_JSON_2_E', 'ASYNCEVENT_E']],
    [['mesos'], ['Rules never see it.', 'MESOS_E']],
    [['getsockname'], ['(no parameters)', 'In conditions: evt.type = getsockname.']],
  ];
  for (const [args, texts] of details)
    it(`tells about ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = tiercel('events', ...args);
      expect([status, stderr]).to.deep.equal([0, '']);
      for (const text of texts) expect(stdout).to.contain(text);
      for (const line of stdout.split('\n')) expect(line.length).to.be.at.most(100);
    });

  const refused: [args: string[], text: string][] = [
    [['opne'], 'did you mean open?'],
    [['Openat'], 'did you mean openat?'],
    [['qqqqqqq'], 'tiercel events --names lists all'],
    [['--markdown', '--names'], "cannot be used with option '--names'"],
    [['--nosuch'], 'unknown option'],
  ];
  for (const [args, text] of refused)
    it(`refuses ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = tiercel('events', ...args);
      expect([status, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.contain(text).and.not.contain('    at ');
    });

  it('tells everything as JSON', () => {
    const [openat, ...none] = json('openat');
    expect(none).to.be.empty;
    expect(openat).to.deep.include({ name: 'openat', kind: 'syscall', syscalls: ['openat'] });
    expect(openat!.types.map(({ symbol }) => symbol)).to.deep.equal(['SYSCALL_OPENAT_2_X']);
    const [type] = openat!.types;
    expect(type).to.deep.include({ direction: '<', status: 'current', category: 'file' });
    expect(type!.flags).to.include('creates_fd');
    expect(type!.parameters[2]).to.deep.equal({
      name: 'name',
      type: 'fsrelpath',
      format: 'na',
      directory: 'dirfd',
    });
    expect(type!.parameters[3]!.values).to.deep.include({ name: 'O_RDONLY', value: 1 });
    expect(json('read')[0]!.types[0]!.category).to.equal(null);
    expect(json('--all', 'openat')[0]!.types.map(({ status }) => status)).to.deep.equal([
      'current',
      'helper',
      'old',
      'old',
    ]);
    expect(json()).to.have.length(lines('--names').length);
  });

  it('prints the reference page as Markdown', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/reference/events.md'), 'utf8');
    expect(page).to.equal(
      `${page.slice(0, page.indexOf('\n') + 1)}${tiercel('events', '--markdown').stdout}`,
    );
  });
});
