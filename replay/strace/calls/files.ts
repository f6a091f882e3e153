/** Files and their names. */
import type { Call, Parameters, Translate } from '../call.ts';
import { textOf } from '../call.ts';
import { integerOf } from '../text.ts';

const CREATED = 'O_F_CREATED';

/** Bits of the flags of an open that strace does not tell: PPM_O_F_CREATED, and the layers of an overlay (PPM_FD_*_LAYER). */
const FOUND: readonly (readonly [number, string])[] = [
  [1 << 14, CREATED],
  [1 << 15, 'FD_UPPER_LAYER'],
  [1 << 16, 'FD_LOWER_LAYER'],
];

/** Flags of Linux that have others within them, and are told apart by no driver: O_TMPFILE and O_DIRECTORY, O_SYNC and O_DSYNC. */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  O_DIRECTORY: ['O_TMPFILE'],
  O_TMPFILE: ['O_DIRECTORY'],
  __O_TMPFILE: ['O_TMPFILE'],
  O_SYNC: ['O_DSYNC'],
};

/** The flags of an open, with what is known of the file: from the recorder, or because a file that must not exist was made. */
function openFlags(call: Call, names: readonly string[]): readonly string[] {
  const all = names.flatMap((name) => [name, ...(WITHIN[name] ?? [])]);
  const found = call.opened?.openFlags;
  if (found !== undefined)
    for (const [bit, name] of FOUND)
      // The kernel does not count a file without a name as made by its open (FMODE_CREATED comes of lookups).
      if ((found & bit) !== 0 && !(name === CREATED && names.includes('O_TMPFILE'))) all.push(name);
  if (found === undefined && !call.failed && names.includes('O_CREAT') && names.includes('O_EXCL'))
    all.push(CREATED);
  return all;
}

/** The mode counts only where a file may be made. */
const openMode = (names: readonly string[], mode: string) =>
  names.some((name) => name === 'O_CREAT' || name === 'O_TMPFILE' || name === 'O_DIRECTORY')
    ? Number(integerOf(mode) ?? 0) & 0o7777
    : 0;

const file = (call: Call): Parameters => ({
  dev: call.opened?.dev ?? 0,
  ino: String(call.opened?.ino ?? 0),
});

function open(call: Call): Parameters {
  const names = call.names(1);
  return {
    fd: call.result,
    name: call.text(0),
    flags: openFlags(call, names),
    mode: openMode(names, call.arg(2)),
    ...file(call),
  };
}

function openat(call: Call): Parameters {
  const names = call.names(2);
  return {
    fd: call.result,
    dirfd: call.fd(0),
    name: call.text(1),
    flags: openFlags(call, names),
    mode: openMode(names, call.arg(3)),
    ...file(call),
  };
}

function openat2(call: Call): Parameters {
  const how = call.fields(2);
  const names = (how.get('flags') ?? '').split('|');
  return {
    fd: call.result,
    dirfd: call.fd(0),
    name: call.text(1),
    flags: openFlags(call, names),
    mode: openMode(names, how.get('mode') ?? ''),
    resolve: (how.get('resolve') ?? '').split('|'),
    ...file(call),
  };
}

function creat(call: Call): Parameters {
  return {
    fd: call.result,
    name: call.text(0),
    mode: call.uint32(1) & 0o7777,
    ...file(call),
    // PPM_FD_UPPER_LAYER_CREAT and PPM_FD_LOWER_LAYER_CREAT
    creat_flags: ((call.opened?.openFlags ?? 0) >> 15) & 3,
  };
}

const openByHandleAt: Translate = (call) => ({
  fd: call.result,
  mountfd: call.fd(0),
  flags: openFlags(call, call.names(2)),
  path: call.resultNote?.startsWith('/') === true ? textOf(`"${call.resultNote}"`) : null,
  ...file(call),
});

/** A call whose only argument that counts is a path. */
const onPath =
  (name: string): Translate =>
  (call) => ({ res: call.result, [name]: call.text(0) });

const rename: Translate = (call) => ({ res: call.result, oldpath: call.text(0), newpath: call.text(1) });

const renameat = (call: Call): Parameters => ({
  res: call.result,
  olddirfd: call.fd(0),
  oldpath: call.text(1),
  newdirfd: call.fd(2),
  newpath: call.text(3),
});

