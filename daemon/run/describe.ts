import type { RouteSettings } from '../../outputs/index.ts';
import type { RunConfig } from '../config/run-config.ts';

/** What `tiercel run` would do with a configuration, as lines for people. */
export function describeRun({ own, inputs, outputs, routing, falco, path }: RunConfig): string {
  const lines: string[] = [`queue: ${path(own.data_dir)}`, 'inputs:'];
  for (const { name, kind, as } of inputs) lines.push(`  ${name}: ${kind.kind}, ${as}`);
  if (inputs.some(({ as }) => as === 'events')) lines.push(`rules: ${falco.rules_files.join(', ')}`);
  lines.push('outputs:');
  for (const { name, kind } of outputs) lines.push(`  ${name}: ${kind.kind}`);
  lines.push('routes:');
  for (const route of routing.routes) lines.push(...routeLines(route, '  '));
  const rest = routing.default ?? outputs.map(({ name }) => name);
  lines.push(`  else: ${rest.join(', ') || '(nowhere)'}`);
  if (routing.silences.length > 0) lines.push(`silences: ${routing.silences.length}`);
  return `${lines.join('\n')}\n`;
}

const STAGES = [
  'silence',
  'inhibit',
  'active',
  'mute',
  'sample',
  'dedup',
  'throttle',
  'set',
  'group',
] as const;

function routeLines(route: RouteSettings, indent: string): string[] {
  const stages = STAGES.filter((stage) => route[stage]);
  const parts = [
    route.match ?? 'all alerts',
    ...(stages.length > 0 ? [`[${stages.join(', ')}]`] : []),
    ...(route.outputs ? [`-> ${route.outputs.join(', ') || '(nowhere)'}`] : []),
    ...(route.continue ? ['and on'] : []),
  ];
  return [
    `${indent}${parts.join(' ')}`,
    ...(route.routes ?? []).flatMap((child) => routeLines(child, `${indent}  `)),
  ];
}
