import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Thread } from '../state/thread.ts';
import type { Field } from './define.ts';
import { leaderOf } from './process-tree.ts';

const session = (event: Event) => leaderOf(event, (thread) => thread.sid, true);
const virtualGroup = (event: Event) => leaderOf(event, (thread) => thread.vpgid, true);
const group = (event: Event) => leaderOf(event, (thread) => thread.pgid, false);

const name = (thread: Thread) => thread.comm;
const exe = (thread: Thread) => thread.exe;
const exepath = (thread: Thread) => thread.exepath;

function ofLeader(
  field: string,
  find: (event: Event) => Thread | undefined,
  read: (thread: Thread) => ByteString,
  desc: string,
): Field {
  return {
    name: field,
    type: 'CHARBUF',
    desc,
    get: (event) => {
      if (event.thread === undefined) return undefined;
      const leader = find(event);
      return leader === undefined ? '' : read(leader);
    },
  };
}

const SESSION =
  'the leader of the session: the process whose id is proc.sid, else the eldest ancestor of that session.';
const VIRTUAL_GROUP =
  'the leader of the process group, ids seen from its pid namespace: the process whose id is proc.vpgid, else the eldest ancestor of that group.';
const GROUP =
  'the leader of the process group: the process whose id is proc.pgid, else the eldest ancestor of that group.';

/** Sessions and process groups, and who leads them. Without a known leader the texts are empty. */
export const leaderFields: readonly Field[] = [
  {
    name: 'proc.sid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the session.',
    get: (event) => event.thread?.sid,
  },
  ofLeader('proc.sname', session, name, `Name of ${SESSION}`),
  ofLeader('proc.sid.exe', session, exe, `argv[0] of ${SESSION}`),
  ofLeader('proc.sid.exepath', session, exepath, `Path of the program of ${SESSION}`),
  {
    name: 'proc.vpgid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the process group, seen from its own pid namespace.',
    get: (event) => event.thread?.vpgid,
  },
  ofLeader('proc.vpgid.name', virtualGroup, name, `Name of ${VIRTUAL_GROUP}`),
  ofLeader('proc.vpgid.exe', virtualGroup, exe, `argv[0] of ${VIRTUAL_GROUP}`),
  ofLeader('proc.vpgid.exepath', virtualGroup, exepath, `Path of the program of ${VIRTUAL_GROUP}`),
  {
    name: 'proc.pgid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the process group, seen from the host.',
    get: (event) => event.thread?.pgid,
  },
  ofLeader('proc.pgid.name', group, name, `Name of ${GROUP}`),
  ofLeader('proc.pgid.exe', group, exe, `argv[0] of ${GROUP}`),
  ofLeader('proc.pgid.exepath', group, exepath, `Path of the program of ${GROUP}`),
  {
    name: 'proc.is_sid_leader',
    type: 'BOOL',
    desc: 'Whether the process leads its session: proc.sid is proc.vpid.',
    get: (event) => event.thread && event.thread.sid === event.thread.vpid,
  },
  {
    name: 'proc.is_vpgid_leader',
    type: 'BOOL',
    desc: 'Whether the process leads its process group in its pid namespace: proc.vpgid is proc.vpid. True for what a shell starts at its prompt, false for what a script starts.',
    get: (event) => event.thread && event.thread.vpgid === event.thread.vpid,
  },
  {
    name: 'proc.is_pgid_leader',
    type: 'BOOL',
    desc: 'Whether the process leads its process group, seen from the host: proc.pgid is proc.pid.',
    get: (event) => event.thread && event.thread.pgid === event.thread.pid,
  },
];
