import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { addressText, listenAt, portOf } from '../address.ts';
import { HealthRecord } from '../health.ts';
import { Full, type AlertSink, type Input, type InputContext, type InputHealth } from '../input.ts';
import { renewTls, serverTlsOptions } from '../server-tls.ts';
import { Access } from './access.ts';
import { readBody, type BodyAlerts } from '../alert-body.ts';
import { checkHeaders, collectBody, Gone, inflateBody, PendingBytes } from './body.ts';
import { RateLimit } from './rate-limit.ts';
import { Refusal, refuse } from './refusal.ts';
import type { HttpSettings } from './settings.ts';
import { testAlert } from './test-alert.ts';

/** Bytes of the headers of a request. */
const MOST_HEADER_BYTES = 16 * 1024;
/** Milliseconds that a client has to agree on TLS. */
const HANDSHAKE_TIMEOUT = 10_000;
/** Milliseconds that requests under way have when the input stops. */
const STOP_GRACE = 5000;
/** Parts of a body that are no alerts, as many as the answer lists. */
const MOST_TOLD = 20;
/** Seconds after which to try again, where nothing better is known. */
const RETRY_AFTER = 1;

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;
/** The same with the id of the request, which the answer is to have. */
type IdHandler = (request: http.IncomingMessage, response: http.ServerResponse, id: string) => void;

/** Takes alerts with HTTP. A request is answered with 200 when its alerts are on disk, never before. */
export class HttpInput implements Input {
  readonly ended = new Promise<void>(() => undefined);
  readonly #settings: HttpSettings;
  readonly #context: InputContext;
  readonly #now: () => number;
  readonly #health: HealthRecord;
  readonly #access: Access;
  readonly #rate: RateLimit;
  readonly #pending: PendingBytes;
  readonly #server: http.Server;
  readonly #handlers: ReadonlyMap<string, IdHandler>;
  #connections = 0;
  #stopping = false;
  /** Resolves when all connections are closed. */
  #closed: Promise<void> = Promise.resolve();
  #sink: AlertSink | undefined;

  constructor(settings: HttpSettings, context: InputContext) {
    this.#settings = settings;
    this.#context = context;
    this.#now = context.now ?? Date.now;
    this.#health = new HealthRecord(this.#now, () => ({ connections: this.#connections }));
    this.#access = new Access(settings);
    const { per_client: perClient, total } = settings.rate_limit;
    this.#rate = new RateLimit({ perClient, total }, this.#now());
    this.#pending = new PendingBytes(settings.max_pending_bytes);
    this.#handlers = new Map<string, IdHandler>([
      ['/ping', withId((_request, response) => answer(response, 'text/plain', 'pong\n'))],
      [
        '/healthz',
        withId((_request, response) => answer(response, 'application/json', '{"status": "ok"}\n')),
      ],
      ['/test', (request, ...to) => void this.#serve(request, ...to, () => this.#test(request))],
      [settings.path, (request, ...to) => void this.#serve(request, ...to, () => this.#take(request))],
      ...[...(context.paths ?? [])].map(([path, handler]) => [path, withId(handler)] as const),
    ]);
    this.#server = this.#createServer();
  }

  get health(): InputHealth {
    return this.#health.data;
  }

  /** The port that it listens at, once it does. */
  get port(): number {
    return portOf(this.#server.address());
  }

  async start(sink: AlertSink): Promise<void> {
    this.#sink = sink;
    const { listen } = this.#settings;
    await listenAt(this.#server, listen);
    this.#server.on('error', (error) => this.#health.failed(error.message));
    this.#health.state = 'running';
    this.#context.log.info('takes alerts', {
      address: addressText({ ...listen, port: this.port }),
      tls: this.#settings.tls !== undefined,
    });
  }

