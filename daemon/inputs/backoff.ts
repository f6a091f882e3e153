import { setTimeout as sleep } from 'node:timers/promises';

/** Pauses between attempts: each about twice the one before, up to a limit, and none the same for all who wait. */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  readonly #random: () => number;
  #next: number;

  /** Milliseconds of the first pause and of the longest one. */
  constructor(first: number, most: number, random: () => number = Math.random) {
    this.#first = this.#next = first;
    this.#most = Math.max(first, most);
    this.#random = random;
  }

  /** The next pause in milliseconds: between half of its length and all of it. */
  next(): number {
    const length = this.#next;
    this.#next = Math.min(length * 2, this.#most);
    return Math.round(length * (0.5 + this.#random() / 2));
  }

  /** After success: the next pause is a first one. */
  reset(): void {
    this.#next = this.#first;
  }
}

/** Waits; false if the signal came before the time was over. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
