import { chmodSync, chownSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import * as z from 'zod';
import { listenError } from './address.ts';
import { AlertLines, alertTextSettings, deliverLines, longestPiece } from './alert-lines.ts';
import { HealthRecord } from './health.ts';
import { defineInput, type AlertSink, type Input, type InputContext, type InputHealth } from './input.ts';
import { Intake } from './intake.ts';

const account = z.union([z.int().min(0), z.string().min(1)]);

const settings = z.strictObject({
  path: z.string().min(1).describe('Path of the socket; one that an earlier run left is removed'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'expected three octal digits in quotes, such as "0660"')
    .default('0660')
    .describe('Permissions of the socket: who may write to it may send alerts'),
  owner: account.optional().describe('User that the socket belongs to, by name or number'),
  group: account.optional().describe('Group that it belongs to'),
  ...alertTextSettings,
  max_connections: z.int().min(1).max(10_000).default(64).describe('Connections at the same time'),
});

export const unix = defineInput({
  kind: 'unix',
  takesRecords: true,
  summary: 'Listens at a Unix socket (stream) for alerts, one in a line.',
  config: settings,
  secrets: [],
  example: { path: '/run/tiercel/alerts.sock', mode: '0660', group: 'falco' },
  notes: `Nothing is answered. When the queue is full, nothing is read, and whoever writes has to wait. When tiercel stops, connections have a second to end by themselves. What was written and
is not on disk when tiercel is killed is lost.

Node.js has no datagram sockets in the file system. \`kind: program\` with \`command: [socat, -u, UNIX-RECV:/run/tiercel/alerts.dgram, STDOUT]\` takes datagrams that end with a line feed.`,
  open: (config, context) => Promise.resolve(new UnixInput(config, context)),
});

/** Milliseconds that connections have to end by themselves. */
const STOP_GRACE = 1000;

class UnixInput implements Input {
  readonly ended = new Promise<void>(() => undefined);
  readonly #settings: z.output<typeof settings>;
  readonly #context: InputContext;
  readonly #path: string;
  readonly #health: HealthRecord;
  readonly #lines: AlertLines;
  readonly #stop = new AbortController();
  readonly #sockets = new Map<Socket, Promise<void>>();
  readonly #server: Server;
  #sink: AlertSink | undefined;

  constructor(config: z.output<typeof settings>, context: InputContext) {
    this.#settings = config;
    this.#context = context;
    this.#path = context.path(config.path);
    this.#health = new HealthRecord(context.now, () => ({ connections: this.#sockets.size }));
    this.#lines = new AlertLines(config.format, context, this.#health);
    this.#server = createServer((socket) => this.#sockets.set(socket, this.#serve(socket)));
    this.#server.maxConnections = config.max_connections;
    this.#server.on('drop', () => this.#health.failed(`more than ${config.max_connections} connections`));
  }

  get health(): InputHealth {
    return this.#health.data;
  }

  async start(sink: AlertSink): Promise<void> {
    this.#sink = sink;
    const { mode, owner, group } = this.#settings;
    const uid = accountNumber(owner, '/etc/passwd');
    const gid = accountNumber(group, '/etc/group');
    await removeStale(this.#path);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(listenError(error, this.#path)));
      // Until it has its owner and permissions, nobody else may write to it. The socket is made before listen() returns.
      const mask = process.umask(0o177);
      this.#server.listen(this.#path, resolve);
      process.umask(mask);
    });
    this.#server.on('error', (error) => this.#health.failed(error.message));
    try {
      if (uid !== undefined || gid !== undefined) chownSync(this.#path, uid ?? -1, gid ?? -1);
      chmodSync(this.#path, parseInt(mode, 8));
    } catch (error) {
      this.#server.close();
      throw new Error(
        `cannot give ${this.#path} its owner or mode: ${(error as NodeJS.ErrnoException).code}`,
        {
          cause: error,
        },
      );
    }
    this.#health.state = 'running';
    this.#context.log.info('takes alerts', { socket: this.#path });
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets.keys()) socket.end();
    const deadline = setTimeout(() => {
      this.#stop.abort();
      for (const socket of this.#sockets.keys()) socket.destroy();
    }, STOP_GRACE);
    await Promise.all(this.#sockets.values());
    clearTimeout(deadline);
    await closed;
    this.#health.state = 'stopped';
  }

  async #serve(socket: Socket): Promise<void> {
    const { log } = this.#context;
    const intake = new Intake(this.#sink!, { health: this.#health, log, signal: this.#stop.signal });
    const most = longestPiece(this.#settings, this.#context);
    try {
      await deliverLines(socket, { most, lines: this.#lines, intake });
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#health.failed((error as Error).message);
    }
    socket.destroy();
    this.#sockets.delete(socket);
  }
}

/** Removes a socket that nobody listens at; throws for one that somebody does, and for what is no socket. */
async function removeStale(path: string): Promise<void> {
  let isSocket: boolean;
  try {
    isSocket = lstatSync(path).isSocket();
  } catch {
    return;
  }
  if (!isSocket) throw new Error(`cannot listen at ${path}: something that is no socket is there`);
  const answered = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'));
  });
  if (answered) throw listenError(Object.assign(new Error(), { code: 'EADDRINUSE' }), path);
  unlinkSync(path);
}

/** The number of a user or group in one of the files of accounts. */
function accountNumber(name: string | number | undefined, file: string): number | undefined {
  if (name === undefined || typeof name === 'number') return name;
  if (/^\d+$/.test(name)) return Number(name);
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const number = line?.split(':')[2];
  if (number === undefined) throw new Error(`${JSON.stringify(name)} is not in ${file}`);
  return Number(number);
}
