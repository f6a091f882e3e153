import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const command = join(import.meta.dirname, '../../dist/tiercel.js');

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** `tiercel run` as a process. */
export class RunProcess {
  readonly child: ChildProcess;
  readonly log: LogLine[] = [];
  stdout = '';
  /** What was no JSON on standard error. */
  rest = '';
  readonly exit: Promise<number | null>;
  #waiting: (() => void)[] = [];

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [command, 'run', ...args], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let part = '';
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (part + text).split('\n');
      part = lines.pop()!;
      for (const line of lines)
        if (line.startsWith('{')) this.log.push(JSON.parse(line) as LogLine);
        else this.rest += `${line}\n`;
      this.#wake();
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.exit = once(this.child, 'close').then(([status]) => {
      this.#wake();
      return status as number | null;
    });
  }

  /** Resolves with the first line of the log that has a message, also one of the past. */
  async says(message: string, from = 0): Promise<LogLine> {
    for (;;) {
      const line = this.log.slice(from).find(({ msg }) => msg.includes(message));
      if (line !== undefined) return line;
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`it ended and never said "${message}": ${JSON.stringify(this.log)}\n${this.rest}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The address that it takes alerts at, once it runs. */
  async address(): Promise<string> {
    await this.says('runs');
    return `http://${String((await this.says('takes alerts'))['address'])}`;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A folder with a configuration in it. */
export class RunFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'tiercel-run-'));
  readonly processes: RunProcess[] = [];
  readonly file = this.place('tiercel.yaml');

  place(name: string): string {
    return join(this.path, name);
  }

  write(config: unknown): void {
    // JSON is YAML, too.
    writeFileSync(this.file, JSON.stringify(config));
  }

  run(...args: readonly string[]): RunProcess {
    return this.runWith({}, ...args);
  }

  /** The same with more variables of the environment. */
  runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): RunProcess {
    const process = new RunProcess(['-c', this.file, ...args], env);
    this.processes.push(process);
    return process;
  }

  /** Ends what runs. */
  async end(): Promise<void> {
    for (const process of this.processes) process.kill('SIGKILL');
    await Promise.all(this.processes.map(({ exit }) => exit));
  }

  async remove(): Promise<void> {
    await this.end();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A webhook that notes the rules of the alerts that it took. */
export class Webhook {
  readonly rules: string[] = [];
  /** What requests are answered with; undefined: not at all. */
  status: number | undefined = 200;
  /** Requests that are answered when they are let go. */
  readonly held: (() => void)[] = [];
  hold = false;
  #server = createServer((request, response) => void this.#answer(request, response));
  #port = 0;
  #waiting: (() => void)[] = [];

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** Resolves when this holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part as string;
    const { status } = this;
    const take = (): void => {
      if (status === 200) this.rules.push((JSON.parse(body) as { rule: string }).rule);
      response.writeHead(status ?? 500).end();
      this.#wake();
    };
    if (status === undefined) this.#wake();
    else if (this.hold) {
      this.held.push(take);
      this.#wake();
    } else take();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Sends alerts of these rules, one request each; gives the statuses. */
export async function send(address: string, ...rules: readonly string[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const rule of rules) {
    const { status } = await fetch(address, { method: 'POST', body: alertJson(rule) });
    statuses.push(status);
  }
  return statuses;
}

export const alertJson = (rule: string, more: object = {}): string =>
  JSON.stringify({
    output: `12:34:56.123456789: Warning ${rule}`,
    output_fields: { 'proc.name': 'sh' },
    priority: 'Warning',
    rule,
    source: 'syscall',
    tags: [],
    time: '2026-01-31T12:34:56.123456789Z',
    ...more,
  });

/** Names of rules: `prefix 1`, `prefix 2` … */
export const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix} ${i + 1}`);
