import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';

/** What a scripted server does with a request: an answer, or one of the ways to give none. */
export type Scripted =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'reset'
  | 'hang'
  /** Headers and half of the body, then nothing. */
  | 'stall'
  /** Headers and half of the body, then the connection ends. */
  | 'cut'
  /** The same with status 403. */
  | 'refuse';

/** A request as the server got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Decompressed. */
  readonly body: string;
  /** Common name of the client's certificate. */
  readonly client: string | undefined;
}

/** Path of a file of the tests' certificates. */
export const tlsFile = (name: string): string => join(import.meta.dirname, 'tls', name);

/** A real HTTP server that answers what a test says, in order, and 200 when the script is at its end. */
export class ScriptedServer {
  readonly requests: Received[] = [];
  readonly script: Scripted[] = [];
  connections = 0;
  readonly #server: http.Server | https.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(secure: { readonly mutual: boolean } | undefined) {
    const onRequest = (request: http.IncomingMessage, response: http.ServerResponse) =>
      void this.#answer(request, response);
    this.#server =
      secure === undefined
        ? http.createServer(onRequest)
        : https.createServer(
            {
              key: readFileSync(tlsFile('server.key')),
              cert: readFileSync(tlsFile('server.pem')),
              ca: readFileSync(tlsFile('ca.pem')),
              requestCert: secure.mutual,
              rejectUnauthorized: secure.mutual,
            },
            onRequest,
          );
    this.#server.on('connection', (socket: net.Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(secure?: { readonly mutual: boolean }): Promise<ScriptedServer> {
    const server = new ScriptedServer(secure);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get url(): string {
    return `${this.#server instanceof https.Server ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Ends all connections, as a server that was restarted does. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropConnections();
    await closed;
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const socket = request.socket as Partial<TLSSocket> & net.Socket;
    this.requests.push({
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      body: (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString(),
      client: [socket.getPeerCertificate?.().subject?.CN].flat()[0],
    });
    const next = this.script.shift() ?? { status: 200 };
    if (next === 'hang') return;
    if (next === 'reset') return void socket.resetAndDestroy();
    if (next === 'stall' || next === 'cut' || next === 'refuse') {
      response.writeHead(next === 'refuse' ? 403 : 200, { 'content-length': 10 });
      response.write('half ', () => next !== 'stall' && socket.destroy());
      return;
    }
    response.writeHead(next.status, next.headers).end(next.body ?? '');
  }
}

/** A port of this machine on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
