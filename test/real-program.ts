/** Programs that tests talk to and that are not ours: the servers and clients that users have. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import * as net from 'node:net';
import { delimiter, join } from 'node:path';

/**
 * The path of a program; undefined where it is absent, which is said once. With REQUIRE_ORACLE=1, as in CI, that is a failure. Call inside `describe`.
 *
 * @param names Its names: Debian's may be another than the usual one.
 * @param debianPackage What to install to have it.
 */
export function realProgram(debianPackage: string, ...names: readonly string[]): string | undefined {
  // Servers are not in the path of everybody.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  if (found === undefined) tellAbsent(debianPackage, names[0]!);
  return found;
}

/** Says once that something is absent; with REQUIRE_ORACLE=1 that is a failure. */
export function tellAbsent(debianPackage: string, name: string): void {
  if (process.env['REQUIRE_ORACLE'] === '1')
    throw new Error(`REQUIRE_ORACLE=1, but there is no ${name} (apt-get install ${debianPackage})`);
  if (!told.has(name)) console.log(`${name} absent: tests with the real one are skipped.`);
  told.add(name);
}
const told = new Set<string>();

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** How a server is started: the arguments (and the files that they name) are made for ports that were free a moment ago. */
export interface ServerStart {
  readonly program: string;
  readonly ports: number;
  readonly args: (ports: readonly number[]) => readonly string[];
  /** Whether it takes requests; every port takes TCP connections where it does not say. */
  readonly ready?: (ports: readonly number[]) => Promise<boolean>;
}

/** How often a server is started with other ports, if it ends at once. */
const MOST_STARTS = 3;
/** Milliseconds between questions whether something is so. */
const PAUSE = 15;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A server of 127.0.0.1. */
export class RealServer {
  readonly ports: readonly number[];
  readonly child: ChildProcess;
  /** What it said on standard output and standard error. */
  said = '';

  private constructor(program: string, args: readonly string[], ports: readonly number[]) {
    this.ports = ports;
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    this.child.once('exit', () => running.delete(this.child));
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  /** Resolves when it takes requests. */
  static async start({ program, ports: count, args, ready = allOpen }: ServerStart): Promise<RealServer> {
    for (let starts = 1; ; starts++) {
      const ports = await freePorts(count);
      const server = new RealServer(program, args(ports), ports);
      const isReady = await eventually(async () =>
        server.#runs ? (await ready(ports)) || undefined : false,
      ).catch(() => undefined);
      if (isReady === true) return server;
      await server.stop();
      if (starts === MOST_STARTS) throw new Error(`${program} does not start: ${server.said}`);
    }
  }

  get port(): number {
    return this.ports[0]!;
  }

  get #runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    if (!this.#runs) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

/** Milliseconds after which what has not come will never come: less than mocha's limit. */
const PATIENCE = 50_000;

/** Asks until there is an answer. */
export async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await pause()) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error('it never came');
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE));

/** Whether somebody takes TCP connections at all of these ports. */
export async function allOpen(ports: readonly number[]): Promise<boolean> {
  return (await Promise.all(ports.map(isOpen))).every(Boolean);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const say = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => say(true)).once('error', () => say(false));
  });
}

/** Different ports at which nobody listens. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
