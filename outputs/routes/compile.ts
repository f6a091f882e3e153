import { createHash } from 'node:crypto';
import { didYouMean } from '../../engine/index.ts';
import type { RouteInfo } from '../output.ts';
import { compileTemplate, TemplateError, type Template } from '../template.ts';
import { doubtOf, type AlertCondition, type AlertConditions } from './condition.ts';
import { GroupStage } from './group.ts';
import type { HeldAlert } from './held-alert.ts';
import type { RouteNode, RoutedDelivery, RoutedEntry } from './node.ts';
import type { RouteProblem } from './problem.ts';
import type {
  GroupSettings,
  RouteSettings,
  RoutingSettings,
  SetSettings,
  SilenceSettings,
} from './schema.ts';
import { dedupStage } from './stages/dedup.ts';
import { inhibitStage, type Inhibition } from './stages/inhibit.ts';
import { sampleStage } from './stages/sample.ts';
import { changed, type Changes } from './stages/set.ts';
import { silenceId, silenceStage, type Silence } from './stages/silence.ts';
import type { Stage } from './stages/stage.ts';
import { throttleStage } from './stages/throttle.ts';
import { timeStage } from './stages/time.ts';
import type { StageState } from './state.ts';
import type { Table } from './table.ts';

type Path = RouteProblem['path'];

/** What routes are compiled with. */
export interface CompileContext {
  readonly conditions: AlertConditions;
  readonly state: StageState;
  readonly held: Table<HeldAlert>;
  readonly release: (entries: readonly RoutedEntry[]) => void;
  /** Names of the outputs that there are; not checked if undefined. */
  readonly outputs: readonly string[] | undefined;
  readonly report: (problem: RouteProblem) => void;
}

/** What a route has from those above it. */
interface Inherited {
  readonly id: string;
  readonly outputs: readonly string[];
  readonly info: Omit<RouteInfo, 'route'>;
  readonly group: GroupSettings | false;
  readonly summary: boolean;
}

/** Compiles the tree of routes. Its root takes what no route took. */
export function compileTree(settings: RoutingSettings, context: CompileContext): RouteNode {
  const outputs = settings.default ?? context.outputs ?? [...new Set(namedOutputs(settings.routes))];
  checkOutputs(settings.default, ['default'], context);
  if (settings.default === undefined && outputs.length === 0)
    context.report({
      path: ['default'],
      severity: 'error',
      message: 'there is no output for alerts that no route takes',
      hint: 'name one: `default: [stdout]`, or `default: []` for none',
    });
  const root: Inherited = { id: '', outputs, info: {}, group: false, summary: true };
  return {
    id: '',
    label: 'default',
    path: ['default'],
    match: undefined,
    continues: false,
    stages: [],
    change: undefined,
    routes: compileLevel(settings.routes, ['routes'], root, context),
    deliveries: deliveriesOf(outputs, { route: 'default' }),
    group: undefined,
    summary: true,
  };
}

function compileLevel(
  routes: readonly RouteSettings[],
  path: Path,
  above: Inherited,
  context: CompileContext,
): readonly RouteNode[] {
  const used = new Map<string, number>();
  routes.slice(0, -1).forEach((route, i) => {
    if (route.match === undefined && !route.continue)
      context.report({
        path: [...path, i],
        severity: 'warning',
        message: 'this route takes all alerts: those behind it are never asked',
        hint: 'give it a condition (`match`), `continue: true`, or the last place',
      });
  });
  return routes.map((route, i) => {
    const own = route.name ?? route.match ?? '';
    const nth = used.get(own) ?? 0;
    used.set(own, nth + 1);
    const id = createHash('sha256')
      .update(JSON.stringify([above.id, own, nth]))
      .digest('hex')
      .slice(0, 16);
    return compileRoute(route, [...path, i], { ...above, id }, context);
  });
}

function compileRoute(
  route: RouteSettings,
  path: Path,
  above: Inherited,
  context: CompileContext,
): RouteNode {
  const { id } = above;
  const label = route.name === undefined ? labelOf(path) : `${labelOf(path)} ${route.name}`;
  checkOutputs(route.outputs, [...path, 'outputs'], context);
  checkKeys(route, path, context);
  if (route.template !== undefined) templateAt(route.template, [...path, 'template'], context);
  const { template, format, settings } = route;
  const info = {
    ...above.info,
    ...(template !== undefined && { template }),
    ...(format !== undefined && { format }),
    ...(settings !== undefined && { settings: { ...above.info.settings, ...settings } }),
  };
  const inherited: Inherited = {
    id,
    outputs: route.outputs ?? above.outputs,
    info,
    group: route.group ?? above.group,
    summary: route.summary ?? above.summary,
  };
  const changes = route.set && compileSet(route.set, [...path, 'set'], context);
  return {
    id,
    label,
    path,
    match: conditionAt(route.match, [...path, 'match'], context),
    continues: route.continue,
    stages: compileStages(route, path, id, context),
    change: changes && ((alert) => changed(alert, changes)),
    routes: compileLevel(route.routes ?? [], [...path, 'routes'], inherited, context),
    deliveries: deliveriesOf(inherited.outputs, { ...info, route: label }),
    group: inherited.group
      ? new GroupStage(inherited.group, { id, label }, context.state, context.held, context.release)
      : undefined,
    summary: inherited.summary,
  };
}

