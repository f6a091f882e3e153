import { spawn } from 'node:child_process';
import * as dgram from 'node:dgram';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { connectionErrorText } from './connection-error.ts';
import { sendError, SendError } from './output.ts';
import type { TlsSettings } from './settings.ts';
import { tlsOptions } from './tls.ts';

/** Where a syslog server listens. */
export type SyslogAddress =
  | { readonly transport: 'udp' | 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly transport: 'unix'; readonly path: string };

const PORTS = { udp: 514, tcp: 601, tls: 6514 } as const;

/** The address that a text means; undefined if it is none. */
export function parseSyslogAddress(text: string): SyslogAddress | undefined {
  const unix = /^unix:(?:\/\/)?(\/.+)$/.exec(text);
  if (unix !== null) return { transport: 'unix', path: unix[1]! };
  const match = /^(udp|tcp|tls):\/\/(?:\[([0-9a-fA-F:.]+)\]|([^\s/:[\]]+))(?::(\d{1,5}))?\/?$/.exec(text);
  if (match === null) return undefined;
  const transport = match[1] as keyof typeof PORTS;
  const port = match[4] === undefined ? PORTS[transport] : Number(match[4]);
  return port > 0 && port < 65_536 ? { transport, host: (match[2] ?? match[3])!, port } : undefined;
}

/** A way to a syslog server, opened with the first message. */
export interface SyslogConnection {
  /** Resolves when the operating system has all messages. */
  send(messages: readonly Buffer[], signal: AbortSignal): Promise<void>;
  /** What an error of `send` means. */
  failure(error: unknown, address: string): SendError;
  close(): void;
}

/** How messages go over a connection. */
export interface SyslogFraming {
  readonly framing: 'octets' | 'lines';
  readonly tls: TlsSettings;
  /** The path of a file that settings name. */
  readonly path: (path: string) => string;
}

/** A connection of the kind that the address asks for; nothing is opened before the first message. */
export function openSyslogConnection(address: SyslogAddress, framing: SyslogFraming): SyslogConnection {
  switch (address.transport) {
    case 'udp':
      return new Datagrams(address.host, address.port);
    case 'tcp':
      return new Stream(() => net.connect(address), framing.framing);
    case 'tls': {
      const options = {
        ...address,
        servername: net.isIP(address.host) ? '' : address.host,
        ...tlsOptions(framing.tls, framing.path),
      };
      return new Stream(() => tls.connect(options), framing.framing);
    }
    case 'unix':
      return new LocalSocket(framing.path(address.path));
  }
}

function networkFailure(error: unknown, address: string): SendError {
  if (error instanceof SendError) return error;
  return sendError('network', `${address}: ${connectionErrorText(error)}`, { cause: error });
}

/** The longest that fits a datagram of IPv4. */
const MAX_DATAGRAM = 65_507;

class Datagrams implements SyslogConnection {
  readonly #host: string;
  readonly #port: number;
  #socket: dgram.Socket | undefined;
  /** What came back of an earlier message: that nobody listens. */
  #error: Error | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  async send(messages: readonly Buffer[]): Promise<void> {
    const long = messages.flatMap(({ length }, index) => (length > MAX_DATAGRAM ? [index] : []));
    const socket = (this.#socket ??= await this.#open());
    this.#error = undefined;
    for (const message of messages)
      if (message.length <= MAX_DATAGRAM)
        await new Promise<void>((resolve, reject) =>
          socket.send(message, (error) => (error ? reject(error) : resolve())),
        );
    // That nobody listens comes back at once from this machine, and with the next message from others.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#error !== undefined) throw this.#error;
    if (long.length > 0)
      throw sendError(
        'poison',
        `a message of ${messages[long[0]!]!.length} bytes does not fit a datagram; tcp:// and tls:// take any length`,
        { failed: long },
      );
  }

  readonly failure = networkFailure;

