/** Cases as text, for people and for reports that hold text. */
import type { CaseResult, Difference, MadeEvent } from '../../rules/index.ts';
import { paint, type Layout } from '../columns.ts';
import { visible } from './plain.ts';

/** What a report shows of a case below its name: why it must be so, what differs, and why. `full`: what its events were made of, too. */
export function caseLines(result: CaseResult, layout: Layout, full: boolean): string[] {
  const { case: head, outcome, differences, events, explanations } = result;
  const lines = head.why === undefined ? [] : [`why: ${head.why}`];
  if (outcome === 'fixed') lines.push('passes now: remove `todo`');
  if (outcome === 'todo') lines.push(`todo${head.todo === '' ? '' : `: ${head.todo}`}`);
  lines.push(...differencesText(differences, layout));
  if (full) lines.push(...eventsText(events, layout));
  for (const { of, rule, event, text } of explanations) {
    if (of === 'alert') lines.push(paint('dim', `alert ${event}${rule === '' ? '' : `: ${rule}`}`, layout));
    else if (explanations.length > 1 || events.length !== 1)
      lines.push(paint('dim', `${rule}, event ${event}:`, layout));
    lines.push(...text.split('\n').map((line) => `  ${line}`));
  }
  return lines;
}

/** `- expected` above `+ got`, keys of one alert together. */
function differencesText(differences: readonly Difference[], layout: Layout): string[] {
  const width = Math.max(...differences.map(({ key }) => key.length));
  let last: string | undefined;
  return differences.flatMap(({ alert, key, expected, got }) => {
    const head = alert !== undefined && alert !== last ? [alert] : [];
    last = alert;
    const lines = [
      ...side('-', expected).map((line) => paint('green', line, layout)),
      ...side('+', got).map((line) => paint('red', line, layout)),
    ];
    return [...head, ...lines.map((line, i) => `  ${(i === 0 ? key : '').padEnd(width)}  ${line}`)];
  });
}

const side = (sign: string, text: string): string[] =>
  text.split('\n').map((line, i) => `${i === 0 ? sign : ' '} ${visible(line)}`);

function eventsText(events: readonly MadeEvent[], layout: Layout): string[] {
  return events.flatMap(({ facts, derived }, i) => [
    events.length > 1 ? `event ${i + 1}` : 'event',
    ...facts.map(({ field, value }) => `  ${field} = ${value === null ? '<NA>' : String(value)}`),
    ...derived.map(({ field, value, from }) => paint('dim', `  ${field} = ${value}  (${from})`, layout)),
  ]);
}
