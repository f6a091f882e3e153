/**
 * What an output is: one value per kind (`defineOutput`) that says which settings it has and how it sends. Queue, batching, rate limit, timeout,
 * retry, metrics and redaction stand outside it, and are the same for all kinds.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { RoutedAlert } from './alert.ts';
import { duration, rate, size } from './settings.ts';
import type { Escape } from './template.ts';

/**
 * Why a destination did not take alerts:
 * - `network`: no connection, or it broke; `timeout`: no answer in time
 * - `rate_limited`: it asks to wait; `server`: it has a fault of its own
 * - `auth`: it does not accept who we are
 * - `client`: it does not accept what we ask for, whatever the alert: a wrong address, a channel that does not exist
 * - `poison`: it does not accept this alert, and never will
 */
export const FAILURE_REASONS = [
  'network',
  'timeout',
  'rate_limited',
  'auth',
  'server',
  'client',
  'poison',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** A batch that was not delivered, or not all of it. */
export interface Failure {
  /** Whether the same alerts may go through later. If not, they end in the dead letters; of a batch without `failed`, each alert is tried alone first. */
  readonly retry: boolean;
  readonly reason: FailureReason;
  /** For people; without secrets. */
  readonly message: string;
  /** Milliseconds that the destination asks to wait. */
  readonly after?: number;
  /** Indexes in the batch of the alerts that failed; all if left away. */
  readonly failed?: readonly number[];
}

/** Thrown by `Sender.send`. */
export class SendError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'SendError';
    this.failure = failure;
  }
}

/** The error for a reason. All may go through later, but poison: an operator may mend the rest. */
export function sendError(
  reason: FailureReason,
  message: string,
  more: { readonly after?: number; readonly failed?: readonly number[]; readonly cause?: unknown } = {},
): SendError {
  const { cause, ...rest } = more;
  return new SendError({ retry: reason !== 'poison', reason, message, ...rest }, { cause });
}

/** What a route says of its deliveries. It is kept in the queue as JSON. */
export interface RouteInfo {
  /** Place of the route, for people: `routes[0].routes[2]`, `default`. */
  readonly route: string;
  /** Instead of the output's own. */
  readonly template?: string;
  /** Instead of the output's own. */
  readonly format?: TextFormat;
  /** What the kind lets routes set (`OutputKind.perRoute`): `{channel: '#sec'}`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Alerts that a route gathered have this key in common, and belong into one message where the output can do that. */
  readonly group?: string;
}

/** An alert for one output. */
export interface Delivery {
  readonly alert: RoutedAlert;
  readonly route: RouteInfo;
  /** Counts from 1. */
  readonly attempt: number;
  /** The alert in the format or template of the route or the output, with the escapes of the kind. */
  readonly text: () => string;
}

