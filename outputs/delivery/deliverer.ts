import type { RoutedAlert } from '../alert.ts';
import type { CommonSettings, Delivery, Failure, OutputLog, RouteInfo, Sender } from '../output.ts';
import type { Queue } from '../queue/queue.ts';
import { fullJitter, halfJitter } from './back-off.ts';
import { Breaker } from './breaker.ts';
import { systemClock, type Clock } from './clock.ts';
import { Call, type CallOutcome } from './call.ts';
import type { DeliveryEvent, DeliveryHealth } from './health.ts';
import { Tally } from './tally.ts';
import { TokenBucket } from './token-bucket.ts';
import { Window, type Job } from './window.ts';

/** Settings of an output that concern its delivery. Times are milliseconds. */
export type DeliverySettings = Pick<
  CommonSettings,
  'concurrency' | 'batch' | 'rate_limit' | 'timeout' | 'retry'
> & { readonly queue: Pick<CommonSettings['queue'], 'max_age'> };

/** What a deliverer is made of. */
export interface DelivererOptions {
  readonly output: string;
  readonly sender: Sender;
  readonly queue: Pick<Queue, 'pending' | 'isPending' | 'deliveredNext' | 'bury' | 'onPending'>;
  readonly settings: DeliverySettings;
  /** The text of an alert, in the format or template of the route or the output. */
  readonly text: (alert: RoutedAlert, route: RouteInfo) => string;
  readonly log: OutputLog;
  /** Takes secrets out of what senders say: it ends in logs, and in dead letters. */
  readonly redact?: (text: string) => string;
  readonly on?: (event: DeliveryEvent) => void;
  readonly clock?: Clock;
  /** Numbers from 0 up to 1. */
  readonly random?: () => number;
}

/** Milliseconds that a destination can ask us to wait at most. */
const MAX_AFTER = 3_600_000;
/** Milliseconds between looks at the ages of alerts that cannot be sent. */
const AGE_CHECK = 60_000;
/** Jobs in memory, at least: small batches are read together. */
const MIN_WINDOW = 64;

/**
 * Brings what waits in the queue for one output to its destination, for as long as it takes.
 *
 * Alerts go in the order of the queue. One that fails is tried again later, and those after it do not wait for it; with `concurrency` 1, nothing else changes the order. An alert leaves
 * the queue after the destination has said that it has it, never before: killed between the two, the process sends it again.
 */
export class Deliverer {
  private readonly options: DelivererOptions;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly window: Window;
  private readonly breaker: Breaker;
  private readonly bucket: TokenBucket | undefined;
  /** Calls under way. */
  private readonly flights = new Map<Promise<void>, Call>();
  /** What the destination has, and the queue does not know yet. */
  private delivered: Job[] = [];
  private noting = false;
  /** What is being written to the queue. */
  private readonly settling = new Set<Promise<void>>();
  private readonly tally: Tally;
  /** Nothing goes before, as the destination asked; monotonic clock. */
  private pausedUntil = 0;
  /** Calls in a row that were answered with "not so fast". */
  private tooFast = 0;
  private running = false;
  private cancelTimer: (() => void) | undefined;
  private stopListening: (() => void) | undefined;

  constructor(options: DelivererOptions) {
    const { output, queue, settings } = options;
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.tally = new Tally(this.clock, (event) => options.on?.(event));
    this.window = new Window(
      (after, limit) => queue.pending(output, after, limit),
      Math.max(MIN_WINDOW, 2 * settings.concurrency * settings.batch.max),
    );
    this.breaker = new Breaker(settings.retry, this.random);
    if (settings.rate_limit !== undefined)
      this.bucket = new TokenBucket(settings.rate_limit, this.clock.elapsed());
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.tally.enter('ok');
    this.stopListening = this.options.queue.onPending(this.options.output, () => {
      this.window.renew();
      this.pump();
    });
    this.pump();
  }

  /** Tries at once what waits for a destination to be mended: after a reload, say. */
  retryNow(): void {
    this.pausedUntil = 0;
    this.breaker.probeNow(this.clock.elapsed());
    this.window.hurry();
    this.pump();
  }

  /**
   * Sends nothing more, waits for what is under way, and closes the sender. What was not delivered stays in the queue.
   *
   * @param bound milliseconds after which calls under way are aborted.
   */
  async stop(bound: number): Promise<void> {
    this.running = false;
    this.cancelTimer?.();
    this.stopListening?.();
    if (this.flights.size > 0) {
      const cancel = this.clock.after(bound, () => {
        for (const call of this.flights.values()) call.abort();
      });
      await Promise.all(this.flights.keys());
      cancel();
    }
    await Promise.all(this.settling);
    if (this.tally.state !== 'failed') this.tally.enter('stopped');
    await this.options.sender.close?.();
  }

