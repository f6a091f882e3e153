import { RANKINGS, type EventSummary, type Ranking } from '../daemon/index.ts';
import { alertTime, fromBytes } from '../engine/index.ts';
import { grouped } from './progress.ts';
import { printable, table } from './table.ts';

const TITLES: Readonly<Record<(typeof RANKINGS)[number], string>> = {
  types: 'EVENT TYPE',
  processes: 'PROCESS',
  containers: 'CONTAINER',
  files: 'FILE',
  connections: 'CONNECTION',
  errors: 'ERROR',
};

/** What is in captures, for people: a line of totals, then a table for each kind. Lines are no longer than `width`. */
export function renderEventSummary(summary: EventSummary, width: number): string {
  const { events, read, written, first, last } = summary;
  const time =
    first === undefined || last === undefined
      ? ''
      : ` in ${(Number((last - first) / 1_000_000n) / 1000).toFixed(3)} s from ${alertTime(first)}`;
  const nothingMoves = summary.sources.length > 0 && read + written === 0;
  const io = nothingMoves ? '' : `; ${bytes(read)} read, ${bytes(written)} written`;
  const parts = [`${grouped(events)} events${time}${io}\n`];
  for (const kind of RANKINGS) {
    const ranking = summary[kind];
    if (ranking.top.length > 0) parts.push(rankingTable(TITLES[kind], ranking, kind === 'errors', width));
  }
  for (const { title, ranking } of summary.sources.flatMap(({ counts }) => counts))
    if (ranking.top.length > 0) parts.push(rankingTable(title, ranking, true, width));
  return parts.join('\n');
}

function rankingTable(title: string, { distinct, top }: Ranking, onlyEvents: boolean, width: number): string {
  const more = distinct - top.length;
  const moves = !onlyEvents && top.some(({ read, written }) => read + written > 0);
  const rows = top.map(({ name, events, read, written }) => [
    grouped(events),
    ...(moves ? [bytes(read), bytes(written)] : []),
    printable(name),
  ]);
  const head = ['EVENTS', ...(moves ? ['READ', 'WRITTEN'] : []), title];
  return (
    table(head, rows, { right: moves ? [0, 1, 2] : [0], width }) +
    (more > 0 ? `and ${grouped(more)} more\n` : '')
  );
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `12.3 kB` */
function bytes(count: number): string {
  let value = count;
  let unit = 0;
  for (; value >= 999.95 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** The same as one JSON object. */
export function summaryJson(summary: EventSummary): string {
  const { events, read, written, first, last } = summary;
  return JSON.stringify({
    events,
    first: first === undefined ? null : alertTime(first),
    last: last === undefined ? null : alertTime(last),
    read,
    written,
    ...Object.fromEntries(
      RANKINGS.map((kind) => [
        kind,
        {
          distinct: summary[kind].distinct,
          top: summary[kind].top.map(({ name, ...count }) => ({ name: fromBytes(name), ...count })),
        },
      ]),
    ),
    sources: Object.fromEntries(
      summary.sources.map(({ source, counts }) => [
        fromBytes(source),
        Object.fromEntries(
          counts.map(({ name, ranking: { distinct, top } }) => [
            name,
            {
              distinct,
              top: top.map(({ name: thing, events: seen }) => ({ name: fromBytes(thing), events: seen })),
            },
          ]),
        ),
      ]),
    ),
  });
}
