/** Where alerts go: the tree of routes, what its stages remember, and the time that passes for them. */
import type { RoutedAlert } from '../alert.ts';
import { compileTree, type CompileContext } from './compile.ts';
import { AlertConditions } from './condition.ts';
import { heldAlertCodec, type HeldAlert } from './held-alert.ts';
import { nodesOf, type RoutedDelivery, type RoutedEntry, type RouteNode } from './node.ts';
import type { RouteProblem } from './problem.ts';
import type { HeldReport, Routed, RouteObserver, RouterStats, SuppressionReport } from './routed.ts';
import type { RoutingSettings, SilenceSettings } from './schema.ts';
import { Silences, type ListedSilence } from './silences.ts';
import type { HeldBack, StageName } from './stages/stage.ts';
import { StageState, type Moment } from './state.ts';
import type { StateJson, Table } from './table.ts';
import { Tallies } from './tally.ts';

/** What routes are made with. */
export interface RouterOptions {
  /** Names of the outputs that there are; not checked if left away. */
  readonly outputs?: readonly string[];
  /** What `json`, or all that `changes` ever gave, held. */
  readonly state?: StateJson;
}

/** Alerts that all groups keep at most; beyond, the oldest is handed over. */
export const MOST_HELD = 20_000;
/** Sum of the bytes of their JSON, or nearly; they are in memory. */
export const MOST_HELD_BYTES = 64 << 20;
const PRUNE_EVERY = 60_000;

/** A walk of one alert through the tree. */
interface Walk {
  /** Only the deliveries are wanted: no stage is asked. */
  readonly dry: boolean;
  readonly entries: Map<RoutedAlert, RoutedDelivery[]>;
  /** Outputs that have the alert, and from which route. */
  readonly reached: Map<string, string>;
  readonly held: HeldReport[];
  readonly suppressed: SuppressionReport[];
  readonly moment: Moment;
  readonly observer: RouteObserver | undefined;
}

/**
 * Routes alerts. Nothing is lost in it: an alert is delivered, kept for a group, or held back, which is counted. It has no timers: `tick` is to be called when `due` is reached.
 *
 * What it remembers is to be kept together with what it gave (`changes`, then `keep`); if that fails, `undo` makes it forget, and the alerts can come again.
 */
export class Router {
  readonly root: RouteNode;
  readonly conditions: AlertConditions;
  readonly #state: StageState;
  readonly #held: Table<HeldAlert>;
  readonly #tallies: Tallies;
  readonly #silences: Silences;
  readonly #nodes: readonly RouteNode[];
  readonly #counts = new Map<string, { route: string; stage: StageName; count: number }>();
  readonly #outputs: ReadonlySet<string>;
  #released: RoutedEntry[] = [];
  /** Nothing is due before (`Moment.steady`); at the start, what was restored is looked at. */
  #due: number | undefined = -Infinity;
  #hasOrphans = true;

