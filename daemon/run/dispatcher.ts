import type { AlertSink } from '../inputs/index.ts';
import { Full } from '../inputs/index.ts';
import {
  QueueError,
  type Accepted,
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

/** What routes make of alerts, and how far inputs have read. */
interface Routed {
  readonly entries: readonly Accepted[];
  readonly checkpoints?: ReadonlyMap<string, unknown>;
}

/** Milliseconds that `setTimeout` takes at most. */
const LONGEST = 2 ** 31 - 1;
/** Milliseconds until what could not be handed over is tried again. */
const TICK_AGAIN = 1000;
/** Alerts that one transaction takes, if one job does not bring more: so that deliveries have their turn when alerts come in floods. */
const MOST_ALERTS = 2048;

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

  /** Changes what routes remember. Resolves when that is on disk; rejects if it is not, and then nothing was changed. */
  change<T>(act: (router: Router) => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Full('tiercel stops'));
    return new Promise((resolve, reject) => {
      this.#between.push(async () => {
        try {
          let done: T;
          await this.#write(() => {
            done = act(this.#router);
            return { entries: [] };
          });
          resolve(done!);
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
    // `#run` has to know of this first.
    await Promise.resolve();
    while (this.#jobs.length > 0 || this.#between.length > 0 || this.#tickDue) {
      for (const step of this.#between.splice(0)) await step();
      if (this.#tickDue) await this.#tick();
      if (this.#jobs[0]?.intoReserve) await this.#take([this.#jobs.shift()!]);
      else if (this.#jobs.length > 0) await this.#take();
    }
  }

  /** Takes jobs; if it is not said which, those that are there when the transaction is made. */
  async #take(given?: readonly Job[]): Promise<void> {
    let jobs = given;
    const taken = (): readonly Job[] => (jobs ??= this.#next());
    try {
      await this.#write(() => this.#route(taken()), given?.[0]?.intoReserve);
    } catch (error) {
      // One of them may be to blame, and the others not.
      if (taken().length > 1 && isProblem(error, 'full')) {
        for (const job of taken()) await this.#take([job]);
        return;
      }
      for (const { alerts, reject } of taken()) {
        this.counts.refused += alerts.length;
        reject(
          isProblem(error, 'full') || isProblem(error, 'no_space')
            ? new Full((error as Error).message)
            : error,
        );
      }
      return;
    }
    for (const { alerts, resolve } of taken()) {
      this.counts.routed += alerts.length;
      resolve();
    }
  }

  /** What one transaction takes. Jobs that go into the reserve have one of their own. */
  #next(): readonly Job[] {
    const jobs: Job[] = [];
    let alerts = 0;
    while (this.#jobs.length > jobs.length) {
      const job = this.#jobs[jobs.length]!;
      alerts += job.alerts.length;
      if (job.intoReserve || (jobs.length > 0 && alerts > MOST_ALERTS)) break;
      jobs.push(job);
    }
    this.#jobs.splice(0, jobs.length);
    return jobs;
  }

  #route(jobs: readonly Job[]): Routed {
    const now = Date.now();
    const entries: Accepted[] = [];
    const checkpoints = new Map<string, unknown>();
    for (const { alerts, notTo, checkpoint } of jobs) {
      for (const alert of alerts)
        for (const entry of this.#router.route(alert, now).entries) entries.push(without(entry, notTo));
      if (checkpoint !== undefined) checkpoints.set(...checkpoint);
    }
    return { entries, checkpoints };
  }

  async #tick(): Promise<void> {
    this.#tickDue = false;
    try {
      await this.#write(() => ({ entries: this.#router.tick(Date.now()) }));
    } catch {
      // What was to be handed over is still there.
      this.#armIn(TICK_AGAIN);
    }
  }

  async #write(route: () => Routed, intoReserve = false): Promise<void> {
    try {
      await this.#queue.acceptNext(
        () => ({ ...route(), state: keptRoutes(this.#router.changes()) }),
        intoReserve,
      );
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