  async #open(): Promise<dgram.Socket> {
    const { promises } = await import('node:dns');
    const { address, family } = await promises.lookup(this.#host);
    const socket = dgram.createSocket(family === 6 ? 'udp6' : 'udp4');
    socket.on('error', (error) => (this.#error = error));
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(this.#port, address, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    return socket;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

class Stream implements SyslogConnection {
  readonly #connect: () => net.Socket;
  readonly #framing: 'octets' | 'lines';
  #socket: net.Socket | undefined;

  constructor(connect: () => net.Socket, framing: 'octets' | 'lines') {
    this.#connect = connect;
    this.#framing = framing;
  }

  async send(messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const socket = this.#socket ?? (await this.#open(signal));
    const framed = Buffer.concat(
      messages.flatMap((message) =>
        this.#framing === 'octets'
          ? [Buffer.from(`${message.length} `), message]
          : [message, Buffer.from('\n')],
      ),
    );
    const onAbort = (): void => void socket.destroy(new Error('given up'));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await new Promise<void>((resolve, reject) =>
        socket.write(framed, (error) => {
          // A socket that is destroyed half-way says nothing of it here.
          const lost =
            error ?? (socket.destroyed ? (socket.errored ?? new Error('the connection was closed')) : null);
          return lost === null ? resolve() : reject(lost);
        }),
      );
    } catch (error) {
      // A part of a message may be on its way: nothing may follow it.
      socket.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  readonly failure = networkFailure;

  async #open(signal: AbortSignal): Promise<net.Socket> {
    const socket = this.#connect();
    const onAbort = (): void => void socket.destroy(new Error('given up'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('the connection was closed')));
        if (socket instanceof tls.TLSSocket) whenTaken(socket, resolve);
        else socket.once('connect', resolve);
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    const gone = (): void => {
      if (this.#socket === socket) this.#socket = undefined;
      socket.destroy();
    };
    // A server that ends its side takes no more, though the operating system would for a while.
    socket.on('error', gone).on('end', gone).on('close', gone);
    socket.resume();
    socket.setKeepAlive(true, 30_000);
    this.#socket = socket;
    return socket;
  }

  close(): void {
    this.#socket?.end();
    this.#socket = undefined;
  }
}

/** Milliseconds that a server has to send a ticket. */
const TICKET_WAIT = 1000;

/**
 * Calls back when a server has taken the connection. A client of TLS 1.3 is done before the server has looked at its certificate, and what it sends then is lost if that is not good
 * enough (RFC 8446, 4.4.2.4): a ticket is the first that a server says after that. To one that gives none, it is sent after a while.
 */
function whenTaken(socket: tls.TLSSocket, done: () => void): void {
  socket.once('secureConnect', () => {
    if (socket.getProtocol() !== 'TLSv1.3') return done();
    const timer = setTimeout(done, TICKET_WAIT);
    socket.once('close', () => clearTimeout(timer));
    socket.once('session', () => {
      clearTimeout(timer);
      // OpenSSL is still reading: what is written before it has ended breaks the connection.
      setImmediate(done);
    });
    // A ticket is only seen by who reads.
    socket.resume();
  });
}

/** The socket of this machine's syslog: a stream, or datagrams, for which Node.js has no sockets, but every system has `logger`. */
class LocalSocket implements SyslogConnection {
  readonly #path: string;
  readonly #stream: Stream;
  constructor(path: string) {
    this.#path = path;
    this.#stream = new Stream(() => net.connect(path), 'lines');
  }

  async send(messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
    try {
      await this.#stream.send(messages, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPROTOTYPE') throw error;
      await logThrough(this.#path, messages, signal);
    }
  }

  readonly failure = networkFailure;

  close(): void {
    this.#stream.close();
  }
}

/** `<13>Jan  1 12:34:56 falco: …`: logger(1) makes the time and the tag anew. */
const LOCAL_HEAD = /^<(\d+)>.{15} ([!-~]+): /s;

function logThrough(path: string, messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const tag = LOCAL_HEAD.exec(messages[0]!.toString())?.[2] ?? 'falco';
    const args = ['--socket', path, '--tag', tag, '--prio-prefix', '--socket-errors=on', '--size', '64KiB'];
    const child = spawn('logger', args, { stdio: ['pipe', 'ignore', 'pipe'], signal });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (status) =>
      status === 0
        ? resolve()
        : reject(new Error(`logger: ${said.trim().slice(0, 200) || `status ${status}`}`)),
    );
    child.stdin.end(
      messages.map((message) => `${message.toString().replace(LOCAL_HEAD, '<$1>')}\n`).join(''),
    );
  });
}
