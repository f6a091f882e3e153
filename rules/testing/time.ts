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
