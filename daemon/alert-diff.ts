import {
  DEFAULT_ALERT_FORMAT,
  formatAlert,
  makeAlert,
  toBytes,
  type AlertRule,
  type ByteString,
  type Diagnostic,
  type Event,
} from '../engine/index.ts';
import type { CaptureFile } from '../replay/index.ts';
import { readCapture, totalSize } from './capture.ts';
import type { FalcoConfig } from './config/falco-keys.ts';
import type { ReplayProgress } from './pipeline.ts';
import type { RunningRules } from './rules.ts';

/** Captures, and the rules whose alerts are compared. */
export interface AlertDiffJob {
  readonly captures: readonly CaptureFile[];
  readonly old: RunningRules;
  readonly next: RunningRules;
  readonly config: FalcoConfig;
  /** How many differing alerts of each rule are kept. */
  readonly top: number;
  /** Takes what was wrong with a capture. */
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
  readonly onProgress?: (progress: ReplayProgress) => void;
}

/** An alert that only one side gives, or that both give with another priority, output, fields or tags. */
export interface AlertChange {
  readonly kind: 'appeared' | 'disappeared' | 'changed';
  readonly capture: ByteString;
  /** The event's number (`evt.num`). */
  readonly event: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** The line that Falco prints without JSON; absent on the side that gives no alert. */
  readonly old?: ByteString;
  readonly next?: ByteString;
  /** The rules that fired for the event on the other side only. */
  readonly instead: readonly ByteString[];
}

/** How the alerts of a rule differ. */
export interface RuleAlerts {
  readonly rule: ByteString;
  /** Numbers of alerts. */
  readonly old: number;
  readonly next: number;
  readonly appeared: number;
  readonly disappeared: number;
  readonly changed: number;
  /** The first of them. */
  readonly examples: readonly AlertChange[];
}

/** How the alerts of two sets of rules differ. */
export interface AlertDiff {
  readonly captures: number;
  readonly events: number;
  /** Numbers of alerts. */
  readonly old: number;
  readonly next: number;
  /** Rules with a difference, in the order in which the first of each was found. */
  readonly rules: readonly RuleAlerts[];
}

/**
 * Replays captures through two sets of rules in one pass: one machine, two engines. (What `thread.cpu` and its like measure since they were
 * last read, the other side may have read.) A capture that cannot be read to its end is compared up to there.
 */
export async function diffAlerts(job: AlertDiffJob): Promise<AlertDiff> {
  const { captures, config, onDiagnostic, onProgress } = job;
  const comparison = new AlertComparison(job);
  const total = totalSize(captures);
  let [events, before] = [0, 0];
  for (const { path, size } of captures) {
    const done = events;
    const name = toBytes(path);
    const result = await readCapture(path, {
      bufferFormat: config.buffer_format_base64 ? 'base64' : 'normal',
      asks: (code) => job.old.engine.asks(code) || job.next.engine.asks(code),
      onEvent: (event, visible) => {
        if (visible) comparison.add(event, name);
        return true;
      },
      ...(onProgress && {
        onProgress: (progress) =>
          onProgress({
            bytes: before + progress.bytes,
            total,
            events: done + progress.events,
            alerts: comparison.alerts,
          }),
      }),
    });
    events += result.events;
    before += size ?? 0;
    result.diagnostics.forEach(onDiagnostic);
  }
  return { captures: captures.length, events, ...comparison.result() };
}

type Counts = { -readonly [K in keyof RuleAlerts]: RuleAlerts[K] } & { examples: AlertChange[] };

class AlertComparison {
  readonly #old: RunningRules;
  readonly #next: RunningRules;
  readonly #top: number;
  readonly #iso8601: boolean;
  readonly #counts = new Map<ByteString, Counts>();

  constructor({ old, next, top, config }: Pick<AlertDiffJob, 'old' | 'next' | 'top' | 'config'>) {
    this.#old = old;
    this.#next = next;
    this.#top = top;
    this.#iso8601 = config.time_format_iso_8601;
  }

  /** Alerts of the new side so far. */
  get alerts(): number {
    return this.#sum('next');
  }

  add(event: Event, capture: ByteString): void {
    const old = this.#old.engine.match(event);
    const next = this.#next.engine.match(event);
    if (old.length === 0 && next.length === 0) return;
    const before = old.map((index) => this.#old.alerts[index]!);
    const after = next.map((index) => this.#next.alerts[index]!);
    const onlyOld = before.filter(({ name }) => !after.some((rule) => rule.name === name));
    const onlyNext = after.filter(({ name }) => !before.some((rule) => rule.name === name));
    for (const rule of before) {
      const counts = this.#of(rule.name);
      counts.old++;
      const other = after.find(({ name }) => name === rule.name);
      if (other === undefined) this.#keep(counts, 'disappeared', event, capture, { old: rule }, onlyNext);
      else if (differs(rule, other, event))
        this.#keep(counts, 'changed', event, capture, { old: rule, next: other }, []);
    }
    for (const rule of after) this.#of(rule.name).next++;
    for (const rule of onlyNext)
      this.#keep(this.#of(rule.name), 'appeared', event, capture, { next: rule }, onlyOld);
  }

  result(): Pick<AlertDiff, 'old' | 'next' | 'rules'> {
    return {
      old: this.#sum('old'),
      next: this.#sum('next'),
      rules: [...this.#counts.values()].filter(
        ({ appeared, disappeared, changed }) => appeared + disappeared + changed > 0,
      ),
    };
  }

  #keep(
    counts: Counts,
    kind: AlertChange['kind'],
    event: Event,
    capture: ByteString,
    { old, next }: { readonly old?: AlertRule; readonly next?: AlertRule },
    others: readonly AlertRule[],
  ): void {
    counts[kind]++;
    if (counts.examples.length >= this.#top) return;
    counts.examples.push({
      kind,
      capture,
      event: event.num,
      time: event.time,
      ...(old && { old: this.#line(old, event) }),
      ...(next && { next: this.#line(next, event) }),
      instead: others.map(({ name }) => name),
    });
  }

  #line(rule: AlertRule, event: Event): ByteString {
    const alert = makeAlert(rule, event, '');
    return formatAlert(alert, { ...DEFAULT_ALERT_FORMAT, iso8601: this.#iso8601 });
  }

  #of(rule: ByteString): Counts {
    let counts = this.#counts.get(rule);
    if (counts === undefined) {
      counts = { rule, old: 0, next: 0, appeared: 0, disappeared: 0, changed: 0, examples: [] };
      this.#counts.set(rule, counts);
    }
    return counts;
  }

  #sum(side: 'old' | 'next'): number {
    return [...this.#counts.values()].reduce((sum, counts) => sum + counts[side], 0);
  }
}

/** Whether two versions of a rule give an event different alerts. */
function differs(old: AlertRule, next: AlertRule, event: Event): boolean {
  return !areAlike(old, next) && everythingOf(old, event) !== everythingOf(next, event);
}

/** Whether two versions of a rule can only give the same alerts. */
function areAlike(old: AlertRule, next: AlertRule): boolean {
  return (
    old.priority === next.priority &&
    old.source === next.source &&
    old.output.source === next.output.source &&
    old.tags.join() === next.tags.join() &&
    fieldsText(old) === fieldsText(next)
  );
}

const fieldsText = ({ extraFields }: AlertRule): string =>
  JSON.stringify(extraFields.map(({ key, output, raw }) => [key, output.source, raw]));

const everythingOf = (rule: AlertRule, event: Event): ByteString =>
  formatAlert(makeAlert(rule, event, ''), { ...DEFAULT_ALERT_FORMAT, json: true });
