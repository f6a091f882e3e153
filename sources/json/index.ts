import {
  defineSource,
  type RawJson,
  type Source,
  type SourceEvent,
  type SourceProblem,
} from '../../engine/index.ts';
import { rfc3339 } from '../time.ts';
import { jsonFields, pointedAt } from './fields.ts';

/** How events of JSON are read: `init_config` of the plug-in `json`. */
export interface JsonSettings {
  /** The JSON pointers that may lead to the time of an event; the first one that does counts. */
  readonly time?: readonly string[];
}

/** Where programs write the time of what they log. */
const TIMES = ['/time', '/timestamp', '/@timestamp', '/ts', '/eventTime', '/datetime', '/date'];

/**
 * Any JSON, one event in each document; the elements of a list are events, too. Text in RFC 3339 and numbers since 1970, in seconds or, if they are too large for that, in milli-,
 * micro- or nanoseconds, are taken for times. An event that tells none has that of the one before.
 */
export function jsonSource({ time: pointers = TIMES }: JsonSettings = {}): Source {
  let last = 0n;
  function* parse(record: RawJson): Generator<SourceEvent<RawJson> | SourceProblem> {
    if (record.kind === 'array') {
      for (const element of record.elements) yield* parse(element);
      return;
    }
    if (record.kind !== 'object') {
      yield { problem: `an event is a JSON object, and ${record.json.slice(0, 40)} was found` };
      return;
    }
    for (const pointer of pointers) {
      const time = timeOf(pointedAt(record, pointer));
      if (time === undefined) continue;
      last = time;
      break;
    }
    yield { time: last, data: record };
  }
  return defineSource<RawJson, 'json'>({
    name: 'json',
    plugin: { name: 'json', version: '0.7.4' },
    summary: 'Any events that are JSON, one in each line.',
    fields: [jsonFields((event) => event)],
    records: 'json',
    parse,
    describe: (event) => event.json,
  });
}

function timeOf(value: RawJson | undefined): bigint | undefined {
  if (value?.kind === 'string') return rfc3339(value.string ?? '');
  if (value?.kind !== 'number') return undefined;
  const number = Number(value.json);
  if (!(number > 0)) return undefined;
  const scale = SCALES.find(([below]) => number < below)?.[1];
  if (scale === undefined) return undefined;
  const [whole = '', fraction = ''] = value.json.split('.');
  if (!/^\d+$/.test(whole) || !/^\d*$/.test(fraction)) return BigInt(Math.round(number * scale));
  return BigInt(whole) * BigInt(scale) + BigInt(Math.round(Number(`0.${fraction || '0'}`) * scale));
}

/** Numbers below the first are times in units of so many nanoseconds. */
const SCALES: readonly (readonly [number, number])[] = [
  [1e11, 1e9],
  [1e14, 1e6],
  [1e17, 1e3],
  [1.8e19, 1],
];

const plain = jsonSource();

/** The source with settings that were read from a file; throws a `TypeError` for those that are wrong. */
export function jsonSourceWith(settings: unknown): Source {
  if (settings === undefined || settings === null || settings === '') return plain;
  const { time, ...others } = settings as Record<string, unknown>;
  const [unknown] = typeof settings === 'object' ? Object.keys(others) : [String(settings)];
  if (unknown !== undefined) throw new TypeError(`json has no setting "${unknown}"; it has "time"`);
  const pointers = typeof time === 'string' ? [time] : time;
  if (
    pointers !== undefined &&
    !(Array.isArray(pointers) && pointers.every((one) => typeof one === 'string'))
  )
    throw new TypeError('"time" is a JSON pointer, or a list of them: /published');
  return jsonSource(pointers === undefined ? {} : { time: pointers });
}