  renew(): void {
    renewTls(this.#server, this.#settings.tls, this.#context.path);
  }

  release(): void {
    if (!this.#server.listening) return;
    this.#stopping = true;
    this.#closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
  }

  async stop(): Promise<void> {
    this.release();
    const deadline = setTimeout(() => this.#server.closeAllConnections(), STOP_GRACE);
    await this.#closed;
    clearTimeout(deadline);
    this.#health.state = 'stopped';
  }

  #createServer(): http.Server {
    const { tls, timeout, idle_timeout: keepAliveTimeout, max_connections: maxConnections } = this.#settings;
    const options: http.ServerOptions = {
      maxHeaderSize: MOST_HEADER_BYTES,
      requestTimeout: timeout,
      headersTimeout: Math.min(timeout, 10_000),
      keepAliveTimeout,
      connectionsCheckingInterval: Math.max(50, Math.min(1000, timeout / 4)),
      noDelay: true,
    };
    const handle: Handler = (request, response) => this.#handle(request, response);
    const server =
      tls === undefined
        ? http.createServer(options, handle)
        : https.createServer(
            { ...options, ...serverTlsOptions(tls, this.#context.path), handshakeTimeout: HANDSHAKE_TIMEOUT },
            handle,
          );
    server.maxConnections = maxConnections;
    server.on('connection', (socket: Socket) => {
      this.#connections++;
      socket.once('close', () => this.#connections--);
    });
    server.on('drop', () => this.#health.failed(`more than ${maxConnections} connections`));
    server.on('tlsClientError', (error: Error) => this.#health.failed(`TLS: ${error.message}`));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#refuseUnread(error, socket));
    return server;
  }

  #handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const id = requestId(request);
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    const handler = this.#handlers.get(path);
    if (handler !== undefined) handler(request, response, id);
    else
      withId(() =>
        refuse(response, new Refusal(404, `nothing is at this path; alerts go to ${this.#settings.path}`)),
      )(request, response, id);
  }

  /** Answers with what `work` comes to: 200, or why not. */
  async #serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    id: string,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      const wait = this.#rate.take(request.socket.remoteAddress ?? '', this.#now());
      if (wait !== undefined)
        throw new Refusal(429, 'too many requests', {}, { 'retry-after': String(Math.ceil(wait / 1000)) });
      this.#access.checkToken(request);
      await work();
      if (response.destroyed) return;
      this.#endConnection(response);
      // In a list, and with nothing set before: the cheap way for Node.
      response.writeHead(200, ['x-request-id', id, 'content-length', '0']);
      response.end();
    } catch (error) {
      if (!response.headersSent) response.setHeader('x-request-id', id);
      this.#endConnection(response);
      if (error instanceof Gone) this.#health.failed('a client went before it had sent its request');
      else refuse(response, this.#refusalOf(error, request, response));
    }
  }

  /** Clients that hold their connections open must not keep the input from stopping. */
  #endConnection(response: http.ServerResponse): void {
    if (this.#stopping && !response.headersSent) response.setHeader('connection', 'close');
  }

  #refusalOf(error: unknown, request: http.IncomingMessage, response: http.ServerResponse): Refusal {
    const { log } = this.#context;
    const about = {
      client: request.socket.remoteAddress,
      request_id: response.getHeader('x-request-id'),
      reason: (error as Error).message,
    };
    if (error instanceof Refusal) {
      this.#health.refused();
      log.debug('refused a request', { ...about, status: error.status });
      return error;
    }
    this.#health.failed((error as Error).message);
    if (error instanceof Full) log.debug('has no room for alerts', about);
    else log.error('alerts were not taken', about);
    const after = error instanceof Full ? error.after : undefined;
    const seconds = after === undefined ? RETRY_AFTER : Math.ceil(after / 1000);
    const message = error instanceof Full ? error.message : 'the alerts could not be stored';
    return new Refusal(503, message, {}, { 'retry-after': String(seconds) });
  }

  async #take(request: http.IncomingMessage): Promise<void> {
    const { max_request_bytes: most, max_alert_bytes, format } = this.#settings;
    const { records } = this.#context;
    if (request.method !== 'POST')
      throw new Refusal(405, `alerts are sent with POST, not ${request.method}`, {}, { allow: 'POST' });
    checkHeaders(request, most);
    let counted = 0;
    const count = (bytes: number): void => {
      this.#pending.add(bytes);
      counted += bytes;
    };
    try {
      const sent = await collectBody(request, most, count);
      this.#access.checkSignature(request, sent);
      const body = await inflateBody(request, sent, most);
      if (body !== sent) count(body.length);
      const origin = { input: this.#context.name, received: this.#now() };
      const mostPerPart = records === undefined ? max_alert_bytes : most;
      const read = await readBody(body, { format, records, most: mostPerPart, origin });
      await this.#accept(read);
    } finally {
      this.#pending.remove(counted);
    }
  }

  async #accept({ alerts, events, bad }: BodyAlerts): Promise<void> {
    if (alerts.length > 0) {
      await this.#sink!.accept(alerts);
      this.#health.took(alerts.length);
    }
    if (this.#context.records !== undefined) this.#health.saw(events);
    if (bad.length === 0) return;
    const [first] = bad;
    if (events > 0) {
      // Whoever sends events sends all of them again when it is refused some.
      this.#health.refused(bad.length);
      this.#context.log.warn('not an event', { reason: first!.error, refused: bad.length });
      return;
    }
    this.#health.refused(bad.length - 1);
    const place = first!.line === undefined ? '' : ` (line ${first!.line})`;
    throw new Refusal(400, `${first!.error}${place}`, {
      ...(first!.hint !== undefined && { hint: first!.hint }),
      accepted: alerts.length,
      refused: bad.length,
      parts: bad.slice(0, MOST_TOLD),
    });
  }

  async #test(request: http.IncomingMessage): Promise<void> {
    const body = await collectBody(request, this.#settings.max_alert_bytes, () => undefined);
    this.#access.checkSignature(request, body);
    await this.#sink!.accept([testAlert({ input: this.#context.name, received: this.#now() })]);
    this.#health.took(1);
  }

  /** What is no HTTP, or too slow: there is no request to answer. */
  #refuseUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
    const [status, message] = UNREAD.get(error.code ?? '') ?? ['400 Bad Request', 'this is not HTTP'];
    if (error.code !== 'ECONNRESET') this.#health.refused();
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    const body = `${JSON.stringify({ error: message })}\n`;
    socket.end(
      `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      () => socket.destroy(),
    );
  }
}

const UNREAD: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'the request took too long']],
  [
    'HPE_HEADER_OVERFLOW',
    ['431 Request Header Fields Too Large', `headers of more than ${MOST_HEADER_BYTES} bytes`],
  ],
]);

const withId =
  (handler: Handler): IdHandler =>
  (request, response, id) => {
    response.setHeader('x-request-id', id);
    handler(request, response);
  };

function answer(response: http.ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'content-type': type, 'content-length': body.length });
  response.end(body);
}

/** The id that the client gave the request, if it can stand in a log; else a new one. */
function requestId({ headers }: http.IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}