  private constructor(
    settings: RoutingSettings,
    options: RouterOptions,
    report: (problem: RouteProblem) => void,
  ) {
    const state = new StageState();
    if (options.state) state.restore(options.state);
    this.#state = state;
    this.conditions = new AlertConditions();
    this.#held = state.table('held', MOST_HELD, (_key, held) => this.#release(held), heldAlertCodec, {
      most: MOST_HELD_BYTES,
      of: ({ alert }) => alert.json.length,
    });
    this.#tallies = new Tallies(state, (entry) => this.#release(entry));
    this.#silences = new Silences(state, this.conditions);
    const context: CompileContext = {
      conditions: this.conditions,
      state,
      held: this.#held,
      release: (entries) => entries.forEach((entry) => this.#release(entry)),
      outputs: options.outputs,
      report,
    };
    this.root = compileTree(settings, context);
    this.#nodes = [...nodesOf(this.root)];
    this.#silences.read(settings.silences, report);
    this.#outputs = new Set(
      options.outputs ?? this.#nodes.flatMap(({ deliveries }) => deliveries.map(({ output }) => output)),
    );
    state.forgetOthers();
  }

  /** Compiles routes; problems that are no warnings keep them from working. */
  static create(
    settings: RoutingSettings,
    options: RouterOptions = {},
  ): { readonly router: Router | undefined; readonly problems: readonly RouteProblem[] } {
    const problems: RouteProblem[] = [];
    const router = new Router(settings, options, (problem) => problems.push(problem));
    const isWrong = problems.some(({ severity }) => severity === 'error');
    return { router: isWrong ? undefined : router, problems };
  }

  /**
   * Says where an alert goes.
   *
   * @param now Milliseconds since the epoch; may be less than before.
   */
  route(alert: RoutedAlert, now: number, observer?: RouteObserver): Routed {
    const moment = this.#moment(now);
    const walk: Walk = {
      dry: false,
      entries: new Map(),
      reached: new Map(),
      held: [],
      suppressed: [],
      moment,
      observer,
    };
    const silenced = this.#silences.stage.check(alert, moment);
    if (silenced === undefined) this.#enter(this.root, alert, walk);
    else this.#holdBack(undefined, alert, silenced, walk);
    const entries = [...walk.entries].map(([routed, deliveries]) => ({ alert: routed, deliveries }));
    return { entries: [...entries, ...this.#takeReleased()], held: walk.held, suppressed: walk.suppressed };
  }

  /** Lets time pass: gives alerts of groups whose time has come, and summaries. */
  tick(now: number): readonly RoutedEntry[] {
    const moment = this.#moment(now);
    if (this.#hasOrphans) this.#releaseOrphans();
    for (const { group } of this.#nodes) group?.tick(moment);
    this.#tallies.tick(moment);
    this.#due = undefined;
    for (const { group } of this.#nodes) this.#dueAt(group?.due);
    this.#dueAt(this.#tallies.due);
    return this.#takeReleased();
  }

  /** When `tick` has something to do (milliseconds since the epoch), or earlier; undefined if nothing waits. */
  get due(): number | undefined {
    return this.#due === undefined ? undefined : this.#state.wallAt(this.#due);
  }

  /** What changed of what is remembered, since changes were kept: by names of entries; `undefined` is to be deleted. */
  changes(): ReadonlyMap<string, unknown> {
    return this.#state.changes();
  }

  /** Says that the changes that were last asked for are kept. What happened since then is to be kept next. */
  keep(): void {
    this.#state.keep();
  }

  /** Forgets everything that is not kept, as what was given with it is not going to be delivered. */
  undo(): void {
    this.#state.undo();
    this.#silences.restore();
    this.#hasOrphans = true;
    this.#due = -Infinity;
  }

  /** All that is remembered. */
  json(): ReadonlyMap<string, unknown> {
    return this.#state.json();
  }

  get stats(): RouterStats {
    return {
      suppressed: [...this.#counts.values()],
      evicted: this.#state.evictions,
      held: this.#held.size,
    };
  }

  // ---- silences of all routes

  /** All that are not over, with where they are from. */
  silences(now: number): readonly ListedSilence[] {
    return this.#silences.list(now);
  }

  /** Adds a silence, or replaces that of the same id; it is remembered. */
  silence(settings: SilenceSettings, now: number): readonly RouteProblem[] {
    const problems = this.#silences.add(settings);
    if (!problems.some(({ severity }) => severity === 'error')) this.#endSilences(now);
    return problems;
  }

  /** Ends a silence that was added; false if there is none of this id. */
  unsilence(id: string, now: number): boolean {
    const ended = this.#silences.remove(id);
    if (ended) this.#endSilences(now);
    return ended;
  }

  /** What silences held back that are no more is summed up at the next tick. */
  #endSilences(now: number): void {
    const ofRoutes = this.#nodes.flatMap(({ stages }) => stages.flatMap(({ silences }) => silences ?? []));
    const ids = new Set([...this.#silences.all, ...ofRoutes].map(({ id }) => id));
    this.#tallies.end(this.#state.moment(now), (stage, [id]) => stage === 'silence' && !ids.has(id!));
    this.#due = -Infinity;
  }

  // ---- the walk

  /** Asks the routes of a level; says whether one took the alert. */
  #ask(nodes: readonly RouteNode[], alert: RoutedAlert, walk: Walk): boolean {
    let taken = false;
    for (const node of nodes) {
      const matched = node.match === undefined || node.match.matches(alert);
      walk.observer?.asked?.(node, alert, matched);
      if (!matched) continue;
      taken = true;
      this.#enter(node, alert, walk);
      if (!node.continues) break;
    }
    return taken;
  }

  #enter(node: RouteNode, alert: RoutedAlert, walk: Walk): void {
    if (!walk.dry)
      for (const stage of node.stages) {
        const heldBack = stage.check(alert, walk.moment);
        if (heldBack !== undefined) return this.#holdBack(node, alert, heldBack, walk);
      }
    const seen = node.change === undefined ? alert : node.change(alert);
    if (node.routes.length > 0 && this.#ask(node.routes, seen, walk)) return;
    this.#deliver(node, seen, walk);
  }

  #deliver(node: RouteNode, alert: RoutedAlert, walk: Walk): void {
    const deliveries = node.deliveries.filter((delivery) => this.#isFirst(node, alert, delivery, walk));
    if (node.deliveries.length === 0)
      this.#holdBack(node, alert, nowhere('outputs', 'the route has no outputs'), walk);
    if (deliveries.length === 0) return;
    if (node.group !== undefined && !walk.dry) {
      const kept = node.group.take(alert, deliveries, walk.moment);
      if ('stage' in kept) return this.#holdBack(node, alert, kept, walk, deliveries);
      this.#dueAt(kept.until);
      walk.held.push({
        route: node.label,
        outputs: deliveries.map(({ output }) => output),
        values: kept.values,
        until: this.#state.wallAt(kept.until),
      });
    } else {
      const known = walk.entries.get(alert);
      if (known === undefined) walk.entries.set(alert, [...deliveries]);
      else known.push(...deliveries);
    }
    walk.observer?.delivers?.(
      node,
      deliveries.map(({ output }) => output),
    );
  }

  /** An output gets an alert once, from the first route that names it, unless routes set something different there. */
  #isFirst(node: RouteNode, alert: RoutedAlert, { output, route }: RoutedDelivery, walk: Walk): boolean {
    const target = route.settings === undefined ? output : `${output} ${JSON.stringify(route.settings)}`;
    const first = walk.reached.get(target);
    if (first === undefined) {
      walk.reached.set(target, node.label);
      return true;
    }
    this.#holdBack(node, alert, nowhere('once', `${output} has it from ${first}`), walk);
    return false;
  }

  /** @param deliveries Where the alert would have gone; found by asking the routes below if left away. */
  #holdBack(
    node: RouteNode | undefined,
    alert: RoutedAlert,
    heldBack: HeldBack,
    walk: Walk,
    deliveries?: readonly RoutedDelivery[],
  ): void {
    if (walk.dry) return;
    const { stage, reason, names, values, until } = heldBack;
    const route = node?.label ?? 'silences';
    const counter = `${route} ${stage}`;
    const count = this.#counts.get(counter);
    if (count === undefined) this.#counts.set(counter, { route, stage, count: 1 });
    else count.count++;
    walk.suppressed.push({
      route,
      stage,
      reason,
      key: Object.fromEntries(names.map((name, i) => [name, values[i]!])),
    });
    walk.observer?.heldBack?.(node, heldBack);
    if (until === undefined || node?.summary === false) return;
    this.#dueAt(until);
    const from = node ?? { id: 'silences', label: route };
    this.#tallies.add(
      from,
      alert,
      heldBack,
      until,
      walk.moment,
      () => deliveries ?? this.#deliveriesBelow(node ?? this.root, alert, walk.moment),
    );
  }

  #deliveriesBelow(node: RouteNode, alert: RoutedAlert, moment: Moment): readonly RoutedDelivery[] {
    const walk: Walk = {
      dry: true,
      entries: new Map(),
      reached: new Map(),
      held: [],
      suppressed: [],
      moment,
      observer: undefined,
    };
    this.#enter(node, alert, walk);
    return [...walk.entries.values()].flat();
  }

  // ---- what is released

  /** Takes the time; once in a while, what is over is forgotten. */
  #moment(now: number): Moment {
    const moment = this.#state.moment(now);
    if (Math.floor(moment.steady / PRUNE_EVERY) !== Math.floor(moment.before / PRUNE_EVERY)) {
      for (const { stages } of this.#nodes) for (const stage of stages) stage.prune?.(moment);
      this.#silences.prune(now);
    }
    return moment;
  }

  #dueAt(steady: number | undefined): void {
    if (steady !== undefined && steady < (this.#due ?? Number.MAX_SAFE_INTEGER)) this.#due = steady;
  }

  #takeReleased(): readonly RoutedEntry[] {
    if (this.#released.length === 0) return [];
    const released = this.#released;
    this.#released = [];
    return released;
  }

  /** What was to go to outputs that are no more goes to those of the default. */
  #release({ alert, deliveries }: RoutedEntry): void {
    const known = deliveries.filter(({ output }) => this.#outputs.has(output));
    this.#released.push({ alert, deliveries: known.length > 0 ? known : this.root.deliveries });
  }

  /** Alerts of groups whose route is no more. */
  #releaseOrphans(): void {
    this.#hasOrphans = false;
    const grouped = new Set(this.#nodes.filter(({ group }) => group !== undefined).map(({ id }) => id));
    for (const [key, { alert, deliveries, node }] of this.#held.entries()) {
      if (grouped.has(node)) continue;
      this.#held.delete(key);
      this.#release({ alert, deliveries });
    }
  }
}

const nowhere = (stage: StageName, reason: string): HeldBack => ({
  stage,
  reason,
  names: [],
  values: [],
  until: undefined,
});
