/** The API of a running daemon: health, metrics, configuration and the queue, over HTTP. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as z from 'zod';
import {
  problemsOf,
  silenceSettings,
  type DeadSelection,
  type Queue,
  type RouteProblem,
  type SilenceSettings,
} from '../outputs/index.ts';
import { addressText, listenError, portOf } from './inputs/address.ts';
import type { PathHandler } from './inputs/index.ts';
import { renewTls, serverTlsOptions } from './inputs/server-tls.ts';
import type { OwnSettings } from './config/own-settings.ts';
import type { ToldSilence } from './silences.ts';
import type { Metrics } from './run/metrics.ts';
import { readiness, type DaemonState } from './run/state.ts';

/** What the API tells of and acts on. */
export interface ApiSubject {
  readonly queue: Queue;
  readonly metrics: Metrics;
  state(): DaemonState;
  /** The configuration in force, with secrets redacted. */
  shownConfig(): unknown;
  readonly silences: ApiSilences;
  /** Reads the configuration again; false if it was refused. */
  reload(): Promise<boolean>;
}

/** Silences of all routes. */
export interface ApiSilences {
  list(): readonly ToldSilence[];
  /** Resolves when it is on disk. With an error among the problems, nothing was added. */
  add(silence: SilenceSettings): Promise<{
    readonly silence: ToldSilence | undefined;
    readonly problems: readonly RouteProblem[];
  }>;
  /** False if none that was added has this id. */
  end(id: string): Promise<boolean>;
}

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

interface Request {
  readonly query: URLSearchParams;
  readonly body: () => Promise<unknown>;
  /** Whether it may see everything: it has the token, there is none, or it came through the socket in `data_dir`. */
  readonly trusted: boolean;
}

interface Endpoint {
  readonly method: 'GET' | 'POST';
  /**
   * - `all`: everybody may ask
   * - `token`: the token is needed, where one is configured
   * - `owner`: the token is needed, and without one nobody may but through the socket in `data_dir`
   */
  readonly access: 'all' | 'token' | 'owner';
  /** For the reference page. */
  readonly summary: string;
  answer(request: Request, subject: ApiSubject): Answer | Promise<Answer>;
}

const selection = z.strictObject({
  output: z.string().optional(),
  seqs: z.array(z.int().min(1)).optional(),
});
const ending = z.strictObject({ id: z.string() });
const dropping = selection.extend({ pending: z.boolean().optional() });

