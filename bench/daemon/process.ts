import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const root = join(import.meta.dirname, '../..');

/** A server that is measured: its own process, in a folder of its own. */
export class Measured {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
  }

  /** `tiercel run` as it is built, with an HTTP input, and outputs as in tiercel.yaml. */
  static async tiercel(
    outputs: readonly object[],
    { node = [], routes }: { readonly node?: readonly string[]; readonly routes?: readonly object[] } = {},
  ): Promise<Measured> {
    return Measured.#start((folder, port) => {
      const config = join(folder, 'tiercel.yaml');
      writeFileSync(
        config,
        JSON.stringify({
          data_dir: join(folder, 'data'),
          inputs: [{ kind: 'http', listen: `127.0.0.1:${port}` }],
          outputs,
          ...(routes && { routes }),
          log: { level: 'error' },
        }),
      );
      return [process.execPath, ...node, join(root, 'dist/tiercel.js'), 'run', '-c', config];
    });
  }

  /** Prometheus's Alertmanager, which gives each alert to a webhook at once. */
  static async alertmanager(webhook: string): Promise<Measured> {
    return Measured.#start((folder, port) => {
      const config = join(folder, 'alertmanager.yaml');
      writeFileSync(
        config,
        JSON.stringify({
          route: { receiver: 'hook', group_by: ['alertname'], group_wait: '0s', group_interval: '1s' },
          receivers: [{ name: 'hook', webhook_configs: [{ url: webhook }] }],
        }),
      );
      return [
        'prometheus-alertmanager',
        `--config.file=${config}`,
        `--storage.path=${folder}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        '--log.level=error',
      ];
    });
  }

  static async #start(command: (folder: string, port: number) => readonly string[]): Promise<Measured> {
    const base = process.env['TIERCEL_BENCH_DIR'] ?? join(root, 'node_modules/.cache');
    mkdirSync(base, { recursive: true });
    const folder = mkdtempSync(join(base, 'daemon-'));
    const port = await freePort();
    const [program, ...args] = command(folder, port);
    const child = spawn(program!, args, { stdio: ['ignore', 'inherit', 'inherit'], cwd: folder });
    const measured = new Measured(child, port, folder);
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`${program} ended with status ${child.exitCode}`);
      await setTimeout(20);
    }
    return measured;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Seconds of CPU time until now. */
  get cpu(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    // Of 100 ticks a second: utime and stime (proc_pid_stat(5)).
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Bytes that it holds, and bytes of files that are mapped: of those, the system takes back what it needs. */
  get memory(): { readonly own: number; readonly mapped: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1');
    const of = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) * 1024;
    return { own: of('RssAnon'), mapped: of('RssFile') };
  }

  get queueBytes(): number {
    return readFileSizeOf(join(this.#folder, 'data', 'data.mdb'));
  }

  async stop(): Promise<void> {
    if (this.alive) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const killer = globalThis.setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
      await exited;
      clearTimeout(killer);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const readFileSizeOf = (path: string): number => statSync(path).size;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
