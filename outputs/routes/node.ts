import type { RoutedAlert } from '../alert.ts';
import type { RouteInfo } from '../output.ts';
import type { AlertCondition } from './condition.ts';
import type { GroupStage } from './group.ts';
import type { Stage } from './stages/stage.ts';

/** A delivery that is to be made. */
export interface RoutedDelivery {
  readonly output: string;
  readonly route: RouteInfo;
}

/** An alert, and where it is to be delivered: what a queue accepts. */
export interface RoutedEntry {
  readonly alert: RoutedAlert;
  readonly deliveries: readonly RoutedDelivery[];
}

/** A route, compiled: what it has from routes above is in it. */
export interface RouteNode {
  /** The same as long as neither its name (else its condition) nor that of routes above changes: what stages remember is kept under it. */
  readonly id: string;
  /** Its place, for people: `routes[0].routes[2]`, `default`; with its name, if it has one. */
  readonly label: string;
  /** Leads to it in the settings. */
  readonly path: readonly (string | number)[];
  /** Takes all alerts if undefined. */
  readonly match: AlertCondition | undefined;
  readonly continues: boolean;
  /** In the order in which they are asked. */
  readonly stages: readonly Stage[];
  /** What an alert becomes for the routes below and for outputs. */
  readonly change: ((alert: RoutedAlert) => RoutedAlert) | undefined;
  readonly routes: readonly RouteNode[];
  readonly deliveries: readonly RoutedDelivery[];
  readonly group: GroupStage | undefined;
  /** Whether what stages held back is summed up. */
  readonly summary: boolean;
}

/** Every route of a tree, those above first. */
export function* nodesOf(node: RouteNode): Generator<RouteNode> {
  yield node;
  for (const child of node.routes) yield* nodesOf(child);
}
