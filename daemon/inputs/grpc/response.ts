import { findField, PRIORITIES, toBytes } from '../../../engine/index.ts';
import {
  composeAlert,
  readAlert,
  type AlertOrigin,
  type FieldJson,
  type RoutedAlert,
} from '../../../outputs/index.ts';
import type { OutputsResponse } from './schema.ts';

/** Sources by the numbers that Falco before 0.31 gives them. */
const OLD_SOURCES = ['syscall', 'k8s_audit', 'internal', 'plugin'];

/**
 * The alert that a message of Falco's stands for. With `json_output` it carries the JSON that Falco prints, and that is taken: it has the types of the values. Without it, all
 * values are text, and those of fields that are numbers or booleans are read as such.
 */
export function alertOfResponse(response: OutputsResponse, origin: AlertOrigin): RoutedAlert {
  if (response.output.startsWith('{')) {
    try {
      const alert = readAlert(response.output, origin);
      if (alert.rule === response.rule) return alert;
    } catch {
      // A rule may print braces: then the other parts tell what it is.
    }
  }
  return composeAlert(
    {
      rule: response.rule,
      priority: PRIORITIES[response.priority] ?? 'Debug',
      source: response.source || (OLD_SOURCES[response.source_deprecated] ?? 'syscall'),
      hostname: response.hostname,
      time: timeText(response.time, origin.received),
      tags: response.tags,
      output: response.output,
      fields: new Map(
        Object.entries(response.output_fields).map(([name, text]) => [name, fieldValue(name, text)]),
      ),
    },
    origin,
  );
}

function timeText(time: OutputsResponse['time'], received: number): string {
  if (time === null) return new Date(received).toISOString();
  const date = new Date(Number(time.seconds) * 1000);
  const known = Number.isNaN(date.getTime()) ? new Date(received) : date;
  return `${known.toISOString().slice(0, 19)}.${String(time.nanos).padStart(9, '0')}Z`;
}

/** Times in nanoseconds, which Falco puts beside the fields of the output as they are, though the fields are text. */
const TIMES = new Set(['evt.time', 'evt.time.iso8601']);
const NUMBER_TYPE = /^(?:U?INT\d+|PORT|RELTIME|ABSTIME)$/;

/** A value as Falco's JSON has it. */
function fieldValue(name: string, text: string): FieldJson {
  if (text === 'null') return null;
  const type = findField(toBytes(name.replace(/\[.*$/s, '')))?.type;
  if (type === 'BOOL') return text === 'true' ? true : text === 'false' ? false : text;
  const isNumber = TIMES.has(name) || (type !== undefined && NUMBER_TYPE.test(type));
  if (!isNumber || !/^(?:0|-?[1-9]\d{0,19})$/.test(text)) return text;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
