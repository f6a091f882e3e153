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

const leader = (of: string, id: string): string =>
  `of the leader of ${of}: the process whose id is \`${id}\`, else the eldest ancestor with the same \`${id}\`.`;
const SESSION = leader('the session', 'proc.sid');
const VIRTUAL_GROUP = leader('the process group, as its pid namespace numbers it', 'proc.vpgid');
const GROUP = leader('the process group, as the host numbers it', 'proc.pgid');

/** Sessions and process groups, and who leads them. Without a known leader the texts are empty. */
export const leaderFields: readonly Field[] = [
  {
    name: 'proc.sid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the session of the process, as its own pid namespace numbers it.',
    get: (event) => event.thread?.sid,
  },
  ofLeader('proc.sname', session, name, `\`proc.name\` ${SESSION}`),
  ofLeader('proc.sid.exe', session, exe, `\`proc.exe\` ${SESSION}`),
  ofLeader('proc.sid.exepath', session, exepath, `\`proc.exepath\` ${SESSION}`),
  {
    name: 'proc.vpgid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the process group, as its own pid namespace numbers it.',
    get: (event) => event.thread?.vpgid,
  },
  ofLeader('proc.vpgid.name', virtualGroup, name, `\`proc.name\` ${VIRTUAL_GROUP}`),
  ofLeader('proc.vpgid.exe', virtualGroup, exe, `\`proc.exe\` ${VIRTUAL_GROUP}`),
  ofLeader('proc.vpgid.exepath', virtualGroup, exepath, `\`proc.exepath\` ${VIRTUAL_GROUP}`),
  {
    name: 'proc.pgid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the process group, as the host numbers it.',
    get: (event) => event.thread?.pgid,
  },
  ofLeader('proc.pgid.name', group, name, `\`proc.name\` ${GROUP}`),
  ofLeader('proc.pgid.exe', group, exe, `\`proc.exe\` ${GROUP}`),
  ofLeader('proc.pgid.exepath', group, exepath, `\`proc.exepath\` ${GROUP}`),
  {
    name: 'proc.is_sid_leader',
    type: 'BOOL',
    desc: 'Whether the process leads its session: `proc.sid` is `proc.vpid`.',
    get: (event) => event.thread && event.thread.sid === event.thread.vpid,
  },
  {
    name: 'proc.is_vpgid_leader',
    type: 'BOOL',
    desc: 'Whether the process leads its process group: `proc.vpgid` is `proc.vpid`. True for what a shell starts at its prompt, false for what a script starts.',
    get: (event) => event.thread && event.thread.vpgid === event.thread.vpid,
  },
  {
    name: 'proc.is_pgid_leader',
    type: 'BOOL',
    desc: 'Whether the process leads its process group, as the host numbers them: `proc.pgid` is `proc.pid`. True for what a shell starts at its prompt, false for what a script starts.',
    get: (event) => event.thread && event.thread.pgid === event.thread.pid,
  },
];