  health(): DeliveryHealth {
    return {
      output: this.options.output,
      ...this.tally.health(),
      pause: this.running ? (this.pause() ?? 0) : 0,
      inFlight: this.flights.size,
    };
  }

  /** Starts as many calls as may be under way now, and sees to it that it is called again when more may. */
  private pump(): void {
    if (!this.running) return;
    this.cancelTimer?.();
    const { concurrency } = this.options.settings;
    let next: number | undefined;
    while (this.flights.size < concurrency) {
      const elapsed = this.clock.elapsed();
      this.window.fill(elapsed);
      if (this.buryExpired()) continue;
      next = this.pause();
      if (next !== 0) break;
      const batch = this.nextBatch(elapsed);
      if (typeof batch === 'number') {
        next = batch;
        break;
      }
      if (batch === undefined) {
        next = undefined;
        break;
      }
      this.send(batch);
    }
    const wait = Math.min(next ?? Infinity, this.window.waiting.length > 0 ? AGE_CHECK : Infinity);
    this.cancelTimer = wait === Infinity ? undefined : this.clock.after(wait, () => this.pump());
  }

  /** Milliseconds until anything may go; undefined: when the probe that is under way has ended. */
  private pause(): number | undefined {
    const elapsed = this.clock.elapsed();
    const breaker = this.breaker.wait(elapsed);
    if (breaker === undefined) return undefined;
    return Math.max(breaker, this.pausedUntil - elapsed, this.bucket?.wait(elapsed) ?? 0);
  }

  /** What goes next; milliseconds until something does; undefined if nothing waits. */
  private nextBatch(elapsed: number): Job[] | number | undefined {
    const { output, queue, settings } = this.options;
    const probe = this.breaker.state(elapsed) === 'half-open';
    if (probe) this.window.hurry();
    const most = probe ? 1 : Math.min(settings.batch.max, this.bucket?.available(elapsed) ?? Infinity);
    for (;;) {
      const batch = this.window.ready(elapsed, most);
      if (batch.length === 0) {
        const next = this.window.next();
        return next === undefined ? undefined : Math.max(1, next - elapsed);
      }
      const gone = batch.filter(({ seq }) => !queue.isPending(output, seq));
      if (gone.length > 0) {
        this.window.remove((job) => gone.includes(job));
        this.window.fill(elapsed);
        continue;
      }
      const lingers = batch[0]!.arrived + settings.batch.wait - elapsed;
      if (lingers > 0 && batch.length < most && batch.every(({ attempts }) => attempts === 0)) return lingers;
      return batch;
    }
  }

  private buryExpired(): boolean {
    const { max_age } = this.options.settings.queue;
    const now = this.clock.now();
    const expired = this.window.remove(({ alert }) => now - alert.received > max_age);
    if (expired.length === 0) return false;
    this.settle(this.bury(expired, 'expired', `older than max_age, ${max_age} ms`));
    return true;
  }

  private send(batch: readonly Job[]): void {
    this.window.take(batch);
    this.bucket?.take(batch.length);
    this.breaker.begin();
    this.tally.called();
    for (const job of batch) job.attempts++;
    const { sender, settings, log } = this.options;
    const call = new Call({ log, clock: this.clock, timeout: settings.timeout });
    const start = this.clock.elapsed();
    const flight: Promise<void> = call.run(sender, this.deliveriesOf(batch)).then((outcome) => {
      this.flights.delete(flight);
      this.conclude(batch, this.redacted(outcome), this.clock.elapsed() - start);
      this.pump();
    });
    this.flights.set(flight, call);
  }

  private deliveriesOf(batch: readonly Job[]): Delivery[] {
    const { text } = this.options;
    return batch.map(({ alert, route, attempts }) => ({
      alert,
      route,
      attempt: attempts,
      text: () => text(alert, route),
    }));
  }

  private redacted(outcome: CallOutcome): CallOutcome {
    const { redact } = this.options;
    if (outcome === undefined || outcome === 'stopping' || redact === undefined) return outcome;
    return { ...outcome, message: redact(outcome.message) };
  }

  /** Something is written to the queue. The next call does not wait for that, so that the queue can write for many calls at once; what is written counts as in hand until then. */
  private settle(work: Promise<void>): void {
    const settling: Promise<void> = work
      .catch((error: unknown) => this.fail(error))
      .then(() => {
        this.settling.delete(settling);
        this.pump();
      });
    this.settling.add(settling);
  }

