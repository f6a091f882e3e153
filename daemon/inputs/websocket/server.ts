import * as http from 'node:http';
import * as https from 'node:https';
import { WebSocketServer, type WebSocket } from 'ws';
import { addressText, listenAt, portOf, type ListenAddress } from '../address.ts';
import { AlertLines, longestPiece } from '../alert-lines.ts';
import { HealthRecord } from '../health.ts';
import { Access } from '../http/access.ts';
import { Refusal } from '../http/refusal.ts';
import type { AlertSink, Input, InputContext, InputHealth } from '../input.ts';
import { Intake } from '../intake.ts';
import { renewTls, serverTlsOptions } from '../server-tls.ts';
import { closeConnection, takeMessages, watchConnection } from './messages.ts';
import type { WebSocketSettings } from './settings.ts';

/** Takes alerts from clients that connect. */
export class WebSocketListener implements Input {
  readonly ended = new Promise<void>(() => undefined);
  readonly #listen: ListenAddress;
  readonly #settings: WebSocketSettings;
  readonly #context: InputContext;
  readonly #health: HealthRecord;
  readonly #lines: AlertLines;
  readonly #access: Access;
  readonly #stop = new AbortController();
  readonly #sockets = new Map<WebSocket, Promise<void>>();
  readonly #server: http.Server;
  readonly #webSockets: WebSocketServer;
  #sink: AlertSink | undefined;

  constructor(listen: ListenAddress, settings: WebSocketSettings, context: InputContext) {
    this.#listen = listen;
    this.#settings = settings;
    this.#context = context;
    this.#health = new HealthRecord(context.now, () => ({ connections: this.#sockets.size }));
    this.#lines = new AlertLines(settings.format, context, this.#health);
    this.#access = new Access({ token: settings.token, hmac_header: '' });
    const { server_tls: tls } = settings;
    this.#server =
      tls === undefined ? http.createServer() : https.createServer(serverTlsOptions(tls, context.path));
    this.#server.maxConnections = settings.max_connections;
    this.#server.on('drop', () => this.#health.failed(`more than ${settings.max_connections} connections`));
    this.#server.on('tlsClientError', (error: Error) => this.#health.failed(`TLS: ${error.message}`));
    this.#server.on('request', (_request, response: http.ServerResponse) => {
      response.writeHead(426, { upgrade: 'websocket' }).end('this is a WebSocket\n');
    });
    this.#webSockets = new WebSocketServer({ noServer: true, maxPayload: settings.max_message_bytes });
    this.#server.on('upgrade', (request, socket, head) => {
      const refusal = this.#refusalOf(request);
      if (refusal === undefined)
        return this.#webSockets.handleUpgrade(request, socket, head, (client) => this.#take(client));
      this.#health.refused();
      const reason = http.STATUS_CODES[refusal.status]!;
      socket.end(`HTTP/1.1 ${refusal.status} ${reason}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    });
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
    await listenAt(this.#server, this.#listen);
    this.#server.on('error', (error) => this.#health.failed(error.message));
    this.#health.state = 'running';
    this.#context.log.info('takes alerts', { address: addressText({ ...this.#listen, port: this.port }) });
  }

  renew(): void {
    renewTls(this.#server, this.#settings.server_tls, this.#context.path);
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#stop.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#sockets.keys()].map((socket) => closeConnection(socket, 1001)));
    await Promise.all(this.#sockets.values());
    this.#server.closeAllConnections();
    await closed;
    this.#health.state = 'stopped';
  }

  #refusalOf(request: http.IncomingMessage): Refusal | undefined {
    try {
      const [path] = (request.url ?? '/').split('?');
      if (path !== this.#settings.path) throw new Refusal(404, 'nothing is at this path');
      this.#access.checkToken(request);
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  #take(socket: WebSocket): void {
    const { log, name, records, now = Date.now } = this.#context;
    const { format } = this.#settings;
    const most = longestPiece(this.#settings, this.#context);
    const intake = new Intake(this.#sink!, { health: this.#health, log, signal: this.#stop.signal });
    socket.on('error', ({ message }) => this.#health.failed(message));
    watchConnection(socket);
    const taken = takeMessages(socket, {
      name,
      format,
      records,
      most,
      lines: this.#lines,
      health: this.#health,
      intake,
      now,
    });
    this.#sockets.set(
      socket,
      taken.finally(() => this.#sockets.delete(socket)),
    );
  }
}
