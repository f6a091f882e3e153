/** Mails about one alert or several, as text and as HTML. Nothing of an alert is markup there. */
import type { RoutedAlert } from './alert.ts';
import type { Delivery } from './output.ts';
import { COLOURS, mostSevere } from './severity.ts';
import { ESCAPES, valueText } from './template.ts';

/** Alerts that a digest shows in full; the rest is counted. */
const MAX_SHOWN = 50;

/** `12 alerts, Critical: Read shadow ×10, Shell ×2`. */
export function digestSubject(batch: readonly Delivery[]): string {
  const rules = countedRules(batch).map(([rule, count]) => `${rule} ×${count}`);
  return `${batch.length} alerts, ${mostSevere(batch)}: ${rules.join(', ')}`;
}

/** The plain text of a mail. */
export function digestText(batch: readonly Delivery[]): string {
  const [first] = batch as [Delivery, ...Delivery[]];
  const shown = batch.slice(0, MAX_SHOWN).map((delivery) => alertText(delivery, batch.length === 1));
  const head = batch.length === 1 ? '' : `${digestSubject(batch)}\n\n`;
  const rest = batch.length > MAX_SHOWN ? `\n\n… and ${batch.length - MAX_SHOWN} more` : '';
  return `${head}${shown.join('\n\n')}${rest}\n\n-- \nid ${first.alert.id}\n`;
}

function alertText({ alert, text }: Delivery, alone: boolean): string {
  if (!alone) return text();
  const rows = rowsOf(alert).map(([key, value]) => `${key}: ${ESCAPES.line(value)}`);
  return `${text()}\n\n${rows.join('\n')}`;
}

/** The HTML of a mail. Styles stand in the elements: mail programs drop all others. */
export function digestHtml(batch: readonly Delivery[]): string {
  const shown = batch.slice(0, MAX_SHOWN).map((delivery) => alertHtml(delivery, batch.length === 1));
  const head = batch.length === 1 ? '' : `<p><b>${ESCAPES.html(digestSubject(batch))}</b></p>`;
  const rest = batch.length > MAX_SHOWN ? `<p>… and ${batch.length - MAX_SHOWN} more</p>` : '';
  return `<!DOCTYPE html><html><body style="font-family:sans-serif;font-size:14px">${head}${shown.join('')}${rest}</body></html>`;
}

function alertHtml({ alert, text }: Delivery, alone: boolean): string {
  const { html } = ESCAPES;
  const title = `<b style="color:${COLOURS[alert.priority]}">${html(alert.priority)}</b> ${html(alert.rule)}`;
  const body = `<p>${title}</p><pre style="white-space:pre-wrap">${html(text())}</pre>`;
  if (!alone) return body;
  const rows = rowsOf(alert).map(
    ([key, value]) =>
      `<tr><td style="padding-right:1em;color:#666">${html(key)}</td><td>${html(value)}</td></tr>`,
  );
  return `${body}<table>${rows.join('')}</table>`;
}

function rowsOf({ rule, priority, time, hostname, source, tags, fields }: RoutedAlert): [string, string][] {
  const own = { rule, priority, time, hostname, source, tags: tags.join(', ') };
  return [
    ...Object.entries(own).filter(([, value]) => value !== ''),
    ...[...fields].map(([key, value]): [string, string] => [key, valueText(value)]),
  ];
}

function countedRules(batch: readonly Delivery[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { alert } of batch) counts.set(alert.rule, (counts.get(alert.rule) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
