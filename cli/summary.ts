import { styleText } from 'node:util';
import type { ReplaySummary } from '../daemon/index.ts';
import { grouped } from './progress.ts';

/** The summary of a replay for people. */
export function renderSummary(summary: ReplaySummary, colour: boolean): string {
  const { captures, events, seconds, alerts, byPriority, byRule } = summary;
  const bold = (text: string): string => (colour ? styleText('bold', text, { validateStream: false }) : text);
  const rate = seconds > 0 ? Math.round(events / seconds) : 0;
  const lines = [
    `${bold(grouped(events))} events of ${captures} ${captures === 1 ? 'capture' : 'captures'} in ${seconds.toFixed(2)} s (${grouped(rate)} events/s), ${bold(grouped(alerts))} ${alerts === 1 ? 'alert' : 'alerts'}`,
  ];
  const priorities = Object.entries(byPriority);
  if (priorities.length > 0)
    lines.push(`  by priority: ${priorities.map(([name, count]) => `${name} ${grouped(count)}`).join(', ')}`);
  for (const [rule, count] of Object.entries(byRule)) lines.push(`  ${grouped(count).padStart(7)}  ${rule}`);
  return lines.join('\n');
}
