import { percentOf, type Coverage, type LeafCoverage, type RuleCoverage } from '../../rules/index.ts';
import { layoutOf, paint, type Layout } from '../columns.ts';
import { placeText } from '../decision-text.ts';

/** So many rules are shown with what is missing, the worst first. */
const WORST = 10;

/** A percentage with one digit; 100 only where nothing is missing. */
export const percentText = (percent: number): string =>
  `${percent === 100 || percent < 0.05 ? percent.toFixed(0) : Math.min(99.9, percent).toFixed(1)} %`;

/** What tests do not show of the rules, the worst first; `all` names every rule. */
export function coverageText(
  coverage: Coverage,
  options: { all?: boolean } = {},
  layout: Layout = layoutOf(process.stdout),
): string {
  const { rules, routes, seen, possible } = coverage;
  const lines = [
    paint('bold', `Coverage ${percentText(percentOf(coverage))}`, layout) +
      ` (${seen} of ${possible} outcomes of checks, in ${covered(coverage)})`,
  ];
  const untested = rules.filter(isUntested);
  const lacking = rules
    .filter((rule) => isLacking(rule) && !isUntested(rule))
    .sort((a, b) => percentOf(a) - percentOf(b));
  const shown = options.all === true ? lacking : lacking.slice(0, WORST);
  for (const rule of shown) lines.push('', ...ruleLines(rule, layout));
  if (lacking.length > shown.length)
    lines.push(
      '',
      paint(
        'dim',
        `${lacking.length - shown.length} more rules are not covered in full: --coverage=json or html has all`,
        layout,
      ),
    );
  if (untested.length > 0) {
    const names = untested.map(({ name }) => name);
    const more = `and ${names.length - NAMED} others`;
    const named = options.all === true || names.length <= NAMED ? names : [...names.slice(0, NAMED), more];
    lines.push(
      '',
      paint('red', `${untested.length} rule${untested.length === 1 ? ' was' : 's were'} not tested:`, layout),
      ...named.map((name) => `  ${name}`),
    );
  }
  lines.push(...routesLines(routes, options.all === true, layout));
  return `${lines.join('\n')}\n`;
}

/** `5 rules and 3 routes`: what was to be covered. */
export function covered({ rules, routes }: Pick<Coverage, 'rules' | 'routes'>): string {
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  if (routes.length === 0) return count(rules.length, 'rule');
  const ofRoutes = count(routes.length, 'route');
  return rules.length === 0 ? ofRoutes : `${count(rules.length, 'rule')} and ${ofRoutes}`;
}

/** Routes that no alert came to in one line each; of others, what was not seen. */
function routesLines(routes: readonly RuleCoverage[], all: boolean, layout: Layout): readonly string[] {
  const unreached = routes.filter(({ fires, silent, possible }) => fires + silent === 0 && possible > 0);
  const lacking = routes
    .filter((route) => route.seen < route.possible && !unreached.includes(route))
    .sort((a, b) => percentOf(a) - percentOf(b));
  const lines: string[] = [];
  for (const route of all ? lacking : lacking.slice(0, WORST)) {
    const { name, fires, silent, place } = route;
    const took = `took ${fires === 0 ? 'no alert' : `${fires} ${fires === 1 ? 'alert' : 'alerts'}`}`;
    const passed = silent === 0 ? '' : `, passed ${silent} by`;
    const at = paint('dim', placeText(place), layout);
    lines.push(
      '',
      `${paint('bold', name, layout)}  ${percentText(percentOf(route))}, ${took}${passed}  ${at}`,
    );
    lines.push(...leafLines(route, layout));
  }
  if (unreached.length === 0) return lines;
  const count = `${unreached.length} route${unreached.length === 1 ? ' was' : 's were'} never reached:`;
  const width = Math.max(...unreached.map(({ name }) => name.length));
  return [
    ...lines,
    '',
    paint('red', count, layout),
    ...unreached.map(
      ({ name, place }) => `  ${name.padEnd(width)}  ${paint('dim', placeText(place), layout)}`,
    ),
  ];
}

/** Whether no case is about a rule, and none showed anything of it: nothing is to be said of its checks. */
const isUntested = ({ fires, silent, leaves }: RuleCoverage): boolean =>
  fires + silent === 0 && leaves.every(({ held, failed }) => held + failed === 0);

/** Whether something of a rule is not shown by tests. Items of lists are only told, not counted. */
const isLacking = (rule: RuleCoverage): boolean =>
  rule.seen < rule.possible || rule.fires === 0 || rule.silent === 0 || rule.unusedExceptions.length > 0;

function ruleLines(rule: RuleCoverage, layout: Layout): readonly string[] {
  const cases = [countText(rule.fires, 'fires'), countText(rule.silent, 'silent')].join(', ');
  const lines = [
    `${paint('bold', rule.name, layout)}  ${percentText(percentOf(rule))}, ${cases}  ${paint('dim', placeText(rule.place), layout)}`,
  ];
  lines.push(...leafLines(rule, layout));
  for (const { name, place } of rule.unusedExceptions)
    lines.push(
      `  ${paint('red', 'not applied', layout)}  exception ${name}  ${paint('dim', placeText(place), layout)}`,
    );
  return lines;
}

/** What was not seen of checks, and of the items of their lists. */
function leafLines({ leaves }: RuleCoverage, layout: Layout): readonly string[] {
  const rows = leaves.flatMap((leaf) => {
    const missing = missingOf(leaf);
    return missing === undefined ? [] : [{ missing, leaf }];
  });
  const width = Math.min(60, Math.max(0, ...rows.map(({ leaf }) => leaf.text.length)));
  const lines = rows.map(
    ({ missing, leaf }) =>
      `  ${paint('red', missing.padEnd(11), layout)}  ${leaf.text.padEnd(width)}  ${paint('dim', placeText(leaf.place), layout)}`,
  );
  const unmatched = [...new Set(leaves.flatMap((leaf) => leaf.unmatched.map(({ value }) => value)))];
  if (unmatched.length > 0) lines.push(paint('dim', `  items never matched: ${listed(unmatched)}`, layout));
  return lines;
}

/** What was not seen of a check that could be. */
export function missingOf({ kind, held, failed, canHold, canFail }: LeafCoverage): string | undefined {
  if (kind === 'stage') return canHold && held === 0 ? 'never held' : undefined;
  if (held + failed === 0) return canHold || canFail ? 'never made' : undefined;
  if (canHold && held === 0) return 'never true';
  return canFail && failed === 0 ? 'never false' : undefined;
}

const countText = (count: number, kind: string): string =>
  count === 0 ? `no ${kind} case` : `${count} ${kind}`;

/** So many items are named. */
const NAMED = 12;

const listed = (items: readonly string[]): string =>
  items.length > NAMED
    ? `${items.slice(0, NAMED).join(', ')} and ${items.length - NAMED} others`
    : items.join(', ');
