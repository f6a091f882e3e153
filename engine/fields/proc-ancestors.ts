import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Thread } from '../state/thread.ts';
import { indexOf } from './argument.ts';
import type { BoundField, Extracted, Field, FieldValue } from './define.ts';
import { ancestorProcess, ancestorsOf, parentProcess } from './process-tree.ts';
import { argsText, environmentText, shownId, since } from './process-text.ts';

const name = (thread: Thread) => thread.comm;
const exe = (thread: Thread) => thread.exe;
const exepath = (thread: Thread) => thread.exepath;
const commandLine = (thread: Thread) => thread.commandLine;
const pid = (thread: Thread) => thread.pid;

/** How far above the process a variable is looked for. */
const ENVIRONMENT_LEVELS = 20;

function ofParent(field: string, read: (thread: Thread) => ByteString, desc: string): Field {
  return {
    name: field,
    type: 'CHARBUF',
    desc,
    get: (event) => {
      const parent = parentProcess(event);
      return parent === undefined ? undefined : read(parent);
    },
  };
}

/** The texts of all ancestors with blanks between them; those at the beginning that are empty leave no blank. */
function textOfAll(event: Event, read: (thread: Thread) => ByteString): ByteString | undefined {
  const main = event.thread?.mainThread;
  if (main === undefined || event.machine === undefined) return undefined;
  let text = '';
  for (const ancestor of ancestorsOf(main, event.machine.threads))
    text = text === '' ? read(ancestor) : `${text} ${read(ancestor)}`;
  return text === '' ? undefined : text;
}

/** Without an index a condition is true if it is for any ancestor, whatever the operator; the process itself does not count. */
function anyAncestor(read: (thread: Thread) => FieldValue): NonNullable<BoundField['test']> {
  return (_op, _modifier, _values, compare) => (event) => {
    const main = event.thread?.mainThread;
    if (main === undefined || event.machine === undefined) return false;
    for (const ancestor of ancestorsOf(main, event.machine.threads)) if (compare(read(ancestor))) return true;
    return false;
  };
}

type TextOf = (thread: Thread) => ByteString;

/** A text of one ancestor by index, or of all. */
function ofAncestors(field: string, read: TextOf, test: boolean, desc: string): Field {
  const all = (event: Event): Extracted => textOfAll(event, read);
  const any = test ? { test: anyAncestor(read) } : {};
  return {
    name: field,
    type: 'CHARBUF',
    arg: { required: false, index: 'LEVEL' },
    ...(test ? { noRightSide: true, noTransformer: true } : {}),
    desc,
    get: all,
    bind: (arg) => {
      if (arg === undefined) return any;
      const index = indexOf(arg);
      if (index === undefined) return undefined;
      if (index === -1) return any;
      return {
        get: (event) => {
          const ancestor = ancestorProcess(event, index);
          return ancestor === undefined ? undefined : read(ancestor);
        },
      };
    },
  };
}

function idOfAncestor(index: number): Field['get'] {
  return (event) => {
    const ancestor = ancestorProcess(event, index);
    return ancestor === undefined ? undefined : shownId(ancestor.pid);
  };
}

const ownEnvironment = (event: Event): Extracted => event.thread && environmentText(event.thread);

/** The environment of the process so many parents above. */
function environmentAbove(levels: number): Field['get'] {
  return (event) => {
    const { thread, machine } = event;
    if (thread === undefined || machine === undefined) return undefined;
    let above = thread.mainThread;
    if (above === undefined) return '';
    for (let i = 0; i < levels; i++) {
      above = machine.threads.find(above.ptid);
      if (above === undefined) return undefined;
    }
    return environmentText(above);
  };
}

/** The value of a variable in the nearest ancestor that has it; empty if none has. */
function variableAbove(variable: ByteString): Field['get'] {
  return (event) => {
    const { thread, machine } = event;
    if (thread === undefined || machine === undefined) return undefined;
    let above = thread.mainThread;
    for (let i = 0; i < ENVIRONMENT_LEVELS && above !== undefined; i++) {
      above = machine.threads.find(above.ptid);
      const value = above?.environmentValue(variable);
      if (value !== undefined && value !== '') return value;
    }
    return '';
  };
}

const onlyDigits = /^\d+$/;

function bindEnvironment(arg: ByteString | undefined): Partial<BoundField> | undefined {
  const any = { test: anyAncestor(environmentText) };
  if (arg === undefined) return any;
  if (arg.includes(']')) return undefined;
  if (!onlyDigits.test(arg)) return { get: variableAbove(arg) };
  // Falco compares with every ancestor here too; only outputs see the level.
  const level = indexOf(arg)!;
  return level < 1 ? any : { ...any, get: environmentAbove(level) };
}

