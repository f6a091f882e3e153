/** Nanoseconds of each unit of `at`. */
const UNITS = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** A time like `+2ms`, `1.5s` or `0`, in nanoseconds; undefined if it is none. */
export function readTime(text: string): bigint | undefined {
  if (/^\+?0$/.test(text)) return 0n;
  const [, whole, fraction = '', unit] = /^\+?(\d{1,12})(?:\.(\d{1,9}))?(ns|us|ms|s|m|h)$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const nanoseconds = BigInt(whole + fraction) * UNITS[unit as keyof typeof UNITS];
  return nanoseconds / 10n ** BigInt(fraction.length);
}

/** What lies between two events of which nothing else is said. */
export const STEP = UNITS.ms;

/** When the first event or alert of a case happens, 2026-01-01T00:00:00Z: nanoseconds since 1970. */
export const START = 1_767_225_600_000_000_000n;

/** A time with its zone such as `2026-01-31T18:00:00+01:00`, in nanoseconds since 1970; undefined if it is none. */
export function readMoment(text: string): bigint | undefined {
  const [, seconds, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)$/.exec(text) ?? [];
  if (seconds === undefined || zone === undefined) return undefined;
  const milliseconds = Date.parse(seconds.replace(' ', 'T') + zone);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** `+30s`, `+63.9s`, `+5m`: so many milliseconds after another time. */
export function shownTime(milliseconds: number): string {
  const [unit, size] =
    (
      [
        ['h', 3_600_000],
        ['m', 60_000],
      ] as const
    ).find(([, whole]) => milliseconds !== 0 && milliseconds % whole === 0) ??
    (Math.abs(milliseconds) >= 1000 ? (['s', 1000] as const) : (['ms', 1] as const));
  return `${milliseconds < 0 ? '' : '+'}${milliseconds / size}${unit}`;
}
