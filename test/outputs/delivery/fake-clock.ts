import type { Clock } from '../../../outputs/delivery/clock.ts';

/** A clock that stands until it is told to go on. */
export class FakeClock implements Clock {
  private wall = 1_800_000_000_000;
  private time = 0;
  private timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.wall;
  }
  elapsed(): number {
    return this.time;
  }
  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.time + milliseconds, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  /** The clock on the wall is set; delays do not change. */
  jump(milliseconds: number): void {
    this.wall += milliseconds;
  }

  /** When the next timer is due, from now; undefined if none is set. */
  get nextTimer(): number | undefined {
    return this.timers.length === 0 ? undefined : Math.min(...this.timers.map(({ at }) => at)) - this.time;
  }

  /** Lets time pass, timer by timer, and what follows from each come to rest. */
  async pass(milliseconds: number, settled: () => Promise<void>): Promise<void> {
    const end = this.time + milliseconds;
    await settled();
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.wall += due.at - this.time;
      this.time = due.at;
      this.timers = this.timers.filter((timer) => timer !== due);
      due.callback();
      await settled();
    }
    this.wall += end - this.time;
    this.time = end;
  }
}
