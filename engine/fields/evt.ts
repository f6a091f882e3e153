import { uint64, type Int } from '../bytes.ts';
import type { Event } from '../event.ts';
import { parseUnsigned } from '../filter/numbers.ts';
import { ValueError } from '../filter/value-error.ts';
import { PLUGINEVENT_E } from '../tables/codes.generated.ts';
import { argumentFields } from './evt-args.ts';
import { dockerFields } from './evt-docker.ts';
import { ioFields } from './evt-io.ts';
import { pathFields } from './evt-path.ts';
import { intervalFields, timeFields } from './evt-time.ts';
import { asyncFields, typeFields } from './evt-type.ts';
import type { Field, FieldClass } from './define.ts';

const generalFields: readonly Field[] = [
  {
    name: 'evt.num',
    type: 'UINT64',
    format: 'id',
    desc: 'Number of the event, counted from 1. Events that are not shown count too, so there are gaps.',
    get: (event) => event.num,
  },
  ...timeFields,
  {
    name: 'evt.pluginname',
    type: 'CHARBUF',
    desc: 'Name of the plug-in that the event comes from; missing for system calls.',
    get: (event) => event.origin?.plugin.name,
  },
  {
    name: 'evt.plugininfo',
    type: 'CHARBUF',
    desc: 'What the plug-in says of its event in one line; missing for system calls.',
    get: (event) => event.origin?.describe(event.data),
  },
  {
    name: 'evt.source',
    type: 'CHARBUF',
    desc: 'Where the event comes from: `syscall`, or the source of a plug-in, such as `k8s_audit`.',
    get: (event) => event.origin?.name ?? (event.code === PLUGINEVENT_E ? undefined : 'syscall'),
  },
  ...asyncFields,
  {
    name: 'evt.hostname',
    type: 'CHARBUF',
    desc: 'Name of the machine that the recording says it was made on. Falco forgets it when it opens a capture, so that it is empty in a replay. With events of a plug-in, the name of the host that rules run on.',
    get: ({ origin, machine }) => (origin === undefined ? machine?.info.hostname : machine?.host),
  },
];

const MILLISECOND = 1_000_000n;
const WRAP = 64;

function parseAround(text: string): Int | undefined {
  try {
    return parseUnsigned(text, 64);
  } catch (error) {
    if (error instanceof ValueError) return undefined;
    throw error;
  }
}

/** Whether an event lies within `delta` milliseconds of a moment. */
function isAround(event: Event, moment: bigint, delta: Int): boolean {
  const time = BigInt(uint64(event.timeLow, event.timeHigh));
  const reach = BigInt.asUintN(WRAP, BigInt(delta) * MILLISECOND);
  return moment >= BigInt.asUintN(WRAP, time - reach) && moment <= BigInt.asUintN(WRAP, time + reach);
}

const aroundField: Field = {
  name: 'evt.around',
  type: 'UINT64',
  arg: { required: true, index: 'TIME' },
  filterOnly: true,
  noRightSide: true,
  noTransformer: true,
  desc: 'Holds for events near a moment: `evt.around[T] = D` for those at most D milliseconds before or after the time T, written as `evt.rawtime` shows it.',
  get: () => undefined,
  bind: (arg) => {
    if (arg === undefined) return { error: 'filter syntax error: evt.around' };
    const moment = parseAround(arg);
    if (moment === undefined) return { error: `${arg} is not a valid number` };
    return {
      parseValue: (text, op) => {
        const delta = parseAround(text);
        if (delta === undefined) return { error: `${text} is not a valid number` };
        if (op !== '=' && op !== '==') return { error: "evt.around supports only '=' comparison operator" };
        return delta;
      },
      test: (_op, _modifier, values) => (event) =>
        isAround(event, BigInt(moment), (values.at(-1) ?? 0) as Int),
    };
  },
};

/** `evt.*` of every event. */
export const evtClass: FieldClass = {
  name: 'evt',
  desc: 'What every event has, whatever its source: number, time, machine.',
  fields: generalFields,
};

/** `evt.*` of system calls. */
export const syscallEvtClass: FieldClass = {
  name: 'evt',
  source: 'syscall',
  desc: 'What a system call did: its type, its parameters (`evt.arg.path`, `evt.arg[0]`; `tiercel events` lists them), data and result.',
  fields: [
    ...intervalFields,
    ...typeFields,
    ...argumentFields,
    ...ioFields,
    ...pathFields,
    ...dockerFields,
    aroundField,
  ],
};
