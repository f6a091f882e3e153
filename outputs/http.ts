/** The HTTP client of all outputs: kept connections, certificates, proxies, gzip, and one meaning for each status. */
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import { urlToHttpOptions } from 'node:url';
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
  /** One of those that the settings name: what is made of it is kept. */
  readonly url: string;
  /** Names in small letters. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
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

/** What a URL and the settings say of a request; the same for each one. */
interface Target {
  readonly secure: boolean;
  /** As few as it takes: each request copies them several times. */
  readonly options: https.RequestOptions;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends the requests of one output, over connections that are kept, and through the proxy that its settings or the environment name. */
export class HttpClient {
  readonly #settings: HttpClientSettings;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #redact: (text: string) => string;
  readonly #plain: http.Agent;
  readonly #secure: https.Agent;
  readonly #targets = new Map<string, Target>();

  /** Throws if a certificate or key cannot be read or is none. */
  constructor(settings: HttpClientSettings, { path, redact }: Pick<OutputPlace, 'path' | 'redact'>) {
    this.#settings = settings;
    this.#headers = {
      'user-agent': 'tiercel',
      ...lowerCased(settings.headers ?? {}),
    };
    this.#redact = redact;
    if (settings.proxy !== undefined && settings.proxy !== 'none') parseProxy(settings.proxy);
    this.#plain = new http.Agent(AGENT);
    this.#secure = new TunnelAgent({ ...AGENT, ...tlsOptions(settings.tls, path) }, settings.proxy);
  }

  /** Sends a request; resolves for every answer, whatever its status. Throws a `SendError` where there is none. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const { signal } = request;
    let again = false;
    const body = this.#settings.gzip ? await compress(request.body) : request.body;
    for (;;)
      try {
        return await this.#attempt(request, body);
      } catch (error) {
        // The server closed a connection that had been kept, while this went out on it.
        if (error instanceof StaleConnection && !signal.aborted && !again) again = true;
        else
          throw this.#failure(
            nameOf(request),
            error instanceof StaleConnection ? error.cause : error,
            signal,
          );
      }
  }

  /** Sends a request; throws a `SendError` for every status but 2xx, with the beginning of the answer. */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const response = await this.request(request);
    if (response.status >= 200 && response.status < 300) return response;
    throw statusError(nameOf(request), response, this.#redact);
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  /** Text goes out in one piece with the headers. */
  #attempt(
    { method = 'POST', url, headers, signal }: HttpRequest,
    body: string | Buffer,
  ): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const target = this.#target(url);
      // In a list, they cost half of what they do in an object; Node adds nothing of its own to them then.
      const list = headerList(target.headers, headers);
      list.push('content-length', String(Buffer.byteLength(body)));
      if (typeof body !== 'string') list.push('content-encoding', 'gzip');
      const options = { ...target.options, method, headers: list };
      const request = target.secure
        ? // A tunnel that is being dug has to end, too.
          https.request({ ...options, agent: this.#secure, signal })
        : http.request({ ...options, agent: this.#plain });
      // The option `signal` does the same for several times the price.
      const onAbort = (): void => void request.destroy(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      const done =
        <T>(settle: (result: T) => void): ((result: T) => void) =>
        (result) => {
          signal.removeEventListener('abort', onAbort);
          settle(result);
        };
      const fail = done(reject);
      request.on('error', (cause: NodeJS.ErrnoException) =>
        fail(request.reusedSocket && STALE.has(cause.code ?? '') ? new StaleConnection(cause) : cause),
      );
      request.on('response', (response) => readAnswer(response, done(resolve), fail));
      request.end(body);
    });
  }

  #target(address: string): Target {
    let target = this.#targets.get(address);
    if (target === undefined) this.#targets.set(address, (target = this.#targetOf(new URL(address))));
    return target;
  }

  #targetOf(url: URL): Target {
    const secure = url.protocol === 'https:';
    const proxy = secure ? undefined : proxyFor(url, this.#settings.proxy, process.env);
    const headers = { host: url.host, ...credentialsIn(url), ...this.#headers };
    url.username = url.password = '';
    if (proxy !== undefined)
      return {
        secure,
        options: { host: proxy.host, port: proxy.port, path: url.href, servername: '' },
        headers: { ...headers, host: url.host, ...proxy.headers },
      };
    const { hostname, port, path } = urlToHttpOptions(url);
    const options = { hostname, port, path, servername: secure ? serverName(headers.host) : '' };
    return { secure, options, headers };
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
const AGENT = { keepAlive: true, maxFreeSockets: 32, scheduling: 'lifo' } as const;

const STALE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);
const CERTIFICATE = /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

class StaleConnection extends Error {
  constructor(cause: unknown) {
    super('the connection was closed', { cause });
  }
}

/** The request as messages tell of it. */
const nameOf = ({ method = 'POST', url }: HttpRequest): string => `${method} ${new URL(url).origin}`;

/** The header that says who a URL (`https://user:password@host`) lets in. */
function credentialsIn({ username, password }: URL): { readonly authorization?: string } {
  if (username === '' && password === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** The name that TLS asks for: that of the `Host` header, as Node takes it where it is given one apart; none for addresses (RFC 6066, 3). */
function serverName(host: string): string {
  const name = host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
  return isIP(name) === 0 ? name : '';
}

/** Names and values in turn; `more` stands in for what has the same name. */
function headerList(
  base: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): string[] {
  const list: string[] = [];
  for (const name in base) if (!Object.hasOwn(more, name)) list.push(name, base[name]!);
  for (const name in more) list.push(name, more[name]!);
  return list;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function readAnswer(
  response: http.IncomingMessage,
  resolve: (answer: HttpResponse) => void,
  reject: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const end = (): void => {
    resolve({
      status: response.statusCode!,
      statusText: response.statusMessage ?? '',
      headers: response.headers,
      body: length === 0 ? '' : Buffer.concat(chunks).subarray(0, MAX_ANSWER).toString(),
    });
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length <= MAX_ANSWER) return;
    end();
    response.destroy();
  });
  response.on('end', end);
  // Who refuses may do so before all was sent, and reset the connection: the status stands.
  response.on('error', (error) => (response.statusCode! < 400 ? reject(error) : end()));
}

// eslint-disable-next-line no-control-regex
const BLANKS = /[\u0000-\u0020\u007f]+/g;

/** The failure that an answer means; its message has the beginning of the answer. */
function statusError(
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
