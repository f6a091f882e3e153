import type { Worker } from 'node:worker_threads';
import { fromBytes, PRIORITIES, type ByteString, type Diagnostic } from '../engine/index.ts';
import type { CaptureFile } from '../replay/index.ts';
import { totalSize } from './capture.ts';
import type { FalcoConfig } from './config/falco-keys.ts';
import { replayCapture, type ReplayProgress, type ReplayResult } from './pipeline.ts';
import type { RuleProfiler } from './rule-profiler.ts';
import type { RunningRules } from './rules.ts';
import { replayTogether } from './workers.ts';

/** What captures are replayed with. */
export interface ReplayJob {
  readonly captures: readonly CaptureFile[];
  readonly rules: RunningRules;
  readonly config: FalcoConfig;
  readonly hostname: ByteString;
  /** Threads that replay captures beside this one, with the same rules; they end with the replay (`startWorkers`). */
  readonly workers: readonly Worker[];
  /** Finds what the rules cost; without workers only. */
  readonly profiler?: RuleProfiler;
  /** Takes alerts as lines, each with its line feed, in the order of the captures; the next are made when this is done. */
  readonly onLines: (lines: ByteString | Uint8Array) => Promise<void>;
  /** Takes what was wrong with a capture, after its alerts. */
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
  readonly onProgress?: (progress: ReplayProgress) => void;
}

/** A replay in numbers. */
export interface ReplaySummary {
  readonly captures: number;
  readonly events: number;
  /** Wall time. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly alerts: number;
  /** Only those that occurred, the gravest first. */
  readonly byPriority: Readonly<Record<string, number>>;
  /** Only those that fired, the most frequent first. */
  readonly byRule: Readonly<Record<string, number>>;
}

/** Replays captures one after the other, or several at a time with the same output. */
export async function replay(job: ReplayJob): Promise<ReplaySummary> {
  const started = performance.now();
  const total = totals(job);
  const finish = (result: ReplayResult): void => {
    total.add(result);
    for (const diagnostic of result.diagnostics) job.onDiagnostic(diagnostic);
  };
  if (job.workers.length > 0) await replayTogether(job, finish);
  else for (const capture of job.captures) finish(await replayHere(capture, job, total.before));
  return total.summary((performance.now() - started) / 1000);
}

async function replayHere(
  { path }: CaptureFile,
  job: ReplayJob,
  before: () => ReplayProgress,
): Promise<ReplayResult> {
  let lines = '';
  const result = await replayCapture(path, {
    ...job,
    onAlert: (_alert, line) => (lines += `${line}\n`),
    onProgress: async (progress) => {
      const done = lines;
      lines = '';
      if (done !== '') await job.onLines(done);
      job.onProgress?.(sum(before(), progress));
    },
  });
  if (lines !== '') await job.onLines(lines);
  return result;
}

/** Adds what two replays have done; the total is that of the first. */
export function sum(all: ReplayProgress, one: ReplayProgress): ReplayProgress {
  return {
    bytes: all.bytes + one.bytes,
    total: all.total,
    events: all.events + one.events,
    alerts: all.alerts + one.alerts,
  };
}

function totals({ captures, rules: { alerts: rules } }: ReplayJob): {
  add: (result: ReplayResult) => void;
  before: () => ReplayProgress;
  summary: (seconds: number) => ReplaySummary;
} {
  let events = 0;
  let alerts = 0;
  let done = 0;
  const counts = new Map<number, number>();
  const total = totalSize(captures);
  return {
    add(result) {
      events += result.events;
      alerts += result.alerts;
      done++;
      for (const [rule, count] of result.byRule) counts.set(rule, (counts.get(rule) ?? 0) + count);
    },
    before: () => ({
      bytes: captures.slice(0, done).reduce((all, { size }) => all + (size ?? 0), 0),
      total,
      events,
      alerts,
    }),
    summary(seconds) {
      const byPriority: Record<string, number> = {};
      for (const priority of PRIORITIES) {
        const count = [...counts].reduce(
          (all, [rule, n]) => (rules[rule]!.priority === priority ? all + n : all),
          0,
        );
        if (count > 0) byPriority[priority] = count;
      }
      const byRule = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
      return {
        captures: captures.length,
        events,
        seconds,
        eventsPerSecond: seconds > 0 ? Math.round(events / seconds) : 0,
        alerts,
        byPriority,
        byRule: Object.fromEntries(byRule.map(([rule, count]) => [fromBytes(rules[rule]!.name), count])),
      };
    },
  };
}