/** The order in which stages are asked is that of the lines here; it is documented. */
function compileStages(
  route: RouteSettings,
  path: Path,
  id: string,
  context: CompileContext,
): readonly Stage[] {
  const { state } = context;
  const stages: Stage[] = [];
  if (route.inhibit) stages.push(inhibitStage(compileInhibitions(route, path, context), id, state));
  if (route.silence) {
    const silences = compileSilences(route.silence, [...path, 'silence'], context);
    stages.unshift({ ...silenceStage(() => silences), silences });
  }
  if (route.active) stages.push(timeStage('active', route.active));
  if (route.mute) stages.push(timeStage('mute', route.mute));
  if (route.sample !== undefined) stages.push(sampleStage(route.sample));
  if (route.dedup) stages.push(dedupStage(route.dedup, id, state));
  if (route.throttle) stages.push(throttleStage(route.throttle, id, state));
  return stages;
}

function compileInhibitions(
  { inhibit = [] }: RouteSettings,
  path: Path,
  context: CompileContext,
): readonly Inhibition[] {
  return inhibit.flatMap((settings, i) => {
    const source = conditionAt(settings.source, [...path, 'inhibit', i, 'source'], context);
    const target = conditionAt(settings.target, [...path, 'inhibit', i, 'target'], context);
    return source && target ? [{ ...settings, source, target }] : [];
  });
}

/** Silences with their conditions compiled; those with wrong conditions are reported and left away. */
export function compileSilences(
  silences: readonly SilenceSettings[],
  path: Path,
  context: Pick<CompileContext, 'conditions' | 'report'>,
): readonly Silence[] {
  const known = new Set<string>();
  return silences.flatMap((settings, i) => {
    const id = silenceId(settings);
    if (known.has(id) && settings.id !== undefined)
      context.report({
        path: [...path, i, 'id'],
        severity: 'error',
        message: `there is another silence ${id}`,
      });
    known.add(id);
    if ((settings.starts ?? -Infinity) >= (settings.until ?? Infinity))
      context.report({
        path: [...path, i, 'until'],
        severity: 'error',
        message: 'the silence ends before it starts',
      });
    const match = conditionAt(settings.match, [...path, i, 'match'], context);
    return match === undefined && settings.match !== undefined ? [] : [{ id, settings, match }];
  });
}

function compileSet(settings: SetSettings, path: Path, context: CompileContext): Changes {
  const { fields = {}, output } = settings;
  return {
    ...settings,
    fields: Object.entries(fields).flatMap(([name, source]) => {
      const template = templateAt(source, [...path, 'fields', name], context);
      return template ? [[name, template] as const] : [];
    }),
    output: output === undefined ? undefined : templateAt(output, [...path, 'output'], context),
  };
}

function conditionAt(
  text: string | undefined,
  path: Path,
  { conditions, report }: Pick<CompileContext, 'conditions' | 'report'>,
): AlertCondition | undefined {
  if (text === undefined) return undefined;
  const verdict = conditions.compile(text, path);
  if ('problem' in verdict) {
    report(verdict.problem);
    return undefined;
  }
  verdict.warnings.forEach(report);
  return verdict.condition;
}

function templateAt(source: string, path: Path, { report }: CompileContext): Template | undefined {
  try {
    return compileTemplate(source);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { message, at, hint } = error;
    report({
      path,
      severity: 'error',
      message,
      ...(hint !== undefined && { hint }),
      at: { index: at, length: 1 },
    });
    return undefined;
  }
}

function checkOutputs(
  names: readonly string[] | undefined,
  path: Path,
  { outputs, report }: CompileContext,
): void {
  names?.forEach((name, i) => {
    if (outputs?.includes(name) !== false) return;
    const hint = didYouMean(name, outputs) ?? `outputs are ${outputs.join(', ') || '(none)'}`;
    report({ path: [...path, i], severity: 'error', message: `there is no output ${name}`, hint });
  });
}

function* namedOutputs(routes: readonly RouteSettings[]): Generator<string> {
  for (const { outputs, routes: below } of routes) {
    yield* outputs ?? [];
    yield* namedOutputs(below ?? []);
  }
}

/** Names of fields by which alerts are told apart, and that are likely misspelt. */
function checkKeys(route: RouteSettings, path: Path, { report }: CompileContext): void {
  const lists: readonly (readonly [Path, readonly string[] | undefined])[] = [
    [['dedup', 'by'], route.dedup?.by],
    [['throttle', 'by'], route.throttle?.by],
    [['group', 'by'], route.group ? route.group.by : undefined],
    ...(route.inhibit ?? []).map(({ equal }, i) => [['inhibit', i, 'equal'], equal] as const),
  ];
  for (const [keys, names = []] of lists)
    names.forEach((name, i) => {
      const hint = PLAIN_NAMES.has(name) ? undefined : doubtOf(name);
      if (hint !== undefined)
        report({
          path: [...path, ...keys, i],
          severity: 'warning',
          message: `Falco has no field ${name}: it is taken for one of the alert's own`,
          hint,
        });
    });
}
/** Beside the fields of conditions. */
const PLAIN_NAMES: ReadonlySet<string> = new Set(['id', 'time', 'json']);

const deliveriesOf = (outputs: readonly string[], route: RouteInfo): readonly RoutedDelivery[] =>
  outputs.map((output) => ({ output, route }));

/** `routes[0].routes[2]` of a path. */
const labelOf = (path: Path): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('');
