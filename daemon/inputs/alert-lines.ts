import type { Readable } from 'node:stream';
import * as z from 'zod';
import { AlertError, MAX_ALERT_BYTES, readAlert, size, type RoutedAlert } from '../../outputs/index.ts';
import { alertOfText } from './alert-text.ts';
import type { HealthRecord } from './health.ts';
import type { InputContext } from './input.ts';
import type { Intake } from './intake.ts';
import { MOST_RECORD_BYTES, type RecordReader } from './records.ts';
import { LineCutter } from './lines.ts';

/** How alerts are written where they come from. */
const ALERT_FORMATS = ['json', 'text'] as const;
export type AlertFormatName = (typeof ALERT_FORMATS)[number];

/** Settings of every input that reads alerts as text. */
export const alertTextSettings = {
  format: z
    .enum(ALERT_FORMATS)
    .default('json')
    .describe(
      '`json`: Falco has `json_output: true`; `text`: it has not, and its alerts tell no rule, source, tags or fields',
    ),
  max_alert_bytes: size
    .refine((bytes) => bytes >= 1024 && bytes <= MAX_ALERT_BYTES, 'expected 1KiB to 1MiB')
    .prefault('1MiB')
    .describe('Longest alert; longer ones are refused and counted'),
} as const;

/** Reads one alert in either format; throws an `AlertError`. */
export function readAlertAs(
  format: AlertFormatName,
  text: Buffer,
  origin: { readonly input: string; readonly received: number },
): RoutedAlert {
  return format === 'json' ? readAlert(text, origin) : alertOfText(text.toString(), origin);
}

/** Longest line, or other piece, that is read: an alert, or a record of a source. */
export const longestPiece = (
  { max_alert_bytes: most }: { readonly max_alert_bytes: number },
  { records }: Pick<InputContext, 'records'>,
): number => (records === undefined ? most : MOST_RECORD_BYTES);

/** Between two lines in the log about what was refused, in milliseconds. */
const TELL_AGAIN = 10_000;

/** Makes alerts of lines of a stream where nobody waits for an answer: what is none is counted, and told in the log now and then. */
export class AlertLines {
  readonly #format: AlertFormatName;
  readonly #records: RecordReader | undefined;
  readonly #name: string;
  readonly #log: InputContext['log'];
  readonly #health: HealthRecord;
  readonly #now: () => number;
  #told = -Infinity;
  #untold = 0;

  constructor(
    format: AlertFormatName,
    { name, log, records, now = Date.now }: Pick<InputContext, 'name' | 'log' | 'now' | 'records'>,
    health: HealthRecord,
  ) {
    this.#format = format;
    this.#records = records;
    this.#name = name;
    this.#log = log;
    this.#health = health;
    this.#now = now;
  }

  /** The alerts in lines; empty lines are none, and no mistake. */
  read(lines: readonly Buffer[], place: () => string = () => ''): RoutedAlert[] {
    const origin = { input: this.#name, received: this.#now() };
    const alerts: RoutedAlert[] = [];
    for (const line of lines) {
      if (isBlank(line)) continue;
      if (this.#records !== undefined) {
        this.#readRecord(this.#records, line, origin, alerts, place);
        continue;
      }
      try {
        alerts.push(readAlertAs(this.#format, line, origin));
      } catch (error) {
        if (!(error instanceof AlertError)) throw error;
        this.refuse(error.message, { place: place(), ...(error.hint && { hint: error.hint }) });
      }
    }
    return alerts;
  }

  #readRecord(
    records: RecordReader,
    line: Buffer,
    origin: { readonly input: string; readonly received: number },
    alerts: RoutedAlert[],
    place: () => string,
  ): void {
    let events = 0;
    for (const outcome of records.read(line, origin)) {
      if ('problem' in outcome) {
        const { problem, hint } = outcome;
        this.refuse(problem, { place: place(), ...(hint !== undefined && { hint }) });
        continue;
      }
      events++;
      for (const alert of outcome.alerts) alerts.push(alert);
    }
    this.#health.saw(events);
  }

  /** Counts what is no alert. */
  refuse(reason: string, details: Readonly<Record<string, unknown>> = {}, count = 1): void {
    this.#health.refused(count);
    this.#untold += count;
    const now = this.#now();
    if (now - this.#told < TELL_AGAIN) return;
    this.#log.warn(this.#records === undefined ? 'not an alert' : 'not an event', {
      reason,
      refused: this.#untold,
      ...details,
    });
    this.#told = now;
    this.#untold = 0;
  }
}

const isBlank = (line: Buffer): boolean =>
  line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/**
 * Reads a stream of lines to its end. The next piece is read when the sink has the alerts of the last, so that whoever writes has to wait, too.
 * False if the input was stopped before.
 *
 * @throws what the stream fails with.
 */
export async function deliverLines(
  stream: Readable,
  { most, lines, intake, place }: { most: number; lines: AlertLines; intake: Intake; place?: () => string },
): Promise<boolean> {
  const cutter = new LineCutter(most);
  const deliver = async ({ lines: cut, tooLong }: ReturnType<LineCutter['push']>): Promise<boolean> => {
    if (tooLong > 0) lines.refuse(`a line of more than ${most} bytes`, { place: place?.() ?? '' }, tooLong);
    const alerts = lines.read(cut, place);
    return alerts.length === 0 || (await intake.deliver(alerts));
  };
  for await (const chunk of stream) if (!(await deliver(cutter.push(chunk as Buffer)))) return false;
  return deliver(cutter.end());
}