const chown =
  (path: string): Translate =>
  (call) => ({ res: call.result, [path]: call.text(0), uid: call.int(1), gid: call.int(2) });

/** `makedev(0xfe, 0)` in the layout of the kernel's own numbers (new_encode_dev). */
function device(text: string): number {
  const [, major = '0', minor = '0'] = /makedev\((\w+), (\w+)\)/.exec(text) ?? [];
  const low = Number(minor);
  return ((low & 0xff) | (Number(major) << 8) | ((low & ~0xff) << 12)) >>> 0;
}

const TYPES: Readonly<Record<string, number>> = {
  S_IFREG: 0o100000,
  S_IFCHR: 0o020000,
  S_IFBLK: 0o060000,
  S_IFIFO: 0o010000,
  S_IFSOCK: 0o140000,
};

export const FILES: Readonly<Record<string, Translate>> = {
  open,
  openat,
  openat2,
  creat,
  open_by_handle_at: openByHandleAt,
  stat: onPath('path'),
  lstat: onPath('path'),
  stat64: onPath('path'),
  lstat64: onPath('path'),
  newfstatat: (call) => ({
    res: call.result,
    dirfd: call.fd(0),
    path: call.text(1),
    flags: call.names(3),
  }),
  fstat: (call) => ({ res: call.result, fd: call.fd(0) }),
  access: (call) => ({ res: call.result, name: call.text(0), mode: call.names(1) }),
  getcwd: (call) => ({ res: call.result, path: call.failed ? null : call.text(0) }),
  chdir: onPath('path'),
  fchdir: (call) => ({ res: call.result, fd: call.fd(0) }),
  chroot: onPath('path'),
  mkdir: (call) => ({ res: call.result, path: call.text(0), mode: call.uint32(1) }),
  mkdirat: (call) => ({ res: call.result, dirfd: call.fd(0), path: call.text(1), mode: call.uint32(2) }),
  rmdir: onPath('path'),
  unlink: onPath('path'),
  unlinkat: (call) => ({ res: call.result, dirfd: call.fd(0), name: call.text(1), flags: call.names(2) }),
  rename,
  renameat,
  renameat2: (call) => ({ ...renameat(call), flags: call.names(4) }),
  link: rename,
  linkat: (call) => ({
    res: call.result,
    olddir: call.fd(0),
    oldpath: call.text(1),
    newdir: call.fd(2),
    newpath: call.text(3),
    flags: call.names(4),
  }),
  symlink: (call) => ({ res: call.result, target: call.text(0), linkpath: call.text(1) }),
  symlinkat: (call) => ({
    res: call.result,
    target: call.text(0),
    linkdirfd: call.fd(1),
    linkpath: call.text(2),
  }),
  chmod: (call) => ({ res: call.result, filename: call.text(0), mode: call.uint32(1) & 0o7777 }),
  fchmod: (call) => ({ res: call.result, fd: call.fd(0), mode: call.uint32(1) & 0o7777 }),
  fchmodat: (call) => ({
    res: call.result,
    dirfd: call.fd(0),
    filename: call.text(1),
    mode: call.uint32(2) & 0o7777,
  }),
  chown: chown('path'),
  lchown: chown('path'),
  fchown: (call) => ({ res: call.result, fd: call.fd(0), uid: call.int(1), gid: call.int(2) }),
  fchownat: (call) => ({
    res: call.result,
    dirfd: call.fd(0),
    pathname: call.text(1),
    uid: call.int(2),
    gid: call.int(3),
    flags: call.names(4),
  }),
  mknod: (call) => ({
    res: call.result,
    path: call.text(0),
    mode: call.bits(1, TYPES),
    dev: device(call.arg(2)),
  }),
  mknodat: (call) => ({
    res: call.result,
    dirfd: call.fd(0),
    path: call.text(1),
    mode: call.bits(2, TYPES),
    dev: device(call.arg(3)),
  }),
  mount: (call) => ({
    res: call.result,
    dev: call.text(0),
    dir: call.text(1),
    type: call.text(2),
    flags: call.names(3).map((name) => name.replace(/^MS_/, '')),
  }),
  umount: onPath('name'),
  umount2: (call) => ({
    res: call.result,
    name: call.text(0),
    flags: call.names(1).map((name) => name.replace(/^(?:MNT|UMOUNT)_/, '')),
  }),
};
