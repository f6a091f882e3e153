/** Routes for tests of rules and routes. */
import { DiagnosticError, fromBytes, type Diagnostic } from '../engine/index.ts';
import {
  alertText,
  composeAlert,
  doubtOf,
  readAlert,
  STAGE_NAMES,
  SUMMARY_SOURCE,
  TemplateError,
  type AlertText,
  type FieldJson,
  type Json,
  type RoutedAlert,
  type RoutedEntry,
  type RouteInfo,
  type RouteNode,
  type RouteSettings,
} from '../outputs/index.ts';
import {
  diagnosticOfProblem,
  type AlertContent,
  type Explanation,
  type FactValue,
  type HeldAlert,
  type RoutedDelivery,
  type RoutesRun,
  type RoutesWatcher,
  type TestFile,
  type TestRoute,
  type TestRoutes,
} from '../rules/index.ts';
import {
  readRoutingFile,
  readRoutingPart,
  type RoutedOutput,
  type RoutingFile,
  type RoutingFileResult,
} from './config/routing-file.ts';
import { RouteTrials, type RouteTrial } from './route-trial.ts';
import { besideTest, readFile } from './test-files.ts';

/** Puts the way of an alert into words. */
export type ExplainRoutes = (trial: RouteTrial) => Pick<Explanation, 'text' | 'json'>;

/** Routes for tests, or why there are none. */
export interface LoadedTestRoutes {
  readonly routes: TestRoutes | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** What was read besides the test file. */
  readonly reads: readonly string[];
}

/** Reads the routes that a test file names, or has in it. */
export function loadTestRoutes(
  { name, routes }: Pick<TestFile, 'name' | 'routes'>,
  explain: ExplainRoutes | undefined,
): LoadedTestRoutes {
  const named = typeof routes === 'object' ? routes : undefined;
  const path = named === undefined ? name : besideTest(name, named.value);
  const failed = (diagnostics: readonly Diagnostic[]): LoadedTestRoutes => ({
    routes: undefined,
    diagnostics,
    reads: named === undefined ? [] : [path],
  });
  let file: RoutingFileResult;
  try {
    file =
      named === undefined
        ? readRoutingPart(name, fromBytes(readFile(name).content), ['routes'])
        : readRoutingFile(path, process.env);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    const { diagnostic } = error;
    return failed([
      diagnostic.code === 'CONFIG_UNREADABLE' && named !== undefined
        ? diagnosticOfProblem({
            code: 'TEST_NO_ROUTES',
            message: `there is no configuration ${named.value} to be read`,
            place: named.place,
            hint: 'paths are relative to the test file',
          })
        : diagnostic,
    ]);
  }
  if ('problems' in file) return failed(file.problems);
  const { trials, problems } = RouteTrials.of(file);
  const errors = problems
    .filter(({ severity }) => severity === 'error')
    .map(file.diagnosticOf)
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  if (trials === undefined) return failed(errors);
  return {
    routes: new FileRoutes(path, file, trials, explain),
    diagnostics: [],
    reads: file.files.filter((read) => read !== name),
  };
}

class FileRoutes implements TestRoutes {
  readonly file: string;
  readonly outputs: readonly string[];
  readonly nodes: readonly TestRoute[];
  readonly stages: readonly string[] = STAGE_NAMES;
  readonly language: TestRoutes['language'];
  /** Its conditions are those of the nodes. */
  readonly trials: RouteTrials;
  readonly explain: ExplainRoutes | undefined;
  readonly #routing: RoutingFile;
  readonly #texts: ReadonlyMap<string, AlertText>;

