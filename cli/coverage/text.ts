import { percentOf, type Coverage, type LeafCoverage, type RuleCoverage } from '../../rules/index.ts';
import { layoutOf, paint, type Layout } from '../columns.ts';
import { placeText } from '../decision-text.ts';

/** So many rules are shown with what is missing, the worst first. */
const WORST = 10;

export const percentText = (percent: number): string =>
  `${percent === 100 || percent < 0.05 ? percent.toFixed(0) : Math.min(99.9, percent).toFixed(1)} %`;

/** What tests do not show of the rules, the worst first; `all` names every rule. */
export function coverageText(
  coverage: Coverage,
  options: { all?: boolean } = {},
  layout: Layout = layoutOf(process.stdout),
): string {
  const { rules, seen, possible } = coverage;
  const lines = [
    paint('bold', `Coverage ${percentText(percentOf(coverage))}`, layout) +
      ` (${seen} of ${possible} outcomes of checks, in ${rules.length} rule${rules.length === 1 ? '' : 's'})`,
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
  return `${lines.join('\n')}\n`;
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
  const rows = rule.leaves.flatMap((leaf) => {
    const missing = missingOf(leaf);
    return missing === undefined ? [] : [{ missing, leaf }];
  });
  const width = Math.min(60, Math.max(0, ...rows.map(({ leaf }) => leaf.text.length)));
  for (const { missing, leaf } of rows)
    lines.push(
      `  ${paint('red', missing.padEnd(11), layout)}  ${leaf.text.padEnd(width)}  ${paint('dim', placeText(leaf.place), layout)}`,
    );
  const unmatched = [...new Set(rule.leaves.flatMap((leaf) => leaf.unmatched.map(({ value }) => value)))];
  if (unmatched.length > 0) lines.push(paint('dim', `  items never matched: ${listed(unmatched)}`, layout));
  for (const { name, place } of rule.unusedExceptions)
    lines.push(
      `  ${paint('red', 'not applied', layout)}  exception ${name}  ${paint('dim', placeText(place), layout)}`,
    );
  return lines;
}

/** What was not seen of a check that could be. */
export function missingOf({ held, failed, canHold, canFail }: LeafCoverage): string | undefined {
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
