import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { parameterCount, parameterMeaning, parameterText } from '../parameters.ts';
import { renderingOf, type BufferFormat } from '../rendering.ts';
import { GENERIC_X } from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';
import type { ParamInfo } from '../tables/types.ts';
import { indexOf } from './argument.ts';
import type { Extracted, Field, FieldError } from './define.ts';
import { hasResult, indexIn, parameterIndex } from './evt-traits.ts';
import { bindRaw } from './evt-rawarg.ts';

/** All parameters: `fd=3(<f>/etc/passwd) size=10`. */
function allArguments(event: Event): ByteString {
  if (event.code === GENERIC_X) return '';
  const { bufferFormat } = renderingOf(event);
  let all = '';
  const count = parameterCount(event);
  for (let i = 0; i < count; i++) {
    const { plain, resolved } = parameterText(event, i, bufferFormat);
    const shown = resolved === '' ? plain : `${plain}(${resolved})`;
    all += `${i === 0 ? '' : ' '}${event.info.params[i]!.name}=${shown}`;
  }
  return all;
}

type Argument = (event: Event, buffers: BufferFormat) => ByteString | undefined;

/** Conditions see buffers as text always, outputs as `buffer_format_base64` says. */
function bindArgument(argument: Argument): {
  get: (event: Event) => Extracted;
  shown: (event: Event) => Extracted;
} {
  return {
    get: (event) => argument(event, 'normal'),
    shown: (event) => argument(event, renderingOf(event).bufferFormat),
  };
}

const argumentAt =
  (index: number): Argument =>
  (event, buffers) =>
    index < 0 || index >= parameterCount(event) ? undefined : parameterMeaning(event, index, buffers);

function argumentNamed(name: string): Argument {
  const indexes = parameterIndex(name);
  return (event, buffers) => {
    const i = indexIn(event, indexes);
    return i < 0 ? undefined : parameterMeaning(event, i, buffers);
  };
}

const firstParameter = new Map<string, ParamInfo>();
for (const { params } of EVENTS)
  for (const param of params) if (!firstParameter.has(param.name)) firstParameter.set(param.name, param);

/**
 * The first parameter of any event type with this name; undefined where only a beginning of the name is one, an error where nothing is.
 */
function findParameter(name: ByteString): ParamInfo | FieldError | undefined {
  const exact = firstParameter.get(name);
  if (exact !== undefined) return exact;
  for (const known of firstParameter.keys()) if (known !== '' && name.startsWith(known)) return undefined;
  return { error: `unknown event argument ${name}` };
}

const dataIndex = parameterIndex('data');

/** The bytes that were read or written, as many as were recorded. */
function dataBytes(event: Event): Extracted {
  const i = indexIn(event, dataIndex);
  return i < 0 ? undefined : event.buffer(i);
}

/**
 * The text of the data. libsinsp takes as much of its memory for texts as the last buffer had, even where this event's data are no
 * buffer or there are none.
 */
function dataText(event: Event): Extracted {
  const i = indexIn(event, dataIndex);
  if (i < 0) return undefined;
  const { bufferFormat, scratch } = renderingOf(event);
  parameterText(event, i, bufferFormat);
  return scratch.bytes(scratch.bufferLength);
}

const returnValue = (event: Event): Extracted =>
  hasResult(event) ? (event.exactInt64(0) ?? event.int32(0) ?? 0) : undefined;

/** What happened: parameters, data, result. */
export const argumentFields: readonly Field[] = [
  {
    name: 'evt.args',
    type: 'CHARBUF',
    desc: 'All parameters of the event by name, in one text: `res=0 fd=3(<f>/etc/passwd)`.',
    get: allArguments,
  },
  {
    name: 'evt.arg',
    type: 'CHARBUF',
    arg: { required: true, index: 'INDEX', dotted: 'NAME' },
    desc: 'One parameter as text, by its name (`evt.arg.path`) or its place (`evt.arg[0]`). What numbers stand for is shown: `<f>/etc/passwd` for an fd, `ENOENT` for an error, `O_RDONLY|O_CLOEXEC` for flags.',
    get: () => undefined,
    bind: (arg, dotted) => {
      if (arg === undefined) return { error: 'filter syntax error: evt.arg' };
      if (dotted) {
        const param = findParameter(arg);
        if (param === undefined || 'error' in param) return param;
        return bindArgument(argumentNamed(arg));
      }
      const index = indexOf(arg);
      if (index === undefined) return { error: `${arg} is not a valid number` };
      return bindArgument(argumentAt(index));
    },
  },
  {
    name: 'evt.rawarg',
    type: 'DYNAMIC',
    arg: { required: true, dotted: 'NAME' },
    noRightSide: true,
    noTransformer: true,
    desc: 'One parameter by its name, as the number or text that it is: `evt.rawarg.flags` is a number. Its type is that of the parameter.',
    get: () => undefined,
    bind: (arg, dotted) => {
      if (arg === undefined) return { error: 'filter syntax error: evt.rawarg' };
      if (!dotted) return { error: 'evt.arg fields must be expressed explicitly' };
      const param = findParameter(arg);
      return param === undefined || 'error' in param ? param : bindRaw(param);
    },
  },
  {
    name: 'evt.info',
    type: 'CHARBUF',
    desc: 'The same as `evt.args`.',
    get: allArguments,
  },
  {
    name: 'evt.buffer',
    type: 'BYTEBUF',
    desc: 'The data that were read or written, as far as the driver records them: 80 bytes unless told otherwise.',
    get: dataBytes,
    shown: dataText,
  },
  {
    name: 'evt.res',
    type: 'CHARBUF',
    format: 'dec',
    desc: 'How the system call ended: `SUCCESS`, or the name of its error, such as `ENOENT`.',
    get: (event) => {
      if (!hasResult(event)) return undefined;
      return event.returnValue >= 0 ? 'SUCCESS' : parameterMeaning(event, 0, 'normal');
    },
  },
  {
    name: 'evt.rawres',
    type: 'INT64',
    desc: 'What the system call returned, as a number: an fd or a count, 0, or an error as a negative number.',
    get: returnValue,
  },
];
