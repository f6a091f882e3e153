import type { AlertSink } from '../inputs/index.ts';
import { Full } from '../inputs/index.ts';
import {
  QueueError,
  type Accepted,
  type AlsoKept,
  type Queue,
  type QueueProblem,
  type RoutedAlert,
  type Router,
} from '../../outputs/index.ts';
import { keptRoutes } from './kept-routes.ts';

/** What one caller wants to be taken: all of it or nothing. */
interface Job {
  readonly alerts: readonly RoutedAlert[];
  /** Deliveries to this output are left out. */
  readonly notTo?: string | undefined;
  /** Taken although the disk is full, alone. */
  readonly intoReserve?: boolean;
  readonly checkpoint?: readonly [input: string, value: unknown];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds that `setTimeout` takes at most. */
const LONGEST = 2 ** 31 - 1;
/** Milliseconds until what could not be handed over is tried again. */
const TICK_AGAIN = 1000;
/** Jobs that one transaction takes at most. */
const MOST_JOBS = 1000;

/**
 * The way from inputs into the queue. One transaction at a time: those who come meanwhile share the next one. What routes remember is written in the same transaction as the alerts that they
 * let through, so that after a crash they know what the queue knows.
 */
export class Dispatcher {
  readonly #queue: Queue;
  #router: Router;
  #jobs: Job[] = [];
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;
  /** Runs between transactions. */
  #between: (() => Promise<void>)[] = [];
  #tickDue = false;
  #closed = false;
  /** Alerts that were taken. */
  readonly counts = { routed: 0, refused: 0 };

  constructor(queue: Queue, router: Router) {
    this.#queue = queue;
    this.#router = router;
  }

  get router(): Router {
    return this.#router;
  }

  /** Alerts whose time came while nobody ran are handed over. */
  start(): void {
    this.#tickDue = true;
    this.#run();
  }

  /** The sink of an input. */
  sink(input: string): AlertSink {
    return {
      accept: (alerts, checkpoint) =>
        this.#add({
          alerts,
          ...(checkpoint !== undefined && { checkpoint: [input, checkpoint] as const }),
        }),
    };
  }

  /** Takes an alert of tiercel itself. @param notTo An output that does not get it. @param intoReserve It is to be taken although the disk is full. */
  async tell(alert: RoutedAlert, notTo: string | undefined, intoReserve = false): Promise<void> {
    await this.#add({ alerts: [alert], notTo, intoReserve });
  }

  /** Puts other routes in the place of the present ones, which are asked nothing meanwhile. `make` gets what they remember. */
  replace(make: (state: ReadonlyMap<string, unknown>) => Router): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#between.push(async () => {
        try {
          this.#router = make(this.#router.json());
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      });
      this.#tickDue = true;
      this.#run();
    });
  }

  /** Resolves when everything that was given is answered. Nothing is taken any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    while (this.#work !== undefined) await this.#work;
  }

  #add(job: Omit<Job, 'resolve' | 'reject'>): Promise<void> {
    if (this.#closed) return Promise.reject(new Full('tiercel stops'));
    return new Promise((resolve, reject) => {
      this.#jobs.push({ ...job, resolve, reject });
      this.#run();
    });
  }

  #run(): void {
    this.#work ??= this.#loop().finally(() => {
      this.#work = undefined;
      if (this.#jobs.length > 0 || this.#between.length > 0) this.#run();
      else if (!this.#closed) this.#arm();
    });
  }

  async #loop(): Promise<void> {
    // Those who call in the same turn share a transaction.
    await Promise.resolve();
    while (this.#jobs.length > 0 || this.#between.length > 0 || this.#tickDue) {
      for (const step of this.#between.splice(0)) await step();
      if (this.#tickDue) await this.#tick();
      const jobs = this.#jobs.splice(0, MOST_JOBS);
      for (const job of jobs.filter(({ intoReserve }) => intoReserve)) await this.#take([job]);
      const others = jobs.filter(({ intoReserve }) => !intoReserve);
      if (others.length > 0) await this.#take(others);
    }
  }

  async #take(jobs: readonly Job[]): Promise<void> {
    try {
      await this.#commit(jobs);
    } catch (error) {
      // One of them may be to blame, and the others not.
      if (jobs.length > 1 && isProblem(error, 'full')) {
        for (const job of jobs) await this.#take([job]);
        return;
      }
      for (const { alerts, reject } of jobs) {
        this.counts.refused += alerts.length;
        reject(
          isProblem(error, 'full') || isProblem(error, 'no_space')
            ? new Full((error as Error).message)
            : error,
        );
      }
      return;
    }
    for (const { alerts, resolve } of jobs) {
      this.counts.routed += alerts.length;
      resolve();
    }
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const now = Date.now();
    const checkpoints = new Map(jobs.flatMap(({ checkpoint }) => (checkpoint ? [checkpoint] : [])));
    await this.#write(
      () =>
        jobs.flatMap(({ alerts, notTo }) =>
          alerts.flatMap((alert) =>
            this.#router.route(alert, now).entries.map((entry) => without(entry, notTo)),
          ),
        ),
      { checkpoints, intoReserve: jobs[0]!.intoReserve === true },
    );
  }

  async #tick(): Promise<void> {
    this.#tickDue = false;
    try {
      await this.#write(() => this.#router.tick(Date.now()));
    } catch {
      // What was to be handed over is still there.
      this.#armIn(TICK_AGAIN);
    }
  }

  async #write(route: () => readonly Accepted[], also: Omit<AlsoKept, 'state'> = {}): Promise<void> {
    try {
      const entries = route();
      const state = keptRoutes(this.#router.changes());
      if (entries.length > 0 || state.size > 0 || (also.checkpoints?.size ?? 0) > 0)
        await this.#queue.accept(entries, { state, ...also });
      this.#router.keep();
    } catch (error) {
      this.#router.undo();
      throw error;
    }
  }

  #arm(): void {
    const { due } = this.#router;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (due !== undefined) this.#armIn(Math.min(LONGEST, Math.max(1, due - Date.now())));
  }

  #armIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#tickDue = true;
      this.#run();
    }, milliseconds);
  }
}

const isProblem = (error: unknown, problem: QueueProblem): boolean =>
  error instanceof QueueError && error.problem === problem;

const without = (entry: Accepted, output: string | undefined): Accepted =>
  output === undefined
    ? entry
    : { ...entry, deliveries: entry.deliveries.filter((delivery) => delivery.output !== output) };
