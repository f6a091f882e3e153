import {
  alertTime,
  bindField,
  compileOutput,
  fieldText,
  parametersJson,
  toBytes,
  toJson,
  type ByteString,
  type Event,
  type JsonValue,
  type Output,
  type Source,
} from '../../engine/index.ts';

function known(format: ByteString): Output {
  const output = compileOutput(format, bindField);
  if ('error' in output) throw new Error(`${format}: ${output.error}`);
  return output;
}

const event = known('%evt.cpu %evt.dir %evt.type');
const fd = known('%fd.num %fd.type %fd.name');
const error = known('%evt.failed %evt.res');

/**
 * An event as one JSON object:
 *
 *     {"num":12,"time":"2026-01-31T12:34:56.123456789Z","cpu":0,"pid":7,"tid":7,"process":"cat","dir":"<","type":"openat","args":{"fd":3,…},
 *      "fd":{"num":3,"type":"file","name":"/etc/passwd"}}
 *
 * `pid` and `process` are null where the capture does not tell them. `fd` is there where the event is about an fd that is known, `error`
 * (`"ENOENT"`) where the call failed. `args` are as `parameterJson` gives them.
 *
 * An event of another source than system calls has its `source` and its `data` instead: a JSON document as it is, or a text.
 *
 * @param capture The name of the capture, to be told first where there are several.
 */
export function eventJson(of: Event, capture?: string): ByteString {
  if (of.origin !== undefined) return sourceEventJson(of, of.origin, capture);
  const { thread } = of;
  const about = event.fields(of);
  const value = (name: string): JsonValue => about.get(name) ?? null;
  const isKnown = thread !== undefined && thread.pid >= 0;
  const object = new Map<string, JsonValue>([
    ...(capture === undefined ? [] : [['capture', toBytes(capture)] as const]),
    ['num', of.num],
    ['time', alertTime(of.time)],
    ['cpu', value('evt.cpu')],
    ['pid', isKnown ? thread.pid : null],
    ['tid', of.tid],
    ['process', isKnown ? fieldText(thread.comm) : null],
    ['dir', value('evt.dir')],
    ['type', value('evt.type')],
    ['args', parametersJson(of)],
  ]);
  if (of.fd !== undefined) {
    const values = fd.fields(of);
    object.set(
      'fd',
      new Map<string, JsonValue>([
        ['num', values.get('fd.num') ?? null],
        ['type', values.get('fd.type') ?? null],
        ['name', values.get('fd.name') ?? null],
      ]),
    );
  }
  const result = error.fields(of);
  if (result.get('evt.failed') === true) object.set('error', result.get('evt.res') ?? null);
  return toJson(object, 'given');
}

function sourceEventJson(of: Event, { name, describe, records }: Source, capture?: string): ByteString {
  const data = describe(of.data);
  const head = toJson(
    new Map<string, JsonValue>([
      ...(capture === undefined ? [] : [['capture', toBytes(capture)] as const]),
      ['num', of.num],
      ['time', alertTime(of.time)],
      ['source', name],
    ]),
    'given',
  );
  return `${head.slice(0, -1)},"data":${records.kind === 'json' && isJson(data) ? data : toJson(data)}}`;
}

/** A plug-in takes more for JSON than others do. */
function isJson(text: ByteString): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
