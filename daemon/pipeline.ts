import {
  formatAlert,
  formatInternalAlert,
  makeAlert,
  type Alert,
  type AlertFormat,
  type ByteString,
  type Diagnostic,
} from '../engine/index.ts';
import { diagnosticOf, readCapture, type ReadProgress, type ReadResult } from './capture.ts';
import type { FalcoConfig } from './config/falco-keys.ts';
import type { RuleProfiler } from './rule-profiler.ts';
import { RuleCaptures } from './rule-captures.ts';
import type { RunningRules } from './rules.ts';

/** What one capture is replayed with. */
export interface ReplayOptions {
  readonly rules: RunningRules;
  readonly config: FalcoConfig;
  /** What alerts name as their host. */
  readonly hostname: ByteString;
  /** Asks the rules instead of the engine, and finds what they cost. */
  readonly profiler?: RuleProfiler;
  /** Takes each alert, and the line that Falco would print for it. */
  readonly onAlert: (alert: Alert, line: ByteString) => void;
  /** Called between chunks of the capture; what it returns is waited for. */
  readonly onProgress?: (progress: ReplayProgress) => Promise<void> | void;
}

/** How far a replay is. */
export interface ReplayProgress extends ReadProgress {
  readonly alerts: number;
}

/** What a replay gave. */
export interface ReplayResult extends ReadResult {
  readonly alerts: number;
  /** Numbers of alerts by the index of their rule. */
  readonly byRule: ReadonlyMap<number, number>;
}

/**
 * Replays one capture: its events go through the state of a machine of its own, then through the rules. An error of the capture ends it and
 * is in the result, after the alerts of all events before it.
 */
export async function replayCapture(path: string, options: ReplayOptions): Promise<ReplayResult> {
  const { rules, config, hostname, profiler, onAlert, onProgress } = options;
  const { engine, alerts: alertRules } = rules;
  const format = alertFormat(config);
  const byRule = new Map<number, number>();
  let alerts = 0;
  const captures = config.capture.enabled
    ? new RuleCaptures(config.capture, rules.captures, hostname, (alert) =>
        onAlert(alert, formatInternalAlert(alert, format)),
      )
    : undefined;
  const unwritten = new UnwrittenCaptures();
  const { events, diagnostics: met } = await readCapture(path, {
    bufferFormat: config.buffer_format_base64 ? 'base64' : 'normal',
    hostname,
    sources: rules.sources,
    // A capture holds every event.
    ...(captures === undefined && { asks: (code) => engine.asks(code) }),
    onEvent: (event, visible) => {
      if (!visible) return true;
      const matches = profiler === undefined ? engine.match(event) : profiler.match(event);
      for (let i = 0; i < matches.length; i++) {
        const index = matches[i]!;
        const alert = makeAlert(alertRules[index]!, event, hostname);
        alerts++;
        byRule.set(index, (byRule.get(index) ?? 0) + 1);
        onAlert(alert, formatAlert(alert, format));
      }
      if (captures !== undefined) unwritten.attempt(() => captures.take(event, matches));
      return true;
    },
    ...(onProgress && { onProgress: (progress) => onProgress({ ...progress, alerts }) }),
  });
  unwritten.attempt(() => captures?.end());
  const diagnostics = [...met, ...unwritten.diagnostics()];
  return { events, alerts, byRule, diagnostics };
}

/** Captures that could not be written, as many as are told one by one. */
const MOST_UNWRITTEN = 10;

/** Captures that rules asked for and that could not be written. That costs no alert, and the next one is tried again. */
class UnwrittenCaptures {
  readonly #first: Diagnostic[] = [];
  #more = 0;

  attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (this.#first.length < MOST_UNWRITTEN) this.#first.push(diagnosticOf(error));
      else this.#more++;
    }
  }

  diagnostics(): readonly Diagnostic[] {
    const [first] = this.#first;
    if (first === undefined || this.#more === 0) return this.#first;
    const { code, severity } = first;
    const message = `${this.#more} more captures that rules asked for could not be written`;
    return [...this.#first, { code, severity, message }];
  }
}

function alertFormat(config: FalcoConfig): AlertFormat {
  return {
    json: config.json_output,
    includeOutput: config.json_include_output_property,
    includeMessage: config.json_include_message_property,
    includeFields: config.json_include_output_fields_property,
    includeTags: config.json_include_tags_property,
    iso8601: config.time_format_iso_8601,
  };
}
