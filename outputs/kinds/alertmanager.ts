import * as z from 'zod';
import type { Priority } from '../../engine/index.ts';
import type { RoutedAlert } from '../alert.ts';
import { HttpClient, httpSettings } from '../http.ts';
import { defineOutput, SendError } from '../output.ts';
import { duration, httpUrl } from '../settings.ts';
import { valueNamed, valueText } from '../template.ts';

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const label = z.string().regex(LABEL, 'expected a name of letters, digits and "_"');

/** Prometheus' Alertmanager. Labels are few and stable, so that it can group what belongs together; all else is annotations. */
export const alertmanager = defineOutput({
  kind: 'alertmanager',
  summary: "Sends alerts to Prometheus' Alertmanager (API v2).",
  config: z.strictObject({
    url: z
      .union([httpUrl, z.array(httpUrl).min(1)])
      .transform((url) => [url].flat())
      .describe(
        'Alertmanager, or all of one cluster: each gets every alert, as it is meant; one that takes them is enough',
      ),
    labels: z
      .array(z.string())
      .default(['k8s.ns.name', 'k8s.pod.name', 'container.name'])
      .describe(
        'Fields that become labels (`k8s_ns_name`), beside `alertname`, `priority`, `severity`, `source` and `hostname`. Alerts with equal labels are one alert there; fields that differ in each, such as times, make every event a new one',
      ),
    extra_labels: z.record(label, z.string()).default({}).describe('Labels of every alert'),
    annotations: z.array(z.string()).optional().describe('Fields that become annotations; all if left away'),
    severities: z
      .record(z.string(), z.string())
      .default({})
      .describe(
        '`severity` of priorities, where not critical (emergency to critical), error, warning or info',
      ),
    expires_after: duration
      .prefault('1h')
      .describe(
        'How long an alert stays active after it was sent: longer than the `group_interval` of Alertmanager, or it may miss it',
      ),
    ...httpSettings,
  }),
  secrets: ['headers'],
  batch: { max: 64 },
  example: { url: 'http://alertmanager:9093', labels: ['k8s.ns.name'] },
  notes:
    'Delivered is what one Alertmanager has answered with 200. A duplicate has the same labels and is the same alert there. Alertmanager keeps alerts in memory only.',
  async open({ url: urls, ...settings }, place) {
    const client = new HttpClient(settings, place);
    return {
      async send(batch, { signal, log }) {
        const now = Date.now();
        const body = JSON.stringify(
          amAlerts(
            batch.map(({ alert }) => alert),
            settings,
            now,
          ),
        );
        const headers = { 'content-type': 'application/json' };
        const results = await Promise.allSettled(
          urls.map((url) =>
            client.send({ url: `${url.replace(/\/+$/, '')}/api/v2/alerts`, headers, body, signal }),
          ),
        );
        const errors = results.flatMap((result) =>
          result.status === 'rejected' ? [result.reason as Error] : [],
        );
        if (errors.length === urls.length) throw worthRetrying(errors);
        for (const error of errors) log.warn(error.message);
      },
      async close() {
        client.close();
      },
    };
  },
});

/** Of several errors, one that may pass. */
const worthRetrying = (errors: readonly Error[]): Error =>
  errors.find((error) => error instanceof SendError && error.failure.retry) ?? errors[0]!;

interface LabelSettings {
  readonly labels: readonly string[];
  readonly extra_labels: Readonly<Record<string, string>>;
  readonly annotations?: readonly string[] | undefined;
  readonly severities: Readonly<Record<string, string>>;
  readonly expires_after: number;
}

/** An alert as Alertmanager's API has it. */
interface AmAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** Those with equal labels become one, which says how many they are. */
function amAlerts(alerts: readonly RoutedAlert[], settings: LabelSettings, now: number): AmAlert[] {
  const endsAt = new Date(now + settings.expires_after).toISOString();
  const same = new Map<string, { labels: Record<string, string>; alerts: RoutedAlert[] }>();
  for (const alert of alerts) {
    const labels = labelsOf(alert, settings);
    const key = JSON.stringify(labels);
    const found = same.get(key);
    if (found === undefined) same.set(key, { labels, alerts: [alert] });
    else found.alerts.push(alert);
  }
  return [...same.values()].map(({ labels, alerts: [...these] }) => ({
    labels,
    annotations: annotationsOf(these, settings),
    startsAt: startOf(these[0]!),
    endsAt,
  }));
}

/** Nanoseconds are cut: Alertmanager takes them, but nothing reads them. */
function startOf({ time, received }: RoutedAlert): string {
  const ms = Date.parse(time.replace(/(\.\d{3})\d+/, '$1'));
  return new Date(Number.isNaN(ms) ? received : ms).toISOString();
}

const SEVERITY: Readonly<Record<Priority, string>> = {
  Emergency: 'critical',
  Alert: 'critical',
  Critical: 'critical',
  Error: 'error',
  Warning: 'warning',
  Notice: 'info',
  Informational: 'info',
  Debug: 'info',
};

function labelsOf(alert: RoutedAlert, { labels: names, extra_labels: extra, severities }: LabelSettings) {
  const { rule, priority, source, hostname } = alert;
  const own = Object.entries(severities).find(([name]) => name.toLowerCase() === priority.toLowerCase());
  const labels: Record<string, string> = {
    alertname: rule || 'Falco alert',
    priority,
    severity: own?.[1] ?? SEVERITY[priority],
    source,
    hostname,
    ...fieldsOf(alert, names),
    ...extra,
  };
  // An empty label is none.
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

function annotationsOf(
  alerts: readonly RoutedAlert[],
  { annotations }: LabelSettings,
): Record<string, string> {
  const last = alerts.at(-1)!;
  return {
    ...fieldsOf(last, annotations ?? [...last.fields.keys()]),
    summary: last.rule,
    description: last.output,
    tags: last.tags.join(','),
    id: last.id,
    ...(alerts.length > 1 && { count: String(alerts.length) }),
  };
}

function fieldsOf(alert: RoutedAlert, names: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const name of names) {
    const value = valueNamed(alert, name);
    if (value !== undefined && value !== null) fields[labelName(name)] = valueText(value);
  }
  return fields;
}

/** `proc.aname[2]` as `proc_aname_2`. */
function labelName(field: string): string {
  const name = field.replace(/\W+/g, '_').replace(/_+$/, '');
  return LABEL.test(name) ? name : `_${name}`;
}