const LEVEL = '`[1]` is the parent, `[2]` its parent, `[0]` the process itself.';
const WITHOUT = 'Without a level, a condition holds if it does for any ancestor, and outputs show';
const ALL = `${WITHOUT} all of them with blanks between.`;

/** The processes above the event's. */
export const ancestorFields: readonly Field[] = [
  ofParent('proc.pexe', exe, '`proc.exe` of the parent: its `argv[0]`.'),
  ofAncestors('proc.aexe', exe, true, `\`proc.exe\` of an ancestor. ${LEVEL} ${ALL}`),
  ofParent('proc.pexepath', exepath, '`proc.exepath` of the parent: the path of its program.'),
  ofAncestors('proc.aexepath', exepath, true, `\`proc.exepath\` of an ancestor. ${LEVEL} ${ALL}`),
  ofParent('proc.pname', name, '`proc.name` of the parent.'),
  ofAncestors('proc.aname', name, true, `\`proc.name\` of an ancestor. ${LEVEL} ${ALL}`),
  ofAncestors(
    'proc.aargs',
    argsText,
    false,
    `\`proc.args\` of an ancestor. ${LEVEL} Without a level, those of all ancestors in one text, with blanks between, in conditions too.`,
  ),
  ofParent('proc.pcmdline', commandLine, '`proc.cmdline` of the parent: its name and arguments.'),
  ofAncestors('proc.acmdline', commandLine, true, `\`proc.cmdline\` of an ancestor. ${LEVEL} ${ALL}`),
  {
    name: 'proc.aenv',
    type: 'CHARBUF',
    arg: { required: false, index: 'LEVEL', key: 'NAME' },
    noRightSide: true,
    noTransformer: true,
    desc: '`proc.env` above the process. `[NAME]` is the value of a variable in the nearest ancestor that has it, at most 20 levels up. With a level or nothing, a condition holds if it does for any ancestor; outputs show the environment at that level, that of the process itself without one.',
    get: ownEnvironment,
    bind: bindEnvironment,
  },
  {
    name: 'proc.loginshellid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the eldest shell (any name that ends with `sh`) among the process and its ancestors, which tells the sessions of users apart; missing if there is none.',
    get: (event) => {
      const main = event.thread?.mainThread;
      if (main === undefined || event.machine === undefined) return undefined;
      let shell = main.comm.endsWith('sh') ? main.pid : undefined;
      for (const ancestor of ancestorsOf(main, event.machine.threads))
        if (ancestor.comm.endsWith('sh')) shell = ancestor.pid;
      return shell;
    },
  },
  {
    name: 'proc.ppid',
    type: 'INT64',
    format: 'id',
    desc: '`proc.pid` of the parent.',
    get: idOfAncestor(1),
  },
  {
    name: 'proc.apid',
    type: 'INT64',
    format: 'id',
    arg: { required: false, index: 'LEVEL' },
    noRightSide: true,
    noTransformer: true,
    desc: `\`proc.pid\` of an ancestor. ${LEVEL} ${WITHOUT} that of the process itself.`,
    get: idOfAncestor(0),
    bind: (arg) => {
      const index = arg === undefined ? -1 : indexOf(arg);
      if (index === undefined) return undefined;
      return index === -1 ? { test: anyAncestor(pid) } : { get: idOfAncestor(index) };
    },
  },
  {
    name: 'proc.pvpid',
    type: 'INT64',
    format: 'id',
    desc: '`proc.vpid` of the parent.',
    get: (event) => event.thread && event.machine?.threads.find(event.thread.ptid)?.vpid,
  },
  {
    name: 'proc.ppid.duration',
    type: 'RELTIME',
    format: 'dec',
    desc: 'Age of the parent process in nanoseconds. Where its start is not known, the number of fds that the process has open, as in Falco.',
    get: (event) => {
      const parent = parentProcess(event);
      if (parent === undefined) return undefined;
      if (parent.cloneTimeLow === 0 && parent.cloneTimeHigh === 0) return event.thread!.fdCount;
      return since(event, parent.cloneTimeLow, parent.cloneTimeHigh);
    },
  },
  {
    name: 'proc.ppid.ts',
    type: 'RELTIME',
    format: 'dec',
    desc: 'When the parent process started: nanoseconds since 1970; 0 if that is not known.',
    get: (event) => event.thread && event.machine?.threads.find(event.thread.ptid)?.cloneTime,
  },
];
