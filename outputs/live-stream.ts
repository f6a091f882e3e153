import { timingSafeEqual, createHash } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { parseLiveFilter, type LiveFilter } from './live-filter.ts';
import type { Delivery, OutputLog, Sender } from './output.ts';

/** What a server of live alerts is made of. */
export interface LiveStreamSettings {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly token?: string | undefined;
  /** Pages that may connect; programs that are no browsers send no origin. */
  readonly origins: readonly string[];
  readonly tls?: https.ServerOptions | undefined;
}

/** Bytes that may wait for one client; one that is slower is sent away, so that it holds up nobody. */
const MAX_WAITING = 8 << 20;

/** Milliseconds between two looks whether a client is still there. */
const HEARTBEAT = 30_000;

/** Streams alerts to everybody who is connected. */
export class LiveStream implements Sender {
  readonly #settings: LiveStreamSettings;
  readonly #log: OutputLog;
  readonly #sockets: WebSocketServer;
  readonly #server: http.Server;
  readonly #clients = new Map<WebSocket, { readonly filter: LiveFilter; alive: boolean }>();
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(settings: LiveStreamSettings, sockets: WebSocketServer, log: OutputLog) {
    this.#settings = settings;
    this.#log = log;
    this.#sockets = sockets;
    const hint: http.RequestListener = (_, response) =>
      void response
        .writeHead(426, { connection: 'close', 'content-type': 'text/plain' })
        .end('this is a WebSocket\n');
    this.#server =
      settings.tls === undefined ? http.createServer(hint) : https.createServer(settings.tls, hint);
    this.#server.on('error', (error) => this.#log.error(error.message));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Starts to listen; the port that it is. @param port Another one than that of the settings. */
  async listen(port = this.#settings.port): Promise<number> {
    const { host } = this.#settings;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT).unref();
    return (this.#server.address() as AddressInfo).port;
  }

  #upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const url = new URL(request.url ?? '/', 'http://localhost');
    const refuse = (status: string, message = ''): void =>
      void socket.end(
        `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
      );
    if (url.pathname !== this.#settings.path) return refuse('404 Not Found');
    if (!this.#mayRead(request, url)) return refuse('401 Unauthorized');
    const { origin } = request.headers;
    if (origin !== undefined && !this.#settings.origins.includes(origin)) return refuse('403 Forbidden');
    url.searchParams.delete('token');
    const filter = parseLiveFilter(url.searchParams);
    if (typeof filter !== 'function') return refuse('400 Bad Request', `${filter.error}\n`);
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      const state = { filter, alive: true };
      this.#clients.set(client, state);
      client.on('pong', () => (state.alive = true));
      client.on('error', () => client.terminate());
      client.on('close', () => this.#clients.delete(client));
    });
  }

  /** By `Authorization: Bearer …`, or `?token=…` where a program cannot set headers. */
  #mayRead({ headers }: http.IncomingMessage, url: URL): boolean {
    const { token } = this.#settings;
    if (token === undefined) return true;
    const given = headers.authorization?.replace(/^Bearer /i, '') ?? url.searchParams.get('token') ?? '';
    return timingSafeEqual(digest(given), digest(token));
  }

  async send(batch: readonly Delivery[]): Promise<void> {
    for (const { alert, text } of batch)
      for (const [client, { filter }] of this.#clients) {
        if (client.readyState !== client.OPEN || !filter(alert)) continue;
        if (client.bufferedAmount > MAX_WAITING) {
          this.#clients.delete(client);
          client.close(1013, 'too slow');
          this.#log.warn('a client of the live stream was too slow, and was sent away');
          continue;
        }
        client.send(text());
      }
  }

  #beat(): void {
    for (const [client, state] of this.#clients) {
      if (!state.alive) client.terminate();
      state.alive = false;
      client.ping();
    }
  }

  /** Nobody new can connect; those who are connected get what comes. */
  release(): () => Promise<void> {
    const address = this.#server.address() as AddressInfo | null;
    const port = address?.port ?? this.#settings.port;
    this.#server.close();
    return async () => void (await this.listen(port));
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const client of this.#clients.keys()) client.close(1001, 'tiercel stops');
    const closed = new Promise((resolve) => this.#server.close(resolve));
    // Who does not say goodbye is not waited for.
    setTimeout(() => {
      for (const client of this.#sockets.clients) client.terminate();
      this.#server.closeAllConnections();
    }, 1000).unref();
    await closed;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
