import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { proxyFor } from './proxy.ts';

/** The agent for https, which goes through a proxy (CONNECT) where there is one. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: string | undefined;
  constructor(options: https.AgentOptions, proxy: string | undefined) {
    super(options);
    this.#proxy = proxy;
  }

  /** Node calls this for each new connection. One that is not there at once is given to the callback. */
  override createConnection(
    options: https.RequestOptions & tls.ConnectionOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const target = `${hostInUrl(options.host!)}:${options.port}`;
    const proxy = proxyFor(new URL(`https://${target}`), this.#proxy, process.env);
    if (proxy === undefined) return super.createConnection(options, callback);
    const done = callback as (error: Error | null, stream?: Duplex) => void;
    const fail = (message: string): void => done(new Error(`proxy ${proxy.host}:${proxy.port}: ${message}`));
    const connect = http.request({
      host: proxy.host,
      port: proxy.port,
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxy.headers },
      agent: false,
      ...(options.signal && { signal: options.signal }),
    });
    connect.on('error', (error) => fail(error.message));
    connect.on('connect', ({ statusCode, statusMessage }, socket) => {
      if (statusCode === 200) {
        done(null, tls.connect({ ...options, socket } as tls.ConnectionOptions));
      } else {
        socket.destroy();
        fail(`${statusCode} ${statusMessage}`);
      }
    });
    connect.end();
    return undefined;
  }
}

const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
