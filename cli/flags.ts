/** How values of flags are read. */
import { InvalidArgumentError } from 'commander';

/** For a flag that may come several times. */
export const gather = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];

/** A number from 1 to `max`. */
export const positive =
  (max: number) =>
  (value: string): number => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : 0;
    if (number < 1 || number > max) throw new InvalidArgumentError(`expected a number from 1 to ${max}`);
    return number;
  };

/** Bytes of data in an event, as many as the drivers of Falco can be told to take at most. */
export function readSnaplen(value: string): number {
  const number = /^\d{1,5}$/.test(value) ? Number(value) : Infinity;
  if (number > MAX_SNAPLEN) throw new InvalidArgumentError(`expected a number from 0 to ${MAX_SNAPLEN}`);
  return number;
}
const MAX_SNAPLEN = 65000;
