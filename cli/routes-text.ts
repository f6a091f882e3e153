/** What `tiercel routes test` prints. */
import type { RouteStep, RouteTrial } from '../daemon/index.ts';
import { paint, type Layout } from './columns.ts';
import { partJson } from './decision-json.ts';
import { renderDecision } from './decision-text.ts';
import { table } from './table.ts';

/** The outputs that get an alert, one on a line, with the route that says so; then what was held back. */
export function renderTrial(trial: RouteTrial, layout: Layout, titled: boolean): string {
  const { routed } = trial;
  const rows = [
    ...routed.entries.flatMap(({ alert, deliveries }) =>
      deliveries.map(({ output, route }) => [
        output,
        route.route,
        alert.id === trial.alert.id ? '' : shownAlert(alert.rule, alert.output),
      ]),
    ),
    ...routed.held.flatMap(({ outputs, route, until, values }) =>
      outputs.map((output) => [
        output,
        route,
        `waits ${seconds(until - trial.alert.received)} for its group${values.length === 0 ? '' : ` (${values.join(', ')})`}`,
      ]),
    ),
    ...routed.suppressed.map(({ route, stage, reason }) => ['-', route, `${stage}: ${reason}`]),
  ];
  const lines = table(['OUTPUT', 'ROUTE', ''], rows, { width: layout.width });
  return `${titled ? `${title(trial, layout)}\n` : ''}${lines.replace(/ +$/gm, '')}${titled ? '\n' : ''}`;
}

const shownAlert = (rule: string, output: string): string => (output === '' ? rule : output);

const seconds = (milliseconds: number): string => `${Math.max(0, Math.round(milliseconds / 1000))}s`;

const title = ({ alert: { time, priority, rule } }: RouteTrial, layout: Layout): string =>
  paint('bold', `${time} ${priority} ${rule}`, layout);

/**
 * Every route, whether it took the alert, and why.
 *
 *     ✓ routes[0] prod → slack-sec
 *         match ✓ k8s.ns.name = prod                 is prod
 *       ✗ routes[0].routes[0]
 *           match ✗ priority >= critical             is Warning    ◀ tiercel.yaml:7:16
 *     · routes[1]
 *     · default
 */
export function renderTrialTree(trial: RouteTrial, layout: Layout, titled: boolean): string {
  const lines = titled ? [title(trial, layout)] : [];
  if (trial.silenced !== undefined)
    lines.push(paint('yellow', `✗ every route: ${trial.silenced.reason}`, layout));
  for (const step of trial.steps) lines.push(...stepLines(step, layout));
  return `${lines.join('\n')}\n${titled ? '\n' : ''}`;
}

function stepLines(step: RouteStep, layout: Layout): readonly string[] {
  const { node, depth, matched, decision, heldBack, delivers } = step;
  const isTaken = matched === true || delivers.length > 0;
  const [mark, colour] = isTaken
    ? (['✓', 'green'] as const)
    : matched === false
      ? (['✗', 'red'] as const)
      : (['·', 'dim'] as const);
  const indent = '  '.repeat(depth);
  const goes = delivers.length > 0 ? ` → ${delivers.join(', ')}` : '';
  const text = `${node.label}${paint('bold', goes, layout)}`;
  const lines = [`${indent}${paint(colour, mark, layout)} ${isTaken ? text : paint('dim', text, layout)}`];
  if (decision !== undefined)
    lines.push(
      ...renderDecision(decision, layout)
        .split('\n')
        .map((line) => `${indent}    ${line}`),
    );
  for (const { stage, reason } of heldBack)
    lines.push(`${indent}    ${paint('yellow', `${stage}: ${reason}`, layout)}`);
  return lines;
}

/**
 * One JSON object: {id, rule, deliveries: [{output, route}], held: [{output, route, until, values}], suppressed: [{route, stage, reason, key}], tree}. The tree has
 * for each route {route, depth, matched, match, delivers, heldBack}; `matched` is null where it was not asked; `match` says why, as `tiercel explain` does.
 */
export function trialJson({ alert, routed, steps }: RouteTrial): string {
  return JSON.stringify({
    id: alert.id,
    rule: alert.rule,
    deliveries: routed.entries
      .filter((entry) => entry.alert.id === alert.id)
      .flatMap(({ deliveries }) => deliveries.map(({ output, route }) => ({ output, ...route }))),
    held: routed.held.map(({ until, ...held }) => ({ ...held, until: new Date(until).toISOString() })),
    suppressed: routed.suppressed,
    tree: steps.map(({ node, depth, matched, decision, heldBack, delivers }) => ({
      route: node.label,
      depth,
      matched: matched ?? null,
      ...(decision !== undefined && { match: partJson(decision) }),
      delivers,
      heldBack: heldBack.map(({ stage, reason }) => ({ stage, reason })),
    })),
  });
}
