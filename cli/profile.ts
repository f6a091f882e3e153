import { styleText } from 'node:util';
import type { RuleProfile } from '../daemon/index.ts';
import { grouped } from './progress.ts';
import { table } from './table.ts';

/** Rows of each table; JSON has all. */
const ROWS = 20;
/** Longer checks are cut, in characters. */
const CHECK_WIDTH = 90;

/** What rules and checks cost, for people: the most expensive of each. */
export function renderProfile({ seconds, rules, checks }: RuleProfile, colour: boolean): string {
  const asked = rules.filter(({ events }) => events > 0);
  return [
    `Time in the checks of rules that are asked one after the other: ${seconds.toFixed(2)} s`,
    '',
    ...columns(
      ['SHARE', 'EVENTS', 'NS/EVENT', 'MATCHES', 'RULE'],
      asked
        .slice(0, ROWS)
        .map(({ share, events, seconds: took, matches, rule }) => [
          percent(share),
          grouped(events),
          each(took, events),
          grouped(matches),
          rule,
        ]),
      colour,
    ),
    ...more(asked.length, 'rules'),
    '',
    ...columns(
      ['SHARE', 'MADE', 'TRUE', 'NS EACH', 'RULES', 'CHECK'],
      checks
        .slice(0, ROWS)
        .map(({ share, times, held, seconds: took, rules: inRules, check }) => [
          percent(share),
          grouped(times),
          percent(held / times),
          each(took, times),
          String(inRules),
          cut(check),
        ]),
      colour,
    ),
    ...more(checks.length, 'checks'),
  ].join('\n');
}

/** Columns to the right, the last one to the left. */
function columns(heads: readonly string[], rows: readonly (readonly string[])[], colour: boolean): string[] {
  const right = heads.slice(0, -1).map((_, i) => i);
  const [head = '', ...lines] = table(heads, rows, { right }).trimEnd().split('\n');
  return [colour ? styleText('bold', head, { validateStream: false }) : head, ...lines];
}

const more = (count: number, what: string): string[] =>
  count > ROWS ? [`… and ${count - ROWS} more ${what} (--json has all)`] : [];

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const each = (seconds: number, count: number): string => grouped(Math.round((seconds / count) * 1e9));
const cut = (check: string): string =>
  check.length > CHECK_WIDTH ? `${check.slice(0, CHECK_WIDTH - 1)}…` : check;
