import type { Extracted, Field, FieldClass } from './define.ts';
import { indexOf } from './argument.ts';
import { ancestorFields } from './proc-ancestors.ts';
import { executableFields } from './proc-exe.ts';
import { leaderFields } from './proc-leaders.ts';
import { resourceFields } from './proc-resources.ts';
import { argsText, environmentText, shownId, since } from './process-text.ts';
import { threadFields } from './thread.ts';
import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';

const args = (event: Event): Extracted => event.thread && argsText(event.thread);
const environment = (event: Event): Extracted => event.thread && environmentText(event.thread);

/** What an event's process is: its name, arguments, environment, ids, times. */
const processFields: readonly Field[] = [
  {
    name: 'proc.exe',
    type: 'CHARBUF',
    desc: 'What the program was started as: `argv[0]`, at most 4096 bytes. It need not name the program that runs, which `proc.exepath` does.',
    get: (event) => event.thread?.exe,
  },
  {
    name: 'proc.exepath',
    type: 'CHARBUF',
    desc: 'Full path of the program that runs, with links resolved.',
    get: (event) => event.thread?.exepath,
  },
  {
    name: 'proc.name',
    type: 'CHARBUF',
    desc: "Name of the process, of which the kernel keeps 15 bytes. A process may give itself another one than its program's.",
    get: (event) => event.thread?.comm,
  },
  {
    name: 'proc.args',
    type: 'CHARBUF',
    arg: { required: false, index: 'INDEX' },
    desc: 'The arguments after `argv[0]`, with blanks between them; `proc.args[0]` is the first of them alone. At most 4096 bytes.',
    get: args,
    bind: (arg) => {
      if (arg === undefined) return {};
      const index = indexOf(arg);
      if (index === undefined) return undefined;
      if (index < 0) return { get: args };
      return { get: (event) => event.thread && (event.thread.args[index] ?? '') };
    },
  },
  {
    name: 'proc.cmdline',
    type: 'CHARBUF',
    desc: 'Name and arguments of the process: `proc.name`, a blank, `proc.args`.',
    get: (event) => event.thread?.commandLine,
  },
  {
    name: 'proc.cmdnargs',
    type: 'UINT64',
    desc: 'How many arguments there are, `argv[0]` not counted.',
    get: (event) => event.thread?.args.length,
  },
  {
    name: 'proc.cmdlenargs',
    type: 'UINT64',
    desc: 'Length of all arguments together in bytes, without the blanks between them.',
    get: (event) => event.thread?.args.reduce((sum, arg) => sum + arg.length, 0),
  },
  {
    name: 'proc.exeline',
    type: 'CHARBUF',
    desc: 'The whole command line from `argv[0]` on: `proc.exe`, a blank, `proc.args`.',
    get: (event) => event.thread && `${event.thread.exe} ${argsText(event.thread)}`,
  },
  {
    name: 'proc.env',
    type: 'CHARBUF',
    arg: { required: false, key: 'NAME' },
    desc: 'The environment as `NAME=value`, with blanks between the variables; `proc.env[NAME]` is the value of one variable, empty if it is not set.',
    get: environment,
    bind: (arg) => {
      if (arg === undefined) return {};
      if (arg.includes(']')) return undefined;
      if (onlyDigits.test(arg)) return { get: environment };
      return { get: variable(arg) };
    },
  },
  {
    name: 'proc.cwd',
    type: 'CHARBUF',
    desc: 'Working directory, with a slash at its end.',
    get: (event) => event.thread?.currentDirectory,
  },
  {
    name: 'proc.tty',
    type: 'UINT32',
    format: 'id',
    desc: 'Number of the controlling terminal; 0 without one, as for services.',
    get: (event) => event.thread?.tty,
  },
  {
    name: 'proc.pid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the process, as the host numbers it.',
    get: (event) => event.thread && shownId(event.thread.pid),
  },
  {
    name: 'proc.vpid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the process in its own pid namespace: 1 for the first process of a container. Outside of containers the same as `proc.pid`.',
    get: (event) => {
      const vpid = event.thread?.vpid;
      return vpid === -1 ? undefined : vpid;
    },
  },
  {
    name: 'proc.duration',
    type: 'RELTIME',
    format: 'dec',
    desc: 'Age of the process in nanoseconds.',
    get: (event) => {
      const { thread } = event;
      if (thread === undefined || (thread.cloneTimeLow === 0 && thread.cloneTimeHigh === 0)) return undefined;
      return since(event, thread.cloneTimeLow, thread.cloneTimeHigh);
    },
  },
  {
    name: 'proc.pid.ts',
    type: 'RELTIME',
    format: 'dec',
    desc: 'When the process started: nanoseconds since 1970.',
    get: (event) => {
      const { thread } = event;
      if (thread === undefined || (thread.cloneTimeLow === 0 && thread.cloneTimeHigh === 0)) return undefined;
      return thread.cloneTime;
    },
  },
];

const onlyDigits = /^\d+$/;

function variable(name: ByteString): Field['get'] {
  return (event) => event.thread?.environmentValue(name);
}

/** `proc.*` and `thread.*`: the process and thread of an event, and their ancestors. */
export const procClass: FieldClass = {
  name: 'process',
  source: 'syscall',
  desc: 'The process and thread that made a system call, and the processes above it.',
  fields: [
    ...processFields,
    ...ancestorFields,
    ...leaderFields,
    ...executableFields,
    ...resourceFields,
    ...threadFields,
  ],
};
