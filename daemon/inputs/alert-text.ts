import {
  AlertError,
  composeAlert,
  isTime,
  priorityNamed,
  type AlertOrigin,
  type RoutedAlert,
} from '../../outputs/index.ts';

/** `12:34:56.123456789: Warning message`, or the time as `time_format_iso_8601` gives it. */
const LINE =
  /^(?:((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d{1,9})?|(\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2}))): (\w+) /;

/**
 * The alert in a line that Falco prints without `json_output`. It tells neither rule nor source nor fields: `rule` is '', and the line is its output. A time of day is that of
 * the day before `received`, in this machine's time zone, as Falco prints it.
 *
 * @throws AlertError if the line is none of Falco's.
 */
export function alertOfText(line: string, origin: AlertOrigin): RoutedAlert {
  const [, clock, fraction = '', iso, name] = LINE.exec(line) ?? [];
  const priority = name === undefined ? undefined : priorityNamed(name);
  if (priority === undefined || (iso !== undefined && !isTime(iso)))
    throw new AlertError(
      'a line that begins with a time and a priority was expected',
      'Falco prints `12:34:56.123456789: Warning …`; with `json_output: true` the input needs `format: json`',
    );
  return composeAlert(
    {
      rule: '',
      priority,
      source: 'syscall',
      hostname: '',
      time: iso ?? timeToday(clock!, fraction, origin.received),
      tags: [],
      output: line,
      fields: new Map(),
    },
    origin,
  );
}

/** How far the clocks of Falco and of this process may be apart, in milliseconds. */
const CLOCK_SKEW = 60_000;
const DAY = 86_400_000;

function timeToday(clock: string, fraction: string, received: number): string {
  const [hours, minutes, seconds] = clock.split(':').map(Number);
  const time = new Date(received);
  time.setHours(hours!, minutes!, seconds, 0);
  // The line was written before it was read: just after midnight, it is one of yesterday, and just before it, by a clock that goes ahead, one of tomorrow.
  if (time.getTime() > received + CLOCK_SKEW) time.setDate(time.getDate() - 1);
  else if (time.getTime() <= received - DAY + CLOCK_SKEW) time.setDate(time.getDate() + 1);
  return `${time.toISOString().slice(0, 19)}${fraction}Z`;
}