  constructor(file: string, routing: RoutingFile, trials: RouteTrials, explain: ExplainRoutes | undefined) {
    this.file = file;
    this.explain = explain;
    this.trials = trials;
    this.outputs = trials.outputs;
    this.language = trials.language;
    this.#routing = routing;
    this.#texts = new Map(routing.outputs?.map((output) => [output.name, textOf(output)]));
    const root = trials.nodes.at(-1)!.node;
    const reachable = reachableNodes(root);
    const { silences } = routing.settings;
    const place = routing.placeOf(['silences']);
    this.nodes = [
      // Silences of all routes are asked before any route is.
      ...(silences.length > 0
        ? [
            {
              ...OF_ALL,
              label: 'silences',
              names: ['silences'],
              place,
              stages: [{ stage: 'silence', place }],
            },
          ]
        : []),
      ...trials.nodes.map(({ node }) => this.#testRoute(node, reachable.has(node))),
    ];
  }

  doubtOf(field: string): string | undefined {
    return doubtOf(field);
  }

  start(origin: number | undefined): RoutesRun {
    // A router remembers: each case has its own.
    return new Run(this, RouteTrials.of(this.#routing).trials!, origin);
  }

  /** The text that an output makes of an alert. */
  text(output: string): AlertText {
    return this.#texts.get(output) ?? PLAIN_TEXT;
  }

  #testRoute(node: RouteNode, reachable: boolean): TestRoute {
    const { label, path, deliveries, routes } = node;
    return {
      label,
      names: label.split(' '),
      place: this.#routing.placeOf(path),
      condition: this.trials.conditionOf(node),
      stages: this.#stagesOf(node),
      // What a route below takes in any case, this one never delivers.
      outputs: routes.some(({ match }) => match === undefined) ? [] : deliveries.map(({ output }) => output),
      reachable,
    };
  }

  #stagesOf({ path, group }: RouteNode): TestRoute['stages'] {
    const settings = settingsAt(this.#routing.settings, path);
    return STAGE_NAMES.filter((stage) => {
      if (stage === 'group') return group !== undefined && group.settings.repeat > 0;
      const value = stage === 'outputs' || stage === 'once' ? undefined : settings[stage];
      return Array.isArray(value) ? value.length > 0 : value !== undefined;
    }).map((stage) => ({ stage, place: this.#routing.placeOf([...path, stage]) }));
  }
}

const OF_ALL = { condition: undefined, outputs: [], reachable: true } as const;

/** Routes that alerts can come to: not those behind one of the same level that takes all. */
function reachableNodes(root: RouteNode): ReadonlySet<RouteNode> {
  const found = new Set<RouteNode>();
  const visit = (nodes: readonly RouteNode[]): void => {
    for (const node of nodes) {
      found.add(node);
      visit(node.routes);
      if (node.match === undefined && !node.continues) return;
    }
  };
  visit(root.routes);
  if (root.routes.every(({ match }) => match !== undefined)) found.add(root);
  return found;
}

function settingsAt(settings: RoutingFile['settings'], path: RouteNode['path']): Partial<RouteSettings> {
  let value: unknown = settings;
  for (const key of path) value = (value as Record<string | number, unknown>)[key];
  return Array.isArray(value) || value === undefined ? {} : (value as RouteSettings);
}

/** An output whose template is wrong is told of elsewhere. */
function textOf({ format, template }: RoutedOutput): AlertText {
  try {
    return alertText({ format, template });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return alertText({ format });
  }
}
const PLAIN_TEXT = alertText({ format: 'text' });

/** Nobody waits longer for a summary. */
const LONGEST_WAIT = 366 * 24 * 3_600_000;

class Run implements RoutesRun {
  readonly deliveries: RoutedDelivery[] = [];
  readonly holds: HeldAlert[] = [];
  readonly #routes: FileRoutes;
  readonly #trials: RouteTrials;
  readonly #indexes: ReadonlyMap<string, number>;
  /** Which alert of the case one is. */
  readonly #known = new Map<string, number>();
  /** The same of those that wait in groups, by the group's route. */
  readonly #waiting = new Map<string, number[]>();
  #origin: number | undefined;
  #now: number | undefined;
  #taken = 0;

  constructor(routes: FileRoutes, trials: RouteTrials, origin: number | undefined) {
    this.#routes = routes;
    this.#trials = trials;
    this.#origin = origin;
    this.#indexes = new Map(routes.nodes.map(({ label }, i) => [label, i]));
  }

  get origin(): number {
    return this.#origin ?? 0;
  }

  take(
    said: AlertContent | string,
    at: number,
    {
      watcher,
      explain = false,
    }: { readonly watcher?: RoutesWatcher | undefined; readonly explain?: boolean },
  ): ReturnType<RoutesRun['take']> {
    this.#origin ??= at;
    this.#passTime(at);
    const alert = typeof said === 'string' ? readAlert(said, { input: '', received: at }) : alertOf(said, at);
    const nth = ++this.#taken;
    this.#known.set(keyOf(alert), nth);
    const trial = this.#trials.try(alert, at, {
      decides: explain,
      ...(watcher && {
        onAsked: (node, seen, matched) => {
          const index = this.#indexes.get(node.label)!;
          watcher.asked(index, this.#routes.trials.subject(seen));
          if (matched) watcher.took(index);
        },
      }),
    });
    if (watcher !== undefined) this.#tell(trial, watcher);
    for (const { route } of trial.routed.held) {
      const key = `${keyOf(alert)} ${route}`;
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), nth]);
    }
    this.#deliver(trial.routed.entries, at);
    for (const { route, stage, reason } of trial.routed.suppressed)
      this.holds.push({ alert: nth, stage, reason, route: route.split(' ') });
    return explain ? this.#routes.explain?.(trial) : undefined;
  }

  end(until: number | undefined): void {
    if (this.#now !== undefined) this.#passTime(until ?? this.#now + LONGEST_WAIT);
  }

  /** What happened beside the asking. */
  #tell({ steps, silenced }: RouteTrial, watcher: RoutesWatcher): void {
    const all = this.#indexes.get('silences');
    if (all !== undefined) {
      watcher.took(all);
      if (silenced !== undefined) watcher.heldBack(all, silenced.stage);
    }
    for (const { node, heldBack, delivers } of steps) {
      const index = this.#indexes.get(node.label)!;
      for (const { stage } of heldBack) watcher.heldBack(index, stage);
      // Nobody asks the default: it is what remains.
      if (node.path[0] === 'default' && delivers.length + heldBack.length > 0) watcher.took(index);
    }
  }

  #passTime(until: number): void {
    this.#now ??= until;
    for (;;) {
      const { due } = this.#trials;
      if (due === undefined || due > until) break;
      const now = Math.max(due, this.#now);
      this.#deliver(this.#trials.tick(now), now);
      // It goes on only as long as there is something new to wait for.
      if (now === this.#now && this.#trials.due !== undefined && this.#trials.due <= now) break;
      this.#now = now;
    }
    this.#now = Math.max(this.#now, until);
  }

  #deliver(entries: readonly RoutedEntry[], at: number): void {
    for (const { alert, deliveries } of entries) {
      const nth = this.#nthOf(alert, deliveries[0]!.route);
      for (const { output, route } of deliveries)
        this.deliveries.push({
          outputName: output,
          route: route.route.split(' '),
          at,
          alert: nth,
          summary: summaryOf(alert),
          rule: alert.rule,
          priority: alert.priority,
          source: alert.source,
          tags: alert.tags,
          output: alert.output,
          fields: new Map([...alert.fields].map(([name, value]) => [name, factValue(value)])),
          text: this.#routes.text(output)(alert, route),
          settings: route.settings ?? {},
        });
    }
  }

  #nthOf(alert: RoutedAlert, { route, group }: RouteInfo): number | undefined {
    const key = keyOf(alert);
    return (
      (group === undefined ? undefined : this.#waiting.get(`${key} ${route}`)?.shift()) ??
      this.#known.get(key)
    );
  }
}

/** What an alert says, and when it came. */
const keyOf = ({ id, received }: RoutedAlert): string => `${id} ${received}`;

function alertOf({ fields, input, time, ...said }: AlertContent, received: number): RoutedAlert {
  return composeAlert(
    {
      ...said,
      time: time ?? new Date(received).toISOString(),
      fields: new Map(fields.map(({ field, value }): [string, FieldJson] => [field, value])),
    },
    { input, received },
  );
}

function summaryOf({ source, fields }: RoutedAlert): number | undefined {
  const count = source === SUMMARY_SOURCE ? fields.get('tiercel.count') : undefined;
  return typeof count === 'number' ? count : undefined;
}

function factValue(value: Json): FactValue {
  if (value === null || typeof value !== 'object') return value;
  return Array.isArray(value)
    ? (value as readonly Json[]).map(factValue)
    : JSON.stringify([...(value as ReadonlyMap<string, Json>)]);
}
