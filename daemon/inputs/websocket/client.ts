import { readFileSync } from 'node:fs';
import { WebSocket, type ClientOptions } from 'ws';
import { AlertLines, longestPiece } from '../alert-lines.ts';
import { Backoff } from '../backoff.ts';
import { keepConnecting } from '../connecting.ts';
import { HealthRecord } from '../health.ts';
import type { AlertSink, Input, InputContext, InputHealth } from '../input.ts';
import { Intake } from '../intake.ts';
import { closeConnection, takeMessages, watchConnection } from './messages.ts';
import type { WebSocketSettings } from './settings.ts';

/** Milliseconds that a server has to answer. */
const HANDSHAKE = 10_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** Takes alerts from a server, and connects again for ever. */
export class WebSocketClient implements Input {
  readonly ended = new Promise<void>(() => undefined);
  readonly #url: string;
  readonly #settings: WebSocketSettings;
  readonly #context: InputContext;
  readonly #options: ClientOptions;
  readonly #health: HealthRecord;
  readonly #lines: AlertLines;
  readonly #stop = new AbortController();
  #socket: WebSocket | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(url: string, settings: WebSocketSettings, context: InputContext) {
    this.#url = url;
    this.#settings = settings;
    this.#context = context;
    this.#health = new HealthRecord(context.now);
    this.#lines = new AlertLines(settings.format, context, this.#health);
    const { ca, cert, key, insecure, server_name: servername } = settings.tls ?? {};
    const read = (name: string | undefined): Buffer | undefined =>
      name === undefined ? undefined : readFileSync(context.path(name));
    this.#options = {
      handshakeTimeout: HANDSHAKE,
      maxPayload: settings.max_message_bytes,
      headers: {
        ...settings.headers,
        ...(settings.token !== undefined && { authorization: `Bearer ${settings.token}` }),
      },
      ...(ca && { ca: read(ca)! }),
      ...(cert && { cert: read(cert)! }),
      ...(key && { key: read(key)! }),
      ...(insecure && { rejectUnauthorized: false }),
      ...(servername && { servername }),
    };
  }

  get health(): InputHealth {
    return this.#health.data;
  }

  start(sink: AlertSink): Promise<void> {
    this.#running = this.#run(sink);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#socket !== undefined) await closeConnection(this.#socket, 1000);
    await this.#running;
    this.#health.state = 'stopped';
  }

  async #run(sink: AlertSink): Promise<void> {
    const { log } = this.#context;
    const { signal } = this.#stop;
    const intake = new Intake(sink, { health: this.#health, log, signal });
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    this.#health.state = 'connecting';
    await keepConnecting({
      once: () => this.#once(intake, backoff),
      message: 'the connection has ended, and is made again',
      backoff,
      health: this.#health,
      log,
      signal,
    });
  }

  /** One connection; resolves to why it ended. */
  async #once(intake: Intake, backoff: Backoff): Promise<string> {
    const { format } = this.#settings;
    const { name, records, now = Date.now } = this.#context;
    const most = longestPiece(this.#settings, this.#context);
    const socket = new WebSocket(this.#url, this.#options);
    this.#socket = socket;
    let reason = 'closed';
    socket.on('error', ({ message }) => (reason = message));
    socket.on('close', (code, text) => {
      if (reason === 'closed') reason = `closed with ${code}${text.length > 0 ? `: ${text.toString()}` : ''}`;
    });
    socket.on('open', () => {
      backoff.reset();
      this.#health.state = 'running';
      this.#context.log.info('connected');
      watchConnection(socket);
      if (this.#settings.subscribe !== undefined) socket.send(this.#settings.subscribe);
    });
    await takeMessages(socket, {
      name,
      format,
      records,
      most,
      lines: this.#lines,
      health: this.#health,
      intake,
      now,
    });
    return reason;
  }
}
