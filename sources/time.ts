import type { ByteString } from '../engine/index.ts';

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Nanoseconds since the epoch, as an unsigned 64-bit number, of a time that Go takes for `time.RFC3339Nano`; undefined for what it refuses. */
export function rfc3339(text: ByteString): bigint | undefined {
  const found = TIME.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = found.slice(7);
  const isTime =
    hour < 24 && minute < 60 && second < 60 && Number(zoneHour) <= 24 && Number(zoneMinute) <= 60;
  if (!isTime || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const east = (sign === '-' ? -60_000 : 60_000) * (Number(zoneHour) * 60 + Number(zoneMinute));
  const nanoseconds =
    BigInt(date.getTime() - east) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return BigInt.asUintN(64, nanoseconds);
}

function daysIn(year: number, month: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 0);
  return date.getUTCDate();
}
