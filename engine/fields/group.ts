import type { FieldClass } from './define.ts';
import { UNKNOWN_NAME } from './user.ts';

/** `group.*`: the group of the thread. */
export const groupClass: FieldClass = {
  name: 'group',
  source: 'syscall',
  desc: 'The group that the thread acts as.',
  fields: [
    {
      name: 'group.gid',
      type: 'UINT32',
      format: 'id',
      desc: 'Number of the group that the thread acts as.',
      get: (event) => event.thread?.gid,
    },
    {
      name: 'group.name',
      type: 'CHARBUF',
      desc: 'Name of the group that the thread acts as; `<NA>` if unknown.',
      get: (event) => {
        const { thread } = event;
        if (thread === undefined) return undefined;
        const group = event.machine?.users.findGroup(thread.containerId, thread.gid);
        return group?.name ?? (thread.gid === 0 ? 'root' : UNKNOWN_NAME);
      },
    },
  ],
};
