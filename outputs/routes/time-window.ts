/** Times of the week in a time zone. */
import type { TimeWindowSettings } from './schema.ts';

/** Names of days as settings have them. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const MINUTES_OF_DAY = 24 * 60;
const MINUTE = 60_000;

/** Days of `mon`, `monday`, `mon-fri`, `sat-mon`: numbers from 0, which is Monday; undefined if it is none. */
export function parseDays(text: string): readonly number[] | undefined {
  const named = text.split('-').map(dayNamed);
  const [first, last] = [named[0], named.at(-1)];
  if (named.length > 2 || first === undefined || last === undefined) return undefined;
  const days = [first];
  for (let day = first; day !== last; days.push(day)) day = (day + 1) % 7;
  return days;
}

function dayNamed(name: string): number | undefined {
  const word = name.trim().toLowerCase();
  const index = WEEKDAYS.findIndex((day) => day === word || FULL_NAMES[day] === word);
  return index < 0 ? undefined : index;
}
const FULL_NAMES: Readonly<Record<(typeof WEEKDAYS)[number], string>> = {
  mon: 'monday', tue: 'tuesday', wed: 'wednesday', thu: 'thursday', fri: 'friday', sat: 'saturday', sun: 'sunday',
}; // prettier-ignore

/** Minutes of a day, the second not included. */
export interface Hours {
  readonly from: number;
  /** At `from` or before: goes on into the next day. */
  readonly to: number;
}

/** Minutes of `08:00-18:00`; undefined if it is none. */
export function parseHours(text: string): Hours | undefined {
  const match = /^\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*$/.exec(text);
  if (match === null) return undefined;
  const [, h1, m1, h2, m2] = match.map(Number);
  const from = h1! * 60 + m1!;
  const to = h2! * 60 + m2!;
  const isTime = m1! < 60 && m2! < 60 && from < MINUTES_OF_DAY && to <= MINUTES_OF_DAY;
  return isTime ? { from, to } : undefined;
}

/** Whether it is the name of a time zone that this Node knows, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Times at which a route is active, or mute. */
export class TimeWindows {
  readonly #windows: readonly {
    readonly settings: TimeWindowSettings;
    readonly format: Intl.DateTimeFormat;
  }[];
  #minute = NaN;
  #inside = false;

  constructor(windows: readonly TimeWindowSettings[]) {
    this.#windows = windows.map((settings) => ({
      settings,
      format: new Intl.DateTimeFormat('en-GB', {
        timeZone: settings.zone,
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      }),
    }));
  }

  /** Whether a time is inside of one of them. Zones differ by whole minutes, so all of a minute is one time. */
  includes(now: number): boolean {
    const minute = Math.floor(now / MINUTE);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#inside = this.#windows.some(({ settings, format }) => includes(settings, localTime(format, now)));
    }
    return this.#inside;
  }

  /** The next minute from `now` on that is inside, or is not; undefined if there is none within eight days. */
  next(inside: boolean, now: number): number | undefined {
    const start = Math.floor(now / MINUTE);
    for (let minute = start; minute <= start + 8 * MINUTES_OF_DAY; minute++)
      if (this.includes(minute * MINUTE) === inside) return Math.max(now, minute * MINUTE);
    return undefined;
  }
}

interface LocalTime {
  readonly day: number;
  readonly minute: number;
}

function localTime(format: Intl.DateTimeFormat, now: number): LocalTime {
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  return {
    day: dayNamed(parts.get('weekday')!)!,
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
}

function includes({ days, hours }: TimeWindowSettings, { day, minute }: LocalTime): boolean {
  const isDay = (wanted: number): boolean => days === undefined || days.flat().includes(wanted);
  if (hours === undefined) return isDay(day);
  return hours.some(({ from, to }) =>
    from < to
      ? isDay(day) && minute >= from && minute < to
      : // What began the day before.
        (isDay(day) && minute >= from) || (isDay((day + 6) % 7) && minute < to),
  );
}
