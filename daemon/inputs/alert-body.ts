import { setImmediate } from 'node:timers/promises';
import { AlertError, type RoutedAlert } from '../../outputs/index.ts';
import { readAlertAs, type AlertFormatName } from './alert-lines.ts';
import type { RecordReader } from './records.ts';

/** A part of a body that is no alert. */
export interface BadPart {
  /** Counts from 0, over the lines or the entries of the list. */
  readonly index: number;
  /** Counts from 1; for lines only. */
  readonly line?: number;
  readonly error: string;
  readonly hint?: string;
}

/** What a body holds. */
export interface BodyAlerts {
  readonly alerts: readonly RoutedAlert[];
  /** Events that rules were asked about: with `records` only. */
  readonly events: number;
  readonly bad: readonly BadPart[];
}

/** How bodies are read. */
export interface BodyReading {
  readonly format: AlertFormatName;
  /** Reads the parts, where they are no alerts but records of a source. */
  readonly records?: RecordReader | undefined;
  /** Longest alert in bytes. */
  readonly most: number;
  readonly origin: { readonly input: string; readonly received: number };
}

/** One alert's text, or what is wrong instead of one. */
type Part = { readonly text: Buffer; readonly line?: number } | { readonly wrong: string };

/** Others have their turn after this many bytes. */
const TURN = 1 << 18;

/** Alerts of a body: one, one in each line, or a list of them. What is an alert is read, whatever stands beside it. */
export async function readBody(body: Buffer, reading: BodyReading): Promise<BodyAlerts> {
  const start = firstInk(body, 0);
  if (start === body.length)
    return { alerts: [], events: 0, bad: [{ index: 0, error: 'the body is empty' }] };
  if (reading.records?.kind === 'lines') return readParts(linesOf(body), reading);
  if (reading.format === 'text' && reading.records === undefined) return readParts(textAlerts(body), reading);
  if (body[start] === OPEN_LIST) return readParts(listEntries(body, start), reading);
  const newline = body.indexOf(LINE_FEED, start);
  const oneLine = newline === -1 || firstInk(body, newline) === body.length;
  if (oneLine) return readParts([{ text: body }], reading);
  // Many in lines, or one that is printed over several.
  const ways = [linesOf(body), [{ text: body }]];
  if (!endsObject(body.subarray(start, newline))) ways.reverse();
  const first = await readParts(ways[0]!, reading);
  if (first.alerts.length + first.events > 0) return first;
  const second = await readParts(ways[1]!, reading);
  return second.alerts.length + second.events > 0 ? second : first;
}

async function readParts(parts: Iterable<Part>, reading: BodyReading): Promise<BodyAlerts> {
  const { format, records, most, origin } = reading;
  const alerts: RoutedAlert[] = [];
  const bad: BadPart[] = [];
  let index = 0;
  let turn = 0;
  let events = 0;
  for (const part of parts) {
    if ('wrong' in part) bad.push({ index, error: part.wrong });
    else {
      const line = part.line !== undefined && { line: part.line };
      try {
        if (part.text.length > most) throw new AlertError(`an alert of more than ${most} bytes`);
        if (records === undefined) alerts.push(readAlertAs(format, part.text, origin));
        else
          for (const outcome of records.read(part.text, origin)) {
            if ('problem' in outcome) {
              const { problem, hint } = outcome;
              bad.push({ index, ...line, error: problem, ...(hint !== undefined && { hint }) });
              continue;
            }
            for (const alert of outcome.alerts) alerts.push(alert);
            if (++events % EVENTS_PER_TURN === 0) await setImmediate();
          }
      } catch (error) {
        if (!(error instanceof AlertError)) throw error;
        bad.push({ index, ...line, error: error.message, ...(error.hint && { hint: error.hint }) });
      }
      turn += part.text.length;
    }
    index++;
    if (turn >= TURN) {
      turn = 0;
      await setImmediate();
    }
  }
  return { alerts, events, bad };
}

/** And after this many events. */
const EVENTS_PER_TURN = 50;

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09;

/** Index of the first byte that is no blank; past a byte order mark, too. */
function firstInk(body: Buffer, from: number): number {
  let at = from;
  if (at === 0 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) at = 3;
  while (at < body.length && isBlank(body[at])) at++;
  return at;
}

const endsObject = (line: Buffer): boolean => line.toString('latin1').trimEnd().endsWith('}');

function* linesOf(body: Buffer): Iterable<{ text: Buffer; line: number }> {
  let line = 1;
  for (let start = 0; start < body.length; line++) {
    const found = body.indexOf(LINE_FEED, start);
    const end = found === -1 ? body.length : found;
    const text = body.subarray(start, end);
    if (firstInk(text, 0) < text.length) yield { text, line };
    start = end + 1;
  }
}

const BEGINS_ALERT = /^[\d:TZ.+-]{8,40}: [A-Z][a-z]+ /;

/** Falco's text alerts: values may hold line feeds, and so a line without a time and a priority belongs to the one before. */
function* textAlerts(body: Buffer): Iterable<Part> {
  let start = 0;
  let first = 1;
  for (const { text, line } of linesOf(body)) {
    const at = text.byteOffset - body.byteOffset;
    if (at <= start || !BEGINS_ALERT.test(text.toString('latin1', 0, 64))) continue;
    yield { text: trimmedEnd(body.subarray(start, at)), line: first };
    start = at;
    first = line;
  }
  yield { text: trimmedEnd(body.subarray(start)), line: first };
}

function trimmedEnd(text: Buffer): Buffer {
  let end = text.length;
  while (end > 0 && isBlank(text[end - 1])) end--;
  return text.subarray(0, end);
}

/** The entries of a JSON list, cut apart where its commas are; what an entry is made of is for whoever reads it. */
function* listEntries(body: Buffer, open: number): Iterable<Part> {
  let at = firstInk(body, open + 1);
  if (body[at] === CLOSE_LIST) {
    if (firstInk(body, at + 1) < body.length)
      yield { wrong: `something stands behind the list, at byte ${at + 1}` };
    return;
  }
  for (;;) {
    const end = entryEnd(body, at);
    if (end < body.length) yield { text: body.subarray(at, end) };
    if (body[end] === COMMA) at = firstInk(body, end + 1);
    else if (body[end] === CLOSE_LIST) {
      if (firstInk(body, end + 1) < body.length)
        yield { wrong: `something stands behind the list, at byte ${end + 1}` };
      return;
    } else return yield { wrong: `the list does not end; its last entry begins at byte ${at}` };
  }
}

/** Index of the comma or the bracket behind an entry of a list; the end of the body if there is none. */
function entryEnd(body: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) at = stringEnd(body, at);
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if (depth > 0) {
      if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
    } else if (byte === COMMA || byte === CLOSE_LIST) return at;
  }
  return body.length;
}

function stringEnd(body: Buffer, open: number): number {
  for (let at = open + 1; at < body.length; at++) {
    if (body[at] === BACKSLASH) at++;
    else if (body[at] === QUOTE) return at;
  }
  return body.length;
}
