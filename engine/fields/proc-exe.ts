import type { Int } from '../bytes.ts';
import type { Field } from './define.ts';

const known = (value: Int | undefined): Int | undefined => (value === 0 ? undefined : value);

/** The file that a process runs. */
export const executableFields: readonly Field[] = [
  {
    name: 'proc.is_exe_writable',
    type: 'BOOL',
    desc: "Whether the user who started the program may write to the program's file.",
    get: (event) => event.thread?.exeWritable,
  },
  {
    name: 'proc.is_exe_upper_layer',
    type: 'BOOL',
    desc: "Whether the program's file is in the upper layer of an overlay file system: in a container, it did not come with the image.",
    get: (event) => event.thread?.exeUpperLayer,
  },
  {
    name: 'proc.is_exe_lower_layer',
    type: 'BOOL',
    desc: "Whether the program's file is in a lower layer of an overlay file system: in a container, it came with the image.",
    get: (event) => event.thread?.exeLowerLayer,
  },
  {
    name: 'proc.is_exe_from_memfd',
    type: 'BOOL',
    desc: 'Whether the program runs from memory (`memfd_create`) and never was a file on a disk.',
    get: (event) => event.thread?.exeFromMemfd,
  },
  {
    name: 'proc.exe_ino',
    type: 'INT64',
    format: 'dec',
    desc: "Inode number of the program's file, which `fd.ino` shows where the file is opened.",
    get: (event) => known(event.thread?.exeIno),
  },
  {
    name: 'proc.exe_ino.ctime',
    type: 'ABSTIME',
    format: 'dec',
    desc: "When anything of the program's file (content, owner, mode, links) changed last: nanoseconds since 1970.",
    get: (event) => known(event.thread?.exeInoCtime),
  },
  {
    name: 'proc.exe_ino.mtime',
    type: 'ABSTIME',
    format: 'dec',
    desc: "When the content of the program's file changed last: nanoseconds since 1970.",
    get: (event) => known(event.thread?.exeInoMtime),
  },
  {
    name: 'proc.exe_ino.ctime_duration_proc_start',
    type: 'ABSTIME',
    format: 'dec',
    desc: "How long before the start of the process its program's file changed last (`proc.exe_ino.ctime`): nanoseconds.",
    get: (event) => known(event.thread?.exeInoCtimeDurationCloneTs),
  },
  {
    name: 'proc.exe_ino.ctime_duration_pidns_start',
    type: 'ABSTIME',
    format: 'dec',
    desc: "How long after the start of its pid namespace the program's file changed last: nanoseconds. Missing if it changed before.",
    get: (event) => known(event.thread?.exeInoCtimeDurationPidnsStart),
  },
  {
    name: 'proc.pidns_init_start_ts',
    type: 'UINT64',
    format: 'dec',
    desc: 'When the pid namespace of the process started, so its container if it is in one: nanoseconds since 1970.',
    get: (event) => known(event.thread?.pidnsInitStart),
  },
];
