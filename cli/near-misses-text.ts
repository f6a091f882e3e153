import { fromBytes } from '../engine/index.ts';
import type { Miss, NearMisses } from '../daemon/index.ts';
import { writtenCheck } from '../rules/index.ts';
import { paint, type Layout } from './columns.ts';
import { placeText, shownValue } from './decision-text.ts';
import { grouped } from './progress.ts';

/** What of the misses is shown. */
export interface NearMissesOptions {
  /** How many reasons are shown. */
  readonly top: number;
  /** The event types at which the rule is asked, as text. */
  readonly types: string;
}

/** The nearest misses of a rule, for people: what would have had to be different, how often, and where. */
export function renderNearMisses(
  { events, asked, misses }: NearMisses,
  options: NearMissesOptions,
  layout: Layout,
): string {
  const { top, types } = options;
  if (asked.size === 0)
    return `None of the ${grouped(events)} events is of a type at which the rule is asked: ${types}.`;
  const counts = [...asked].map(([name, count]) => `${grouped(count)} ${name}`).join(', ');
  const lines = [`Asked at ${counts}, of ${grouped(events)} events.`];
  if (misses.length === 0) lines.push('No event came near: more than three checks were wrong at each.');
  for (const miss of misses.slice(0, top)) lines.push('', ...renderMiss(miss, layout));
  if (misses.length > top)
    lines.push(
      '',
      paint('dim', `${grouped(misses.length - top)} more reasons: --top ${misses.length}`, layout),
    );
  return lines.join('\n');
}

function renderMiss({ obstacles, events, examples }: Miss, layout: Layout): readonly string[] {
  const title = `${grouped(events)} event${events === 1 ? '' : 's'} missed by ${obstacles.length === 1 ? 'one check' : `${obstacles.length} checks`}:`;
  return [
    paint('bold', title, layout),
    ...obstacles.map(({ node, wanted }) => {
      const check = fromBytes(writtenCheck(node));
      const where = paint('dim', placeText(node.place), layout);
      return `  ${paint('red', '✗', layout)} ${wanted ? '' : 'not '}${check}  ${where}`;
    }),
    ...examples.map(({ num, read }) =>
      paint('dim', `    event ${num}: ${read.map(shownValue).join(', ')}`, layout),
    ),
  ];
}
