import type { Random } from './random.ts';

/** One input that a target made. */
export interface Input {
  /** How it was made. */
  readonly how: string;
  /** What is kept of it when something is found. */
  readonly bytes: Uint8Array;
  /** Of the file in which it is kept. */
  readonly extension: string;
  /** Uses it. Gives the outcome in a few words that many inputs share; throws where something is wrong with us. */
  run(): string | Promise<string>;
}

/** What the fuzzer makes inputs for. */
export interface Target {
  /** Milliseconds of the processor that one input may take. */
  readonly slow: number;
  /** Makes the input that these random numbers stand for. */
  make(random: Random): Input;
}