const json = (value: unknown, status = 200): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value, undefined, 2)}\n`,
});

/** All paths. */
export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/healthz': {
    method: 'GET',
    access: 'all',
    summary: 'Whether the process works: 503 while nothing is accepted because the disk is full or failed',
    answer: (_, subject) =>
      subject.state().queue.failed === undefined ? json({ status: 'ok' }) : json({ status: 'failed' }, 503),
  },
  '/readyz': {
    method: 'GET',
    access: 'all',
    summary:
      'Whether alerts are accepted (200 or 503), and how each input and output is: a destination that is down does not make tiercel unready, since its alerts wait on disk',
    answer: ({ trusted }, subject) => {
      const { ready, ...details } = readiness(subject.state(), Date.now());
      return json({ ready, ...(trusted && details) }, ready ? 200 : 503);
    },
  },
  '/metrics': {
    method: 'GET',
    access: 'token',
    summary: "Metrics in Prometheus's form",
    answer: async (_, { metrics }) => ({ type: metrics.contentType, body: await metrics.text() }),
  },
  '/config': {
    method: 'GET',
    access: 'token',
    summary: 'The configuration in force, with secrets redacted',
    answer: (_, subject) => json(subject.shownConfig()),
  },
  '/reload': {
    method: 'POST',
    access: 'owner',
    summary: 'Reads configuration and rules again, as SIGHUP does: 200, or 422 if they were refused',
    answer: async (_, subject) => {
      const done = await subject.reload();
      const { refusal } = subject.state();
      return json({ done, ...(refusal !== undefined && { refusal }) }, done ? 200 : 422);
    },
  },
  '/queue': {
    method: 'GET',
    access: 'owner',
    summary: 'The queue in numbers',
    answer: (_, { queue }) => json(queue.stats()),
  },
  '/queue/replay': {
    method: 'POST',
    access: 'owner',
    summary: 'Puts dead letters back into the queue: `{"output": "slack", "seqs": [17]}`, all if empty',
    answer: async ({ body }, { queue }) =>
      json({ replayed: await queue.replay(selection.parse(await body()) as DeadSelection) }),
  },
  '/queue/drop': {
    method: 'POST',
    access: 'owner',
    summary:
      'Drops dead letters, chosen in the same way; with `"pending": true` all that waits for an output',
    answer: async ({ body }, { queue }) => {
      const { pending, ...rest } = dropping.parse(await body());
      if (pending !== true) return json({ dropped: await queue.dropDead(rest as DeadSelection) });
      if (rest.output === undefined) return json({ error: 'an output is needed' }, 400);
      return json({ dropped: await queue.dropPending(rest.output) });
    },
  },
  '/silences': {
    method: 'GET',
    access: 'token',
    summary:
      'The silences of all routes that are not over: those of the configuration, and those that were added',
    answer: (_, { silences }) => json({ silences: silences.list() }),
  },
  '/silences/add': {
    method: 'POST',
    access: 'owner',
    summary:
      'Adds a silence, or replaces the one of its `id`, with the keys of `silences` in the configuration: `{"match": "k8s.ns.name = payments", "until": "2026-01-31T18:00:00Z", "comment": "upgrade"}`. It is kept on disk, also when tiercel starts anew, until its end',
    answer: async ({ body }, { silences }) => {
      const raw = await body();
      const parsed = silenceSettings.safeParse(raw);
      if (!parsed.success)
        return refusedSilence(
          parsed.error.issues.flatMap((issue) => problemsOf(issue, silenceSettings, raw)),
        );
      const { silence, problems } = await silences.add(parsed.data);
      if (silence === undefined)
        return refusedSilence(problems.filter(({ severity }) => severity === 'error'));
      return json({
        silence,
        warnings: problems.map(({ message, hint }) => [message, hint].filter(Boolean).join(': ')),
      });
    },
  },
  '/silences/end': {
    method: 'POST',
    access: 'owner',
    summary: 'Ends a silence that was added: `{"id": "8c1f60a2b7d3"}`; `ended` is false if there is none',
    answer: async ({ body }, { silences }) =>
      json({ ended: await silences.end(ending.parse(await body()).id) }),
  },
};

/** What is wrong with a silence, in one sentence. */
function refusedSilence([first]: readonly Pick<RouteProblem, 'path' | 'message' | 'hint'>[]): Answer {
  const { path, message, hint } = first!;
  const key = path.filter((step) => typeof step === 'string');
  return json({ error: [...key, message].join(': '), ...(hint !== undefined && { hint }) }, 400);
}

/** Bytes of a request's body. */
const MOST_BYTES = 1 << 20;

/** The HTTP API of a running daemon: health, metrics, and what commands and people ask and order. It listens at a socket in `data_dir` and, where told, at an address; an HTTP input can answer for it, too (`paths`). */
export class Api {
  readonly #subject: ApiSubject;
  readonly #token: () => string | undefined;
  readonly #servers: http.Server[] = [];
  #socket: string | undefined;
  /** Reads the certificate anew. Throws if it is no good. */
  renew: () => void = () => undefined;

  /** @param token What requests have to carry; asked each time, since it may change. */
  constructor(subject: ApiSubject, token: () => string | undefined) {
    this.#subject = subject;
    this.#token = token;
  }

  /** The paths, for servers that have others as well. */
  readonly paths: ReadonlyMap<string, PathHandler> = new Map(
    Object.keys(ENDPOINTS).map((path) => [
      path,
      (request, response) => this.#serve(path, request, response, false),
    ]),
  );

  /** Listens at an address of its own; the port that it is. */
  async listen(
    { listen, tls }: OwnSettings['api'] & { readonly listen: NonNullable<OwnSettings['api']['listen']> },
    path: (path: string) => string,
  ): Promise<number> {
    const handle: http.RequestListener = (request, response) => this.#handle(request, response, false);
    const server =
      tls === undefined ? http.createServer(handle) : https.createServer(serverTlsOptions(tls, path), handle);
    await this.#start(
      server,
      { port: listen.port, ...(listen.host && { host: listen.host }) },
      addressText(listen),
    );
    this.renew = () => renewTls(server, tls, path);
    return portOf(server.address());
  }

  /** Listens at a socket, for commands of the user that may open it. */
  async listenAt(socket: string): Promise<void> {
    rmSync(socket, { force: true });
    await this.#start(
      http.createServer((request, response) => this.#handle(request, response, true)),
      { path: socket },
      socket,
    );
    this.#socket = socket;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
    if (this.#socket !== undefined) rmSync(this.#socket, { force: true });
  }

  #start(
    server: http.Server,
    at: { readonly port?: number; readonly path?: string },
    where: string,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, where)));
      server.listen(at, () => {
        this.#servers.push(server);
        resolve();
      });
    });
  }

  #handle(request: http.IncomingMessage, response: http.ServerResponse, local: boolean): void {
    const [path = ''] = (request.url ?? '').split('?');
    if (path in ENDPOINTS) this.#serve(path, request, response, local);
    else send(response, json({ error: 'nothing is at this path', paths: Object.keys(ENDPOINTS) }, 404));
  }

  #serve(path: string, request: http.IncomingMessage, response: http.ServerResponse, local: boolean): void {
    void this.#answer(ENDPOINTS[path]!, request, local).then(
      (answer) => send(response, answer),
      (error: Error) =>
        send(response, json({ error: error.message }, error instanceof z.ZodError ? 400 : 500)),
    );
  }

  async #answer(endpoint: Endpoint, request: http.IncomingMessage, local: boolean): Promise<Answer> {
    const { method, access } = endpoint;
    if (request.method !== method && !(method === 'GET' && request.method === 'HEAD'))
      return json({ error: `${method} is expected here, not ${request.method}` }, 405);
    const token = this.#token();
    const trusted = local || token === undefined || carries(request, token);
    if (access !== 'all' && !trusted) return json({ error: 'the bearer token is missing or wrong' }, 401);
    if (access === 'owner' && !local && token === undefined)
      return json(
        { error: 'only with `api.token` in the configuration, or through the socket in data_dir' },
        403,
      );
    const query = new URL(request.url ?? '/', 'http://tiercel').searchParams;
    return endpoint.answer({ query, trusted, body: () => readJson(request) }, this.#subject);
  }
}

function carries({ headers: { authorization } }: http.IncomingMessage, token: string): boolean {
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

async function readJson(request: http.IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST_BYTES) throw new Error(`a body of more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString();
  return text.trim() === '' ? {} : JSON.parse(text);
}

function send(response: http.ServerResponse, { status = 200, type = 'text/plain', body }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
