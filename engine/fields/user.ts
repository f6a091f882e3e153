import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Thread } from '../state/thread.ts';
import { NO_ID } from '../state/users.ts';
import { ASYNCEVENT_E, CONTAINER_JSON_2_E } from '../tables/codes.generated.ts';
import type { FieldClass } from './define.ts';

/** What stands for a user or group of which nothing is known. */
export const UNKNOWN_NAME = '<NA>';

function nameOf(event: Event, thread: Thread, uid: number): ByteString {
  const user = event.machine?.users.findUser(thread.containerId, uid);
  return user?.name ?? (uid === 0 ? 'root' : UNKNOWN_NAME);
}

/** The user that a container's own metadata names, for the events that bring this metadata. */
function containerUser(event: Event, thread: Thread): ByteString | undefined {
  if (thread.containerId === '') return undefined;
  if (event.code === ASYNCEVENT_E && event.string(1) !== 'container') return undefined;
  return event.machine?.containers.find(thread.containerId)?.user || undefined;
}

/** `user.*`: who runs the thread. */
export const userClass: FieldClass = {
  name: 'user',
  source: 'syscall',
  desc: 'Who runs the thread: the user it acts as, and the user who once logged in.',
  fields: [
    {
      name: 'user.uid',
      type: 'UINT32',
      format: 'id',
      desc: 'Number of the user that the thread acts as.',
      get: (event) => event.thread?.uid,
    },
    {
      name: 'user.name',
      type: 'CHARBUF',
      desc: 'Name of the user that the thread acts as; `<NA>` where no name is known for the number, as is the rule in containers, apart from root.',
      get: (event) => {
        const { thread, code } = event;
        if (thread === undefined) return undefined;
        if (code === ASYNCEVENT_E || code === CONTAINER_JSON_2_E) {
          const name = containerUser(event, thread);
          if (name !== undefined) return name;
        }
        return nameOf(event, thread, thread.uid);
      },
    },
    {
      name: 'user.homedir',
      type: 'CHARBUF',
      desc: 'Home directory of the user that the thread acts as; `<NA>` if unknown.',
      get: (event) => {
        const { thread } = event;
        if (thread === undefined) return undefined;
        const user = event.machine?.users.findUser(thread.containerId, thread.uid);
        return user?.homedir ?? (thread.uid === 0 ? '/root' : UNKNOWN_NAME);
      },
    },
    {
      name: 'user.shell',
      type: 'CHARBUF',
      desc: 'Login shell of the user that the thread acts as; `<NA>` if unknown.',
      get: (event) => {
        const { thread } = event;
        if (thread === undefined) return undefined;
        return event.machine?.users.findUser(thread.containerId, thread.uid)?.shell ?? UNKNOWN_NAME;
      },
    },
    {
      name: 'user.loginuid',
      type: 'INT64',
      format: 'id',
      desc: 'Number of the user who logged in (the audit uid), which `su` and `sudo` do not change; -1 if nobody did, as for services.',
      get: (event) => {
        const { thread } = event;
        if (thread === undefined) return undefined;
        return thread.loginuid === NO_ID ? -1 : thread.loginuid;
      },
    },
    {
      name: 'user.loginname',
      type: 'CHARBUF',
      desc: 'Name of the user who logged in; `<NA>` if nobody did or no name is known.',
      get: (event) => {
        const { thread } = event;
        return thread === undefined ? undefined : nameOf(event, thread, thread.loginuid);
      },
    },
  ],
};
