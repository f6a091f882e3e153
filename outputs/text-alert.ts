import { PRIORITIES } from '../engine/index.ts';
import {
  AlertError,
  composeAlert,
  MAX_ALERT_BYTES,
  priorityNamed,
  type AlertOrigin,
  type RoutedAlert,
} from './alert.ts';
import { shownText } from './json.ts';

const LINE =
  /^(?:(\d\d):(\d\d):(\d\d)(\.\d{1,9})?|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)([+-]\d{4}|Z)): (\w+) (.*)$/s;

const DAY = 86_400_000;

/**
 * Reads a line that Falco prints without `json_output`: `12:34:56.123456789: Warning text`, or with a whole time (`time_format_iso_8601`). It says nothing of rule,
 * source, tags and fields: those are empty.
 *
 * A time of day is taken for the last such moment before the line was received, in the zone of this process, which is how Falco prints it.
 *
 * @throws AlertError saying what was found and what was expected.
 */
export function readTextAlert(line: string, origin: AlertOrigin): RoutedAlert {
  const text = line.replace(/\r?\n$/, '');
  const match = text.length > MAX_ALERT_BYTES ? null : LINE.exec(text);
  if (match === null)
    throw new AlertError(
      `a line such as "12:34:56.123456789: Warning text" was expected, and ${shownText(text)} was found`,
      text.startsWith('{') ? 'this is JSON: leave `format: text` away' : undefined,
    );
  const [, hours, minutes, seconds, fraction = '', whole, zone, word = ''] = match;
  const priority = priorityNamed(word);
  if (priority === undefined)
    throw new AlertError(
      `a priority was expected behind the time, and ${shownText(word)} was found`,
      `known are ${PRIORITIES.join(', ')}`,
    );
  const time =
    whole === undefined
      ? timeOfDay(
          [hours, minutes, seconds].map(Number) as [number, number, number],
          fraction,
          origin.received,
        )
      : `${whole}${zone === '+0000' ? 'Z' : zone!.replace(/(\d\d)$/, ':$1')}`;
  if (time === undefined || Number.isNaN(Date.parse(time.replace(/(\.\d{3})\d+/, '$1'))))
    throw new AlertError(`a time was expected, and ${shownText(text.slice(0, 40))} was found`);
  const content = {
    rule: '',
    priority,
    source: '',
    hostname: '',
    time,
    tags: [],
    output: text,
    fields: new Map(),
  };
  return composeAlert(content, origin);
}

/** Clocks of two machines are a little apart: a time that lies this much in the future is not yesterday's. */
const SKEW = 60 * 60_000;

function timeOfDay(clock: [number, number, number], fraction: string, received: number): string | undefined {
  const [hours, minutes, seconds] = clock;
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const day = new Date(received);
  const at = (shift: number): number =>
    new Date(day.getFullYear(), day.getMonth(), day.getDate() + shift, hours, minutes, seconds).getTime();
  const today = at(0);
  // Just after midnight, a line of just before it is yesterday's; just before, one of just after may be tomorrow's.
  const ms = today > received + SKEW ? at(-1) : received - today > DAY - SKEW ? at(1) : today;
  return `${new Date(ms).toISOString().slice(0, 19)}${fraction}Z`;
}
