import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  alertValues,
  compileOutput,
  makeAlert,
  toBytes,
  unreadable,
  type AlertValues,
  type ByteString,
  type Diagnostic,
  type FieldLookup,
  type JsonInputObject,
  type Output,
} from '../engine/index.ts';
import { parseJsonLine, type CaptureFile } from '../replay/index.ts';
import { languageWith, STABLE_FIELDS } from '../rules/index.ts';
import { readCapture, type ReadProgress } from './capture.ts';
import type { RunningRules } from './rules.ts';

/** What is known of an alert. */
export interface KnownAlert {
  readonly rule: ByteString;
  /** Of a capture: the `evt.num` of its event. */
  readonly event?: number;
  readonly values: AlertValues;
}

/** One alert in a line of JSON; undefined if the line is none. Falco prints other lines too, and so does whatever collects them. */
export function alertInLine(line: ByteString): KnownAlert | undefined {
  if (!line.includes('"output_fields"')) return undefined;
  try {
    const { rule, output_fields: fields } = parseJsonLine(line) as JsonInputObject;
    const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
    return typeof rule === 'string' && isObject
      ? { rule, values: alertValues(fields as JsonInputObject) }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The alerts in a file of JSON lines, or in one that holds a single object; `-` is standard input. Throws a `DiagnosticError` if it cannot be read. */
export async function readAlerts(path: string): Promise<readonly KnownAlert[]> {
  const alerts: KnownAlert[] = [];
  try {
    const input = path === '-' ? process.stdin : createReadStream(path);
    input.setEncoding('latin1');
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const alert = alertInLine(line);
      if (alert !== undefined) alerts.push(alert);
    }
    if (alerts.length > 0 || path === '-') return alerts;
    const whole = alertInLine(readFileSync(path, 'latin1'));
    return whole === undefined ? [] : [whole];
  } catch (cause) {
    throw unreadable('ALERTS_UNREADABLE', path, cause);
  }
}

/** What is needed to get the alerts of captures. */
export interface CaptureAlertsJob {
  readonly captures: readonly CaptureFile[];
  readonly rules: RunningRules;
  /** Only those of this rule. */
  readonly rule?: ByteString | undefined;
  /** Other fields that alerts are to tell, as outputs name them. */
  readonly fields?: readonly string[];
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** An output that shows these fields; none for no field. */
const fieldsOutput = (names: readonly ByteString[], lookup: FieldLookup): Output | undefined =>
  names.length === 0
    ? undefined
    : (compileOutput(names.map((name) => `%${name}`).join(' '), lookup) as Output);

/** The alerts that rules give for captures, with all fields that tell one kind of activity from another, whatever their outputs name. */
export async function captureAlerts({
  captures,
  rules: { engine, alerts: alertRules, sources },
  rule,
  fields: others = [],
  onDiagnostic,
  onProgress,
}: CaptureAlertsJob): Promise<readonly KnownAlert[]> {
  const alerts: KnownAlert[] = [];
  const { anyField } = languageWith({ sources });
  const told = new Map(
    [undefined, ...sources].map((source) => {
      const names = new Set([...(source?.lasting ?? STABLE_FIELDS), ...others.map(toBytes)]);
      return [source, fieldsOutput([...names], anyField)] as const;
    }),
  );
  for (const { path } of captures) {
    const { diagnostics } = await readCapture(path, {
      asks: (code) => engine.asks(code),
      sources,
      onEvent: (event, visible) => {
        if (!visible) return true;
        for (const index of engine.match(event)) {
          const alertRule = alertRules[index]!;
          if (rule !== undefined && alertRule.name !== rule) continue;
          const { fields } = makeAlert(alertRule, event, '');
          alerts.push({
            rule: alertRule.name,
            event: event.num,
            values: new Map([...(told.get(event.origin)?.fields(event) ?? []), ...fields]),
          });
        }
        return true;
      },
      ...(onProgress && { onProgress }),
    });
    diagnostics.forEach(onDiagnostic);
  }
  return alerts;
}
