/**
 * What an input is: one value per kind (`defineInput`) that says which settings it has, and how alerts come in. What becomes of them stands outside it:
 * an input hands alerts to a sink, and tells its sender that they have arrived (or notes how far it has read) only when the sink has them on disk.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import type { OutputLog, RoutedAlert } from '../../outputs/index.ts';
import type { RecordReader } from './records.ts';

/** The sink's answer when its queue has reached its limit: the same alerts may be taken later. */
export class Full extends Error {
  /** Milliseconds after which it may be worth trying again, if that is known. */
  readonly after: number | undefined;
  constructor(message = 'the queue is full', after?: number) {
    super(message);
    this.name = 'Full';
    this.after = after;
  }
}

/** Takes alerts of one input. */
export interface AlertSink {
  /**
   * Resolves when all alerts are on disk, in the same transaction as the checkpoint: what the input is to be told when it is opened the next time (any JSON).
   * Rejects with `Full` when there is no room, with any other error when the disk fails; then nothing of it was taken.
   */
  accept(alerts: readonly RoutedAlert[], checkpoint?: unknown): Promise<void>;
}

/** How an input is, as plain data. */
export interface InputHealth {
  /**
   * - `stopped`: not started yet, or stopped
   * - `connecting`: its other side (server, program, file) is not there; it tries again
   * - `running`: alerts can come
   * - `waiting`: it holds alerts back because the sink does not take them
   * - `ended`: there will be no more
   */
  readonly state: 'stopped' | 'connecting' | 'running' | 'waiting' | 'ended';
  /** Alerts that the sink has taken since the start. */
  readonly alerts: number;
  /** When it took the last one, in milliseconds since the epoch. */
  readonly lastAlert: number | undefined;
  /** Events that rules were asked about, for inputs with a `source`. */
  readonly events?: number;
  /** Lines, messages or requests that were no alert, or longer than allowed. */
  readonly refused: number;
  /** Failures of connections, files, programs and the sink. */
  readonly errors: number;
  readonly lastError: { readonly message: string; readonly at: number } | undefined;
  /** What is known to wait on the other side: bytes that are still to be read of the files that are open. */
  readonly lag?: { readonly bytes: number };
  /** Connections of clients that are open. */
  readonly connections?: number;
}

/** An input, opened. */
export interface Input {
  /** Begins to take alerts. Rejects if it never can: an address that is in use, a socket that may not be made. What comes and goes by itself is waited for instead. */
  start(sink: AlertSink): Promise<void>;
  /** Takes no more alerts, and resolves when the sink has answered for those that it was given. An input is started once. */
  stop(): Promise<void>;
  /** Gives up at once what an input in its place may need, such as an address; what is under way goes on until `stop`. Without it, the next one waits for `stop`. */
  release?(): void;
  /** Reads certificates and keys anew, without an end for any connection. Throws if they are no good; those before stay then. Inputs without this are opened anew. */
  renew?(): void;
  /** Resolves when there will be no more alerts, for inputs that come to an end by themselves. */
  readonly ended: Promise<void>;
  readonly health: InputHealth;
}

/** Answers a request to a path that is not the input's own: `/metrics`, `/healthz`. */
export type PathHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** What an input gets when it is opened. */
export interface InputContext {
  /** Name of the input in tiercel.yaml; alerts carry it. */
  readonly name: string;
  readonly log: OutputLog;
  /** The path of a file that settings name: relative ones stand beside tiercel.yaml. */
  readonly path: (path: string) => string;
  /** The checkpoint of the last `accept`, in an earlier run too; undefined if there is none. */
  readonly checkpoint?: unknown;
  /** Reads what comes, where that is not alerts but records of a source. */
  readonly records?: RecordReader;
  /** What inputs that listen for HTTP answer at other paths, by path. */
  readonly paths?: ReadonlyMap<string, PathHandler>;
  /** Instead of the process's standard input. */
  readonly stdin?: Readable;
  /** Milliseconds since the epoch; default: `Date.now`. */
  readonly now?: () => number;
}

/** What alerts of an input become: `alerts` go to the routes; `events` are first evaluated by local rules, and only what these say goes there. */
const INPUT_USES = ['alerts', 'events'] as const;
export type InputUse = (typeof INPUT_USES)[number];

/** Settings that every input has, whatever its kind. */
export const commonInputSettings = z.strictObject({
  kind: z.string().describe('Where alerts come from'),
  name: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected letters, digits, ".", "-" or "_", 64 at most')
    .describe('Name in alerts, metrics and logs; how far the input has read is kept under it'),
  enabled: z.boolean().default(true).describe('false: as if it were not there'),
  as: z
    .enum(INPUT_USES)
    .optional()
    .describe(
      '`alerts` (default): they go to the routes; `events`: local rules are asked about them, and what these say goes to the routes',
    ),
  source: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected the name of a source, such as k8s_audit')
    .optional()
    .describe(
      'What comes are no alerts, but events of this source as it writes them (`k8s_audit`: audit events of Kubernetes): the rules of this source in `rules_files` are asked about them, and what these say goes to the routes',
    ),
});

/** A kind of input. */
export interface InputKind<C extends z.ZodType = z.ZodType> {
  /** `kind:` in tiercel.yaml. */
  readonly kind: string;
  /** One sentence for the reference: where alerts come from, and how. */
  readonly summary: string;
  /** Its own settings; each is described. */
  readonly config: C;
  /** Settings that are secrets as a whole: never shown. */
  readonly secrets: readonly string[];
  /** Settings that work, for the reference. */
  readonly example: z.input<C>;
  /** More for the reference, in Markdown: when alerts are acknowledged, what can be lost or come twice. */
  readonly notes: string;
  /** Whether what comes can be records of a source. */
  readonly takesRecords?: true;
  /** Opens it, without taking anything yet. What can only be wrong with the settings is an error here: a certificate that is none. */
  open(config: z.output<C>, context: InputContext): Promise<Input>;
}

/** Defines a kind of input; its settings are typed by their schema. */
export function defineInput<C extends z.ZodType>(kind: InputKind<C>): InputKind<C> {
  return kind;
}
