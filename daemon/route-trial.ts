import { compileCondition, Event } from '../engine/index.ts';
import {
  nodesOf,
  parseAlertCondition,
  Router,
  type HeldBack,
  type RoutedAlert,
  type Routed,
  type RouteNode,
  type RouteProblem,
} from '../outputs/index.ts';
import { decide, eventProbe, standingCondition, type Decision } from '../rules/index.ts';
import type { RoutingFile } from './config/routing-file.ts';

/** What a route did with an alert. */
export interface RouteStep {
  readonly node: RouteNode;
  /** Routes above it. */
  readonly depth: number;
  /** Undefined: it was not asked. */
  readonly matched: boolean | undefined;
  /** Why it matched or did not; undefined if it was not asked, or has no condition. */
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

/** Routes that alerts can be tried on. Nothing is delivered. */
export class RouteTrials {
  readonly #router: Router;
  readonly #file: RoutingFile;

  private constructor(router: Router, file: RoutingFile) {
    this.#router = router;
    this.#file = file;
  }

  /** The names of all outputs that alerts can go to. */
  get outputs(): readonly string[] {
    const named = [...nodesOf(this.#router.root)].flatMap(({ deliveries }) => deliveries);
    return [...new Set([...(this.#file.outputs ?? []), ...named.map(({ output }) => output)])];
  }

  /** Compiles the routes of a file; `router` is undefined where they have errors. */
  static of(file: RoutingFile): {
    readonly trials: RouteTrials | undefined;
    readonly problems: readonly RouteProblem[];
  } {
    const { router, problems } = Router.create(
      file.settings,
      file.outputs === undefined ? {} : { outputs: file.outputs },
    );
    return { trials: router && new RouteTrials(router, file), problems };
  }

  /** Routes an alert as if it came at a time, after those that were tried before. */
  try(alert: RoutedAlert, now: number): RouteTrial {
    const router = this.#router;
    const asked = new Map<RouteNode, Pick<RouteStep, 'matched' | 'decision'>>();
    const heldBack = new Map<RouteNode | undefined, HeldBack[]>();
    const delivers = new Map<RouteNode, readonly string[]>();
    const routed = router.route(alert, now, {
      asked: (node, seen, matched) => asked.set(node, { matched, decision: this.#decide(node, seen) }),
      heldBack: (node, held) => heldBack.set(node, [...(heldBack.get(node) ?? []), held]),
      delivers: (node, outputs) => delivers.set(node, outputs),
    });
    const steps = [...stepsBelow(router.root, 0)].map(({ node, depth }) => ({
      node,
      depth,
      ...(asked.get(node) ?? { matched: undefined, decision: undefined }),
      heldBack: heldBack.get(node) ?? [],
      delivers: delivers.get(node) ?? [],
    }));
    return { alert, routed, steps, silenced: heldBack.get(undefined)?.[0] };
  }

  #decide(node: RouteNode, alert: RoutedAlert): Decision | undefined {
    if (node.match === undefined) return undefined;
    const { conditions } = this.#router;
    const language = {
      parse: parseAlertCondition,
      compile: (expr: Parameters<typeof compileCondition>[0]) => compileCondition(expr, conditions.bind),
    };
    const condition = standingCondition(
      node.match.text,
      language,
      this.#file.textAt([...node.path, 'match']),
    );
    conditions.alert = alert;
    return decide(condition, eventProbe(new Event()));
  }
}

/** The default stands last, as it is asked last. */
function* stepsBelow(node: RouteNode, depth: number): Generator<{ node: RouteNode; depth: number }> {
  const isRoot = node.path[0] === 'default';
  if (!isRoot) yield { node, depth };
  for (const child of node.routes) yield* stepsBelow(child, isRoot ? 0 : depth + 1);
  if (isRoot) yield { node, depth };
}
