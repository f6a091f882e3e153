import * as http from 'node:http';
import type { WebSocket } from 'ws';
import * as z from 'zod';
import { connectionErrorText } from '../connection-error.ts';
import { LiveStream } from '../live-stream.ts';
import { defineOutput, sendError, type OutputPlace, type SendError, type Sender } from '../output.ts';
import { headers, tls } from '../settings.ts';
import { tlsOptions } from '../tls.ts';
import { TunnelAgent } from '../tunnel.ts';

const config = z
  .strictObject({
    listen: z
      .string()
      .regex(/^(?:[^\s/:[\]]+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/, 'expected host:port')
      .optional()
      .describe('Where to wait for programs that want alerts: `127.0.0.1:2803`; or `url`'),
    path: z.string().startsWith('/').default('/alerts').describe('Path of the live stream (`listen`)'),
    token: z
      .string()
      .min(1)
      .optional()
      .describe(
        'What programs must show: `Authorization: Bearer …` or `?token=…` (`listen`); sent as such (`url`)',
      ),
    origins: z
      .array(z.string())
      .default([])
      .describe('Pages of browsers that may connect: `https://console.example.org` (`listen`)'),
    url: z
      .string()
      .regex(/^wss?:\/\/./i, 'expected an address that begins with ws:// or wss://')
      .optional()
      .describe('Where to connect to, instead of `listen`'),
    headers: headers.describe('Headers of the request that opens the connection (`url`)'),
    tls: tls
      .prefault({})
      .describe(
        'How wss is trusted; with `listen`, its own certificate, and with `ca` those of clients are asked for',
      ),
  })
  .refine(
    ({ listen, url }) => (listen === undefined) !== (url === undefined),
    'expected one of listen and url',
  );

/** WebSockets: a server that programs read alerts from as they come, or a client that brings them. */
export const websocket = defineOutput({
  kind: 'websocket',
  summary:
    'Streams alerts to programs that connect (`listen`), or to a WebSocket server (`url`): one message per alert.',
  config,
  secrets: ['token', 'headers'],
  batch: { max: 100 },
  format: 'json',
  example: { listen: '127.0.0.1:2803', token: '${env:STREAM_TOKEN}' },
  notes:
    'With `listen`, the query of the address filters: `ws://host:2803/alerts?priority=warning&k8s.ns.name=prod`; a key that comes several times takes each of its values. `filter` takes a condition as `match` of routes does, percent-encoded: `?filter=proc.name%20in%20(bash%2C%20sh)`. Delivered is what was given to those who are connected, if anybody is: the stream is live, and keeps nothing for later. With `url`, delivered is what stood before a ping that the server has answered.',
  async open(settings, place) {
    const { listen, url } = settings;
    return listen === undefined ? new Client(url!, settings, place) : openServer(listen, settings, place);
  },
});

type Settings = z.output<typeof config>;

async function openServer(
  listen: string,
  { path, token, origins, tls }: Settings,
  place: OutputPlace,
): Promise<Sender> {
  const { WebSocketServer } = await import('ws');
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(listen)!;
  const secure =
    tls.cert === undefined
      ? undefined
      : { ...tlsOptions(tls, place.path), requestCert: tls.ca !== undefined };
  // Clients have nothing to say.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  const stream = new LiveStream(
    { host, port: Number(port), path, token, origins, tls: secure },
    sockets,
    place.log,
  );
  place.log.info(`listening on ${host}:${await stream.listen()}`);
  return stream;
}

class Client implements Sender {
  readonly #url: string;
  readonly #options: object;
  readonly #place: OutputPlace;
  #socket: WebSocket | undefined;

  constructor(url: string, { headers, token, tls }: Settings, place: OutputPlace) {
    this.#url = url;
    this.#place = place;
    const secure = /^wss:/i.test(url);
    this.#options = {
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
      agent: secure ? new TunnelAgent(tlsOptions(tls, place.path), undefined) : new http.Agent(),
      perMessageDeflate: false,
    };
  }

  async send(...[batch, { signal }]: Parameters<Sender['send']>): Promise<void> {
    try {
      const socket = this.#socket ?? (await this.#open(signal));
      await withEnd(socket, signal, (done, fail) => {
        for (const { text } of batch) socket.send(text(), (error) => error && fail(error));
        socket.once('pong', done);
        socket.ping();
      });
    } catch (error) {
      // What is left of this batch must not come behind the next.
      this.#socket?.terminate();
      this.#socket = undefined;
      throw this.#failure(error, signal);
    }
  }

  async #open(signal: AbortSignal): Promise<WebSocket> {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(this.#url, this.#options);
    const gone = (): void => {
      if (this.#socket === socket) this.#socket = undefined;
    };
    socket.on('error', gone).on('close', gone);
    await withEnd(socket, signal, (done) => socket.once('open', done));
    this.#socket = socket;
    return socket;
  }

  #failure(error: unknown, signal: AbortSignal): SendError {
    const { origin } = new URL(this.#url);
    if (signal.aborted) return sendError('timeout', `${origin}: no answer in time`, { cause: error });
    const message = connectionErrorText(error);
    const [, status] = /Unexpected server response: (\d+)/.exec(message) ?? [];
    const reason =
      status === '401' || status === '403'
        ? 'auth'
        : status === '404'
          ? 'client'
          : status === undefined
            ? 'network'
            : 'server';
    return sendError(reason, this.#place.redact(`${origin}: ${message}`), { cause: error });
  }

  async close(): Promise<void> {
    this.#socket?.close(1000);
    this.#socket = undefined;
  }
}

/** Waits for something to be done, for the end of the connection, or for the end of patience. */
function withEnd(
  socket: WebSocket,
  signal: AbortSignal,
  start: (done: () => void, fail: (error: Error) => void) => void,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      socket.off('error', fail).off('close', onClose).off('pong', done).off('open', done);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const done = (): void => finish(resolve);
    const fail = (error: Error): void => finish(() => reject(error));
    const onClose = (code: number): void => fail(new Error(`the connection was closed (${code})`));
    const onAbort = (): void => {
      socket.terminate();
      fail(new Error('given up'));
    };
    socket.on('error', fail).on('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else start(done, fail);
  });
}
