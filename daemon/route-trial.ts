import { compileCondition, Event } from '../engine/index.ts';
import {
  nodesOf,
  parseAlertCondition,
  Router,
  type HeldBack,
  type RoutedAlert,
  type Routed,
  type RoutedEntry,
  type RouteNode,
  type RouteProblem,
} from '../outputs/index.ts';
import {
  decide,
  eventProbe,
  standingCondition,
  type ConditionNode,
  type Decision,
  type Language,
} from '../rules/index.ts';
import type { RoutingFile } from './config/routing-file.ts';

/** What a route did with an alert. */
export interface RouteStep {
  readonly node: RouteNode;
  /** Routes above it. */
  readonly depth: number;
  /** Undefined: it was not asked. */
  readonly matched: boolean | undefined;
  /** Why it matched or did not; undefined if it was not asked, has no condition, or nobody wants to know. */
  readonly decision: Decision | undefined;
  readonly heldBack: readonly HeldBack[];
  /** Outputs that it delivers to, now or with its group. */
  readonly delivers: readonly string[];
}

/** Where one alert goes, and why. */
export interface RouteTrial {
  readonly alert: RoutedAlert;
  readonly routed: Routed;
  /** For each route, those above first; the last is the default. */
  readonly steps: readonly RouteStep[];
  /** A silence for all routes, if one holds it back. */
  readonly silenced: HeldBack | undefined;
}

/** What is wanted of a trial. */
export interface TrialOptions {
  /** Whether steps say why. Default: they do. */
  readonly decides?: boolean;
  /** Called when a route is asked, with the alert as it is seen there. */
  readonly onAsked?: (node: RouteNode, seen: RoutedAlert, matched: boolean) => void;
}

/** Routes that alerts can be tried on. Nothing is delivered. */
export class RouteTrials {
  /** All routes, those above first; the default stands last, as it is asked last. */
  readonly nodes: readonly { readonly node: RouteNode; readonly depth: number }[];
  readonly #router: Router;
  readonly #file: RoutingFile;
  readonly #conditions = new Map<RouteNode, ConditionNode>();
  readonly #event = new Event();

  private constructor(router: Router, file: RoutingFile) {
    this.#router = router;
    this.#file = file;
    this.nodes = [...stepsBelow(router.root, 0)];
  }

  /** The names of all outputs that alerts can go to. */
  get outputs(): readonly string[] {
    const named = [...nodesOf(this.#router.root)].flatMap(({ deliveries }) => deliveries);
    const known = this.#file.outputs?.map(({ name }) => name) ?? [];
    return [...new Set([...known, ...named.map(({ output }) => output)])];
  }

  /** Compiles the routes of a file; `router` is undefined where they have errors. */
  static of(file: RoutingFile): {
    readonly trials: RouteTrials | undefined;
    readonly problems: readonly RouteProblem[];
  } {
    const { router, problems } = Router.create(
      file.settings,
      file.outputs === undefined ? {} : { outputs: file.outputs.map(({ name }) => name) },
    );
    return { trials: router && new RouteTrials(router, file), problems };
  }

  /** Routes an alert as if it came at a time, after those that were tried before. */
  try(alert: RoutedAlert, now: number, { decides = true, onAsked }: TrialOptions = {}): RouteTrial {
    const asked = new Map<RouteNode, Pick<RouteStep, 'matched' | 'decision'>>();
    const heldBack = new Map<RouteNode | undefined, HeldBack[]>();
    const delivers = new Map<RouteNode, readonly string[]>();
    const routed = this.#router.route(alert, now, {
      asked: (node, seen, matched) => {
        onAsked?.(node, seen, matched);
        asked.set(node, { matched, decision: decides ? this.#decide(node, seen) : undefined });
      },
      heldBack: (node, held) => heldBack.set(node, [...(heldBack.get(node) ?? []), held]),
      delivers: (node, outputs) => delivers.set(node, outputs),
    });
    const steps = this.nodes.map(({ node, depth }) => ({
      node,
      depth,
      ...(asked.get(node) ?? { matched: undefined, decision: undefined }),
      heldBack: heldBack.get(node) ?? [],
      delivers: delivers.get(node) ?? [],
    }));
    return { alert, routed, steps, silenced: heldBack.get(undefined)?.[0] };
  }

  /** Lets time pass: gives what groups hand over, and what sums up. */
  tick(now: number): readonly RoutedEntry[] {
    return this.#router.tick(now);
  }

  /** When `tick` has something to do, or earlier; undefined if nothing waits. */
  get due(): number | undefined {
    return this.#router.due;
  }

  /** The condition of a route with the places of its checks, which may be made of what `subject` gives. */
  conditionOf(node: RouteNode): ConditionNode | undefined {
    if (node.match === undefined) return undefined;
    let condition = this.#conditions.get(node);
    if (condition === undefined) {
      const place = this.#file.textAt([...node.path, 'match']);
      condition = standingCondition(node.match.text, this.language, place);
      this.#conditions.set(node, condition);
    }
    return condition;
  }

  /** The language of conditions over alerts. */
  get language(): Pick<Language, 'parse' | 'compile'> {
    return {
      parse: parseAlertCondition,
      compile: (expr) => compileCondition(expr, this.#router.conditions.bind),
    };
  }

  /** What checks of conditions are asked about, so that they see an alert. */
  subject(alert: RoutedAlert): Event {
    this.#router.conditions.alert = alert;
    return this.#event;
  }

  #decide(node: RouteNode, alert: RoutedAlert): Decision | undefined {
    const condition = this.conditionOf(node);
    return condition && decide(condition, eventProbe(this.subject(alert)));
  }
}

function* stepsBelow(node: RouteNode, depth: number): Generator<{ node: RouteNode; depth: number }> {
  const isRoot = node.path[0] === 'default';
  if (!isRoot) yield { node, depth };
  for (const child of node.routes) yield* stepsBelow(child, isRoot ? 0 : depth + 1);
  if (isRoot) yield { node, depth };
}
