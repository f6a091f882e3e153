/** The HTTP client of all outputs: kept connections, certificates, proxies, gzip, and one meaning for each status. */
import * as http from 'node:http';
import * as https from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as z from 'zod';
import { connectionErrorText } from './connection-error.ts';
import { sendError, type OutputPlace, type SendError } from './output.ts';
import { parseProxy, proxyFor } from './proxy.ts';
import { headers, tls, type TlsSettings } from './settings.ts';
import { tlsOptions } from './tls.ts';
import { TunnelAgent } from './tunnel.ts';

/** Settings of all kinds that speak HTTP. */
export const httpSettings = {
  headers: headers.describe('Headers of each request, such as `Authorization`'),
  gzip: z.boolean().default(false).describe('Compress what is sent'),
  proxy: z
    .string()
    .optional()
    .describe(
      '`http://user:password@host:port` of a proxy, or `none`; if left away, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment count',
    ),
  tls: tls.prefault({}).describe('How https is trusted'),
};

/** What the client is made of. */
export interface HttpClientSettings {
  readonly headers?: Readonly<Record<string, string>>;
  readonly gzip?: boolean;
  readonly proxy?: string | undefined;
  readonly tls?: TlsSettings;
}

/** One request. */
export interface HttpRequest {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
}

/** What came back: all of it, up to a limit. */
export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: http.IncomingHttpHeaders;
  /** The first bytes of the body. */
  readonly body: string;
}

/** Bytes of an answer that are read; longer ones are cut. */
const MAX_ANSWER = 1 << 20;

/** Characters of an answer that an error shows. */
const EXCERPT = 200;

const compress = promisify(gzip);

export class HttpClient {
  readonly #settings: HttpClientSettings;
  readonly #redact: (text: string) => string;
  readonly #plain: http.Agent;
  readonly #secure: https.Agent;

  /** Throws if a certificate or key cannot be read or is none. */
  constructor(settings: HttpClientSettings, { path, redact }: Pick<OutputPlace, 'path' | 'redact'>) {
    this.#settings = settings;
    this.#redact = redact;
    if (settings.proxy !== undefined && settings.proxy !== 'none') parseProxy(settings.proxy);
    this.#plain = new http.Agent(AGENT);
    this.#secure = new TunnelAgent({ ...AGENT, ...tlsOptions(settings.tls, path) }, settings.proxy);
  }

  /** Sends a request; resolves for every answer, whatever its status. Throws a `SendError` where there is none. */
  async request({ method = 'POST', url, headers = {}, body, signal }: HttpRequest): Promise<HttpResponse> {
    const bytes = this.#settings.gzip ? await compress(body) : Buffer.from(body);
    const all: http.OutgoingHttpHeaders = {
      'user-agent': 'tiercel',
      ...lowerCased(this.#settings.headers ?? {}),
      ...lowerCased(headers),
      'content-length': bytes.length,
      ...(this.#settings.gzip && { 'content-encoding': 'gzip' }),
    };
    const what = `${method} ${new URL(url).origin}`;
    const attempt = () => this.#attempt(new URL(url), { method, headers: all, signal }, bytes);
    try {
      return await attempt().catch((error: unknown) => {
        // The server closed a connection that had been kept, while this went out on it.
        if (error instanceof StaleConnection && !signal.aborted) return attempt();
        throw error;
      });
    } catch (error) {
      throw this.#failure(what, error instanceof StaleConnection ? error.cause : error, signal);
    }
  }

  /** Sends a request; throws a `SendError` for every status but 2xx, with the beginning of the answer. */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const response = await this.request(request);
    if (response.status >= 200 && response.status < 300) return response;
    throw statusError(`${request.method ?? 'POST'} ${new URL(request.url).origin}`, response, this.#redact);
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #attempt(url: URL, options: http.RequestOptions, body: Uint8Array): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const request =
        url.protocol === 'https:'
          ? https.request(url, { ...options, agent: this.#secure })
          : this.#plainRequest(url, options);
      request.on('error', (cause: NodeJS.ErrnoException) =>
        reject(request.reusedSocket && STALE.has(cause.code ?? '') ? new StaleConnection(cause) : cause),
      );
      request.on('response', (response) => readAnswer(response).then(resolve, reject));
      request.end(body);
    });
  }

  #plainRequest(url: URL, options: http.RequestOptions): http.ClientRequest {
    const proxy = proxyFor(url, this.#settings.proxy, process.env);
    if (proxy === undefined) return http.request(url, { ...options, agent: this.#plain });
    return http.request({
      ...options,
      agent: this.#plain,
      host: proxy.host,
      port: proxy.port,
      path: url.href,
      headers: { ...options.headers, host: url.host, ...proxy.headers },
    });
  }

  #failure(what: string, error: unknown, signal: AbortSignal): SendError {
    if (signal.aborted) {
      const late = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
      return sendError('timeout', `${what}: ${late ? 'no answer in time' : 'given up'}`, { cause: error });
    }
    const { code } = error as NodeJS.ErrnoException;
    const hint = CERTIFICATE.test(code ?? '') ? ' (the certificate is not trusted: see tls.ca)' : '';
    return sendError('network', this.#redact(`${what}: ${connectionErrorText(error)}${hint}`), {
      cause: error,
    });
  }
}

/** How connections are kept: those used last are used first, so that the rest may close. */
const AGENT = { keepAlive: true, maxFreeSockets: 8, scheduling: 'lifo' } as const;

const STALE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);
const CERTIFICATE = /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

class StaleConnection extends Error {
  constructor(cause: unknown) {
    super('the connection was closed', { cause });
  }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

async function readAnswer(response: http.IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_ANSWER) break;
    }
  } catch (error) {
    // Who refuses may do so before all was sent, and reset the connection: the status stands.
    if (response.statusCode! < 400) throw error;
  }
  const body = Buffer.concat(chunks).subarray(0, MAX_ANSWER).toString();
  return {
    status: response.statusCode!,
    statusText: response.statusMessage ?? '',
    headers: response.headers,
    body,
  };
}

// eslint-disable-next-line no-control-regex
const BLANKS = /[\u0000-\u0020\u007f]+/g;

/** The failure that an answer means; its message has the beginning of the answer. */
export function statusError(
  what: string,
  { status, statusText, headers: answer, body }: HttpResponse,
  redact: (text: string) => string,
): SendError {
  const after = retryAfter(answer['retry-after'], Date.now());
  const excerpt = redact(body).replace(BLANKS, ' ').trim().slice(0, EXCERPT);
  const to = answer.location === undefined ? '' : ` to ${redact(answer.location).slice(0, EXCERPT)}`;
  const message = `${what}: ${status} ${statusText}${to}${excerpt === '' ? '' : `: ${excerpt}`}`;
  return sendError(reasonOf(status), message, after === undefined ? {} : { after });
}

function reasonOf(status: number): SendError['failure']['reason'] {
  if (status === 429) return 'rate_limited';
  if (status === 408) return 'timeout';
  if (status === 401 || status === 403 || status === 407) return 'auth';
  if (status >= 500 || status === 425 || status === 421) return 'server';
  // The address is wrong, not the alert.
  if (status < 400 || status === 404 || status === 405 || status === 410) return 'client';
  return 'poison';
}

/** The longest that a destination is believed. */
const MAX_AFTER = 24 * 3_600_000;

/** Milliseconds that a `Retry-After` asks to wait: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const wait = /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(Math.round(wait), 0), MAX_AFTER);
}