/** What an output tells the log. */
export interface OutputLog {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** What a sender gets beside the alerts. */
export interface SendContext {
  /** Aborted when the time is up, or when tiercel stops: what is under way is to be given up. */
  readonly signal: AbortSignal;
  readonly log: OutputLog;
}

/** An open output. */
export interface Sender {
  /** Resolves when the destination has all alerts of the batch; throws a `SendError` if not. Any other error counts as `server`, to be retried. */
  send(batch: readonly Delivery[], context: SendContext): Promise<void>;
  /** Called once, when nothing is under way. */
  close?(): Promise<void>;
  /** SIGUSR1: files are opened anew, so that they can be rotated by others. */
  reopen?(): Promise<void>;
  /** Gives free what only one can have, such as an address, before another output is opened in its place; it may be called to send meanwhile. Returns what takes it back, should that not come to be. */
  release?(): () => Promise<void>;
}

/** What an output gets when it is opened. */
export interface OutputPlace {
  /** Name of the output in tiercel.yaml. */
  readonly name: string;
  /** The path of a file that settings name: relative ones stand beside tiercel.yaml. */
  readonly path: (path: string) => string;
  /** Takes secrets out of a text that goes to people: the messages of errors. */
  readonly redact: (text: string) => string;
  readonly log: OutputLog;
}

/** How alerts become text where no template says so: `text` is Falco's line, `json` the alert's JSON. */
export const TEXT_FORMATS = ['text', 'json'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** A kind of output. */
export interface OutputKind<C extends z.ZodObject = z.ZodObject> {
  /** `kind:` in tiercel.yaml. */
  readonly kind: string;
  /** Other names for it. */
  readonly aliases?: readonly string[];
  /** One sentence for the reference: what it delivers to, and how. */
  readonly summary: string;
  /** Its own settings; each is described. */
  readonly config: C;
  /** Settings that are secrets as a whole: never shown. */
  readonly secrets: readonly (keyof z.input<C> & string)[];
  /** Alerts in one call of `send`, where the settings do not say. `most` is what can be set. */
  readonly batch: { readonly max: number; readonly most?: number };
  /** Calls at the same time, where the settings do not say: more than 1 where order means little, and each call waits for a network. */
  readonly concurrency?: number;
  /** Format where neither settings nor route say; left away where the kind makes its own text. */
  readonly format?: TextFormat;
  /** Settings that a route may give its own value. */
  readonly perRoute?: readonly (keyof z.input<C> & string)[];
  /** Settings that work, for the reference and for `tiercel config`. */
  readonly example: z.input<C>;
  /** More for the reference, in Markdown: what counts as delivered, how duplicates are recognised. */
  readonly notes?: string;
  /** What values in texts are escaped for; nothing if left away. */
  escape?(config: z.output<C>): Escape;
  /**
   * Opens it. What can only be wrong with the settings is an error here (a key that is no PEM); a destination that does not answer is not: `send` finds it.
   */
  open(config: z.output<C>, place: OutputPlace): Promise<Sender>;
}

/** Defines a kind of output; its settings are typed by their schema. */
export function defineOutput<C extends z.ZodObject>(kind: OutputKind<C>): OutputKind<C> {
  return kind;
}

/** What happens when the queue of an output is full. */
export const WHEN_FULL = ['block', 'drop_oldest', 'drop_lowest_priority'] as const;

/** Settings that every output has, whatever its kind. */
export function commonSettings(kind: Pick<OutputKind, 'kind' | 'batch' | 'concurrency' | 'format'>) {
  const { max, most = Math.max(max, 10_000) } = kind.batch;
  return z.strictObject({
    kind: z.string().describe('What it delivers to'),
    name: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'expected letters, digits, ".", "-" or "_", 64 at most')
      .default(kind.kind)
      .describe('Name in routes, metrics and the queue; keep it, and the queue keeps its alerts'),
    enabled: z.boolean().default(true).describe('`false`: as if it were not there'),
    format: z
      .enum(TEXT_FORMATS)
      .default(kind.format ?? 'text')
      .describe("How an alert is written: `text` is Falco's line, `json` its JSON"),
    template: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Text of an alert, instead of `format`, in the language of rules' outputs: `%priority %rule in %k8s.ns.name`",
      ),
    concurrency: z
      .int()
      .min(1)
      .max(256)
      .default(kind.concurrency ?? 1)
      .describe('Calls at the same time; with more than 1, alerts may change places'),
    batch: z
      .strictObject({
        max: z.int().min(1).max(most).default(max).describe('Alerts in one call at most'),
        wait: duration.prefault('0').describe('How long to wait for more alerts when there are fewer'),
      })
      .prefault({})
      .describe('How many alerts one call carries'),
    rate_limit: rate
      .optional()
      .describe('Alerts per time at most: `10/s`, `300/5m`; the rest waits in the queue'),
    timeout: duration.prefault('10s').describe('How long one call may take'),
    retry: z
      .strictObject({
        first: duration
          .default(1000)
          .describe('Pause after the first failure; it doubles with each one, give or take chance'),
        max: duration.prefault('5m').describe('Longest pause'),
        attempts: z
          .int()
          .min(1)
          .optional()
          .describe('Calls after which an alert goes to the dead letters; unlimited if left away'),
      })
      .prefault({})
      .describe('When to try again'),
    queue: z
      .strictObject({
        max_bytes: size.prefault('1GiB').describe('What may wait for this output'),
        max_age: duration.prefault('7d').describe('How long an alert may wait'),
        when_full: z
          .enum(WHEN_FULL)
          .default('block')
          .describe('`block`: inputs are told to wait; else alerts are dropped, which is counted and told'),
      })
      .prefault({})
      .describe('Limits of what waits on disk'),
  });
}
export type CommonSettings = z.output<ReturnType<typeof commonSettings>>;

/**
 * Sends the parts of a batch one by one, for destinations that take no more at once. What one is refused for (poison) says nothing of those behind it; any
 * other failure ends the batch. The error names all alerts that are left.
 *
 * @param indexes The alerts of each part, if not one each.
 */
export async function eachInTurn<T>(
  parts: readonly T[],
  send: (part: T) => Promise<void>,
  indexes: (part: T, index: number) => readonly number[] = (_, index) => [index],
): Promise<void> {
  const refused: { readonly failure: Failure; readonly failed: readonly number[] }[] = [];
  for (const [at, part] of parts.entries()) {
    try {
      await send(part);
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      const { failure } = error;
      if (failure.reason !== 'poison') {
        const left = parts.slice(at).flatMap((one, index) => indexes(one, at + index));
        throw new SendError(
          { ...failure, failed: [...refused.flatMap(({ failed }) => failed), ...left] },
          { cause: error },
        );
      }
      refused.push({ failure, failed: indexes(part, at) });
    }
  }
  const last = refused.at(-1);
  if (last !== undefined)
    throw new SendError({ ...last.failure, failed: refused.flatMap(({ failed }) => failed) });
}

/** What a batch is recognised by when it comes twice: the id of its alert; of several, a hash of their ids. */
export function batchId(batch: readonly Delivery[]): string {
  const [first] = batch;
  if (first !== undefined && batch.length === 1) return first.alert.id;
  const hash = createHash('sha256');
  for (const { alert } of batch) hash.update(alert.id);
  return hash.digest('hex').slice(0, 32);
}
