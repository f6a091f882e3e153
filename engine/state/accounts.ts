import type { ByteString } from '../bytes.ts';
import type { GroupSnapshot, UserSnapshot } from './snapshot.ts';

/** The users and groups of one machine by their numbers. */
export interface Accounts {
  findUser(uid: number): UserSnapshot | undefined;
  findGroup(gid: number): GroupSnapshot | undefined;
}

const USER_LINE = /^([^:#+-][^:]*):[^:]*:(\d+):(\d+):[^:]*:([^:]*):(.*)$/;
const GROUP_LINE = /^([^:#+-][^:]*):[^:]*:(\d+):/;

/**
 * Reads the texts of `/etc/passwd` and `/etc/group`. Of several entries with the same number the first counts; other lines are passed
 * over, as by the C library.
 */
export function readAccounts(passwd: ByteString, group: ByteString): Accounts {
  const users = new Map<number, UserSnapshot>();
  for (const line of passwd.split('\n')) {
    const [, name, uid, gid, homedir, shell] = USER_LINE.exec(line) ?? [];
    if (shell === undefined || users.has(Number(uid))) continue;
    users.set(Number(uid), { uid: Number(uid), gid: Number(gid), name: name!, homedir: homedir!, shell });
  }
  const groups = new Map<number, GroupSnapshot>();
  for (const line of group.split('\n')) {
    const [, name, gid] = GROUP_LINE.exec(line) ?? [];
    if (gid === undefined || groups.has(Number(gid))) continue;
    groups.set(Number(gid), { gid: Number(gid), name: name! });
  }
  return {
    findUser: (uid) => users.get(uid),
    findGroup: (gid) => groups.get(gid),
  };
}
