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
