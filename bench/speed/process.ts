import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { median, spread } from './statistics.ts';

const root = join(import.meta.dirname, '../..');
const reporter = join(import.meta.dirname, 'report-usage.cjs');
const yardstickScript = join(root, 'bench/yardstick.mjs');
const tiercelScript = join(root, 'dist/tiercel.js');

/** What one process used. Times in seconds, memory in bytes. */
export interface Usage {
  readonly user: number;
  readonly system: number;
  /** From the start of the process to its end. */
  readonly wall: number;
  /** The most memory that was resident at a time. */
  readonly peak: number;
}

/** Arguments of Node. */
export type Program = readonly string[];

/** `tiercel` as it is installed. */
export const tiercel = (...args: readonly string[]): Program => [tiercelScript, ...args];

/** The process that does nothing but walk the blocks of an uncompressed capture. */
export const yardstick = (file: string): Program => [yardstickScript, file];

/** Runs a process, with its output thrown away, to its end. Throws if it fails. */
export async function runProcess(program: Program, input?: Iterable<Uint8Array>): Promise<Usage> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--require', reporter, ...program], {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, TZ: 'UTC', FALCO_HOSTNAME: 'bench', NODE_OPTIONS: '' },
  });
  const [, , errors, report] = child.stdio;
  const texts = Promise.all([textOf(errors as Readable), textOf(report as Readable)]);
  // A process that ends early is told by its status, not by the pipe that it leaves.
  if (input !== undefined) await pipeline(Readable.from(input), child.stdin!).catch(() => undefined);
  const [status] = (await once(child, 'close')) as [number | null];
  const wall = (performance.now() - started) / 1000;
  const [said, usage] = await texts;
  if (status !== 0) throw new Error(`node ${program.join(' ')} ended with status ${status}:\n${said}`);
  return { ...(JSON.parse(usage) as Omit<Usage, 'wall'>), wall };
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const part of stream) text += String(part);
  return text;
}

/** Medians of a program's runs, beside those of what it is measured with. */
export interface Pair {
  readonly measured: Usage;
  readonly unit: Usage;
  /** How far the CPU times of the measured runs are apart, as a part of their median. */
  readonly spread: number;
}

/** Runs two programs in turn, so that both see the same moods of the machine. */
export async function runPaired(measured: Program, unit: Program, runs: number): Promise<Pair> {
  const usages: [Usage[], Usage[]] = [[], []];
  for (let i = 0; i < runs; i++) {
    usages[1].push(await runProcess(unit));
    usages[0].push(await runProcess(measured));
  }
  return {
    measured: medianUsage(usages[0]),
    unit: medianUsage(usages[1]),
    spread: spread(usages[0].map(cpu)),
  };
}

/** User and system CPU time in seconds. The kernel knows their sum exactly, their parts of a short process only roughly. */
export const cpu = ({ user, system }: Usage): number => user + system;

function medianUsage(usages: readonly Usage[]): Usage {
  const of = (key: keyof Usage): number => median(usages.map((usage) => usage[key]));
  return { user: of('user'), system: of('system'), wall: of('wall'), peak: of('peak') };
}