  private conclude(batch: readonly Job[], failure: CallOutcome, milliseconds: number): void {
    if (failure === 'stopping') return;
    const failed = failure === undefined ? [] : failedJobs(batch, failure);
    const delivered = failure === undefined ? batch : batch.filter((job) => !failed.includes(job));
    if (failure !== undefined) this.tally.failed(failure, failed.length, milliseconds);
    if (delivered.length > 0) {
      this.noteSuccess(failure === undefined);
      this.tally.delivered(delivered.length, milliseconds);
      for (const job of delivered) this.delivered.push(job);
      if (!this.noting) this.settle(this.finish());
    }
    if (failure === undefined) return;
    if (failure.after !== undefined)
      this.pausedUntil = Math.max(
        this.pausedUntil,
        this.clock.elapsed() + Math.min(failure.after, MAX_AFTER),
      );
    if (delivered.length === 0) this.noteDown(failure);
    this.handle(failed, failure);
  }

  /** Ends, in one transaction, all that is delivered by the time that it is made. */
  private async finish(): Promise<void> {
    const { output, queue } = this.options;
    let jobs: readonly Job[] | undefined;
    this.noting = true;
    await queue.deliveredNext(output, () => {
      if (jobs === undefined) {
        this.noting = false;
        jobs = this.delivered.splice(0);
      }
      return jobs.map(({ seq }) => seq);
    });
    this.window.finish(jobs?.length ?? 0);
  }

  /** What becomes of alerts that were not delivered: tried again, alone or later, or given up. */
  private handle(jobs: readonly Job[], failure: Failure): void {
    const { retry } = this.options.settings;
    const elapsed = this.clock.elapsed();
    const suspects = jobs.length > 1 && failure.failed === undefined;
    if (suspects && (!failure.retry || failure.reason === 'server'))
      for (const job of jobs) job.batchMost = Math.ceil(jobs.length / 2);
    if (!failure.retry) {
      if (suspects) this.window.giveBack(jobs);
      else this.settle(this.buryTaken(jobs, failure));
      return;
    }
    if (isRefusal(failure)) {
      // It is not the alerts' fault: they do not come closer to being given up.
      for (const job of jobs) job.attempts--;
      this.window.giveBack(jobs);
      return;
    }
    const given = jobs.filter(({ attempts }) => attempts >= (retry.attempts ?? Infinity));
    const again = jobs.filter((job) => !given.includes(job));
    // Together, so that they make a batch again.
    const failures = Math.max(...jobs.map(({ attempts }) => attempts));
    const notBefore = elapsed + fullJitter(retry, failures, this.random);
    for (const job of again) job.notBefore = notBefore;
    this.window.giveBack(again);
    if (given.length > 0) this.settle(this.buryTaken(given, failure));
  }

  private async buryTaken(jobs: readonly Job[], { reason, message }: Failure): Promise<void> {
    await this.bury(jobs, reason, message);
    this.window.finish(jobs.length);
  }

  private async bury(jobs: readonly Job[], reason: string, message: string): Promise<void> {
    const { output, queue } = this.options;
    for (const attempts of new Set(jobs.map((job) => job.attempts))) {
      const seqs = jobs.filter((job) => job.attempts === attempts).map(({ seq }) => seq);
      await queue.bury(output, seqs, { reason, message, attempts });
    }
    this.tally.buried(jobs.length, reason, message);
  }

  /** What it says about the destination that nothing of a batch was delivered. */
  private noteDown(failure: Failure): void {
    const elapsed = this.clock.elapsed();
    if (!failure.retry) {
      // It does not like these alerts, but it is there.
      this.noteSuccess(false);
    } else if (failure.reason === 'rate_limited') {
      this.tooFast++;
      this.breaker.abandon();
      if (failure.after === undefined)
        this.pausedUntil = elapsed + halfJitter(this.options.settings.retry, this.tooFast, this.random);
      this.tally.enter('retrying');
    } else if (isRefusal(failure)) {
      this.breaker.refuse(elapsed);
      this.tally.enter('refused');
    } else {
      this.breaker.fail(elapsed);
      this.tally.enter(this.breaker.state(elapsed) === 'closed' ? 'retrying' : 'down');
    }
  }

  /** @param all whether nothing failed. */
  private noteSuccess(all: boolean): void {
    this.tooFast = 0;
    if (this.breaker.succeed()) this.window.hurry();
    if (all || this.tally.state === 'down' || this.tally.state === 'refused') this.tally.enter('ok');
  }

  /** The queue did not take what happened. It is on disk as it was; nothing is sent any more. */
  private fail(error: unknown): void {
    this.running = false;
    this.cancelTimer?.();
    this.options.log.error('delivery stops: the queue cannot be written', { error: String(error) });
    this.tally.enter('failed');
  }
}

/** Whether the destination does not want to be called at all, or not now. */
function isRefusal({ reason }: Failure): boolean {
  return reason === 'auth' || reason === 'client' || reason === 'rate_limited';
}

/** All, if what is said cannot be: rather twice than never. */
function failedJobs(batch: readonly Job[], { failed = [] }: Failure): Job[] {
  if (failed.length === 0 || failed.some((index) => batch[index] === undefined)) return [...batch];
  return batch.filter((_, index) => failed.includes(index));
}
