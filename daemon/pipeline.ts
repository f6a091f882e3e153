import { readFileSync } from 'node:fs';
import {
  byteString,
  DiagnosticError,
  Event,
  formatAlert,
  Machine,
  makeAlert,
  readAccounts,
  type Accounts,
  type Alert,
  type AlertFormat,
  type ByteString,
  type Diagnostic,
} from '../engine/index.ts';
import { openCapture } from '../replay/index.ts';
import type { FalcoConfig } from './config/falco-keys.ts';
import type { RunningRules } from './rules.ts';

/** What one capture is replayed with. */
export interface ReplayOptions {
  readonly rules: RunningRules;
  readonly config: FalcoConfig;
  /** What alerts name as their host. */
  readonly hostname: ByteString;
  /** Takes each alert, and the line that Falco would print for it. */
  readonly onAlert: (alert: Alert, line: ByteString) => void;
  /** Called between chunks of the capture; what it returns is waited for. */
  readonly onProgress?: (progress: ReplayProgress) => Promise<void> | void;
}

export interface ReplayProgress {
  /** Bytes of the file that were read so far. */
  readonly bytes: number;
  /** Size of the file, if it has one. */
  readonly total: number | undefined;
  readonly events: number;
  readonly alerts: number;
}

/** What a replay gave. */
export interface ReplayResult {
  readonly events: number;
  readonly alerts: number;
  /** Numbers of alerts by the index of their rule. */
  readonly byRule: ReadonlyMap<number, number>;
  /** Warnings, and the error that ended the capture early, if one did. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Replays one capture: its events go through the state of a machine of its own, then through the rules. An error of the capture ends it and
 * is in the result, after the alerts of all events before it.
 */
export async function replayCapture(path: string, options: ReplayOptions): Promise<ReplayResult> {
  const { rules, config, hostname, onAlert, onProgress } = options;
  const { engine, alerts: alertRules } = rules;
  const format = alertFormat(config);
  const machine = new Machine();
  machine.users.local = localAccounts();
  machine.rendering.bufferFormat = config.buffer_format_base64 ? 'base64' : 'normal';
  const event = new Event();
  const byRule = new Map<number, number>();
  const diagnostics: Diagnostic[] = [];
  let events = 0;
  let alerts = 0;
  const capture = await openCapture(path, machine).catch((error: unknown) => {
    diagnostics.push(diagnosticOf(error));
  });
  if (!capture) return { events, alerts, byRule, diagnostics };
  try {
    while (await capture.fill()) {
      while (capture.next(event)) {
        events++;
        if (!machine.apply(event)) continue;
        const matches = engine.match(event);
        for (let i = 0; i < matches.length; i++) {
          const index = matches[i]!;
          const alert = makeAlert(alertRules[index]!, event, hostname);
          alerts++;
          byRule.set(index, (byRule.get(index) ?? 0) + 1);
          onAlert(alert, formatAlert(alert, format));
        }
      }
      await onProgress?.({ bytes: capture.position, total: capture.size, events, alerts });
    }
  } catch (error) {
    diagnostics.push(diagnosticOf(error));
  } finally {
    diagnostics.unshift(...capture.warnings);
    await capture.close();
  }
  return { events, alerts, byRule, diagnostics };
}

function diagnosticOf(error: unknown): Diagnostic {
  if (error instanceof DiagnosticError) return error.diagnostic;
  throw error;
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

/** The accounts of this machine: where a capture does not name a user, Falco looks here. */
function localAccounts(): Accounts {
  return readAccounts(textOf('/etc/passwd'), textOf('/etc/group'));
}

function textOf(file: string): ByteString {
  try {
    const bytes = readFileSync(file);
    return byteString(bytes, 0, bytes.length);
  } catch {
    return '';
  }
}
