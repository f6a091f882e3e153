/** What is told of the way of alerts through routes. */
import type { RoutedAlert } from '../alert.ts';
import type { RoutedEntry, RouteNode } from './node.ts';
import type { HeldBack, StageName } from './stages/stage.ts';

/** What became of an alert. Each of its ways ends in one of the three. */
export interface Routed {
  /** What is to be delivered now: the alert, and others whose time has come with it (of a group that is full, summaries). */
  readonly entries: readonly RoutedEntry[];
  /** Groups that keep the alert. */
  readonly held: readonly HeldReport[];
  /** Where it was held back, and why. */
  readonly suppressed: readonly SuppressionReport[];
}

/** A group that keeps an alert. */
export interface HeldReport {
  readonly route: string;
  readonly outputs: readonly string[];
  /** What the alerts of the group have in common, in the order of `group.by`. */
  readonly values: readonly string[];
  /** When they are handed over: milliseconds since the epoch. */
  readonly until: number;
}

/** A place where an alert was held back. */
export interface SuppressionReport {
  /** The route; `silences` for silences of all routes. */
  readonly route: string;
  readonly stage: StageName;
  readonly reason: string;
  /** What it has in common with others that are held back with it. */
  readonly key: Readonly<Record<string, string>>;
}

/** Is told what routes do with an alert, for people who ask why. */
export interface RouteObserver {
  /** A route was asked. */
  asked?(node: RouteNode, alert: RoutedAlert, matched: boolean): void;
  heldBack?(node: RouteNode | undefined, heldBack: HeldBack): void;
  /** A route delivers, or keeps for its group. */
  delivers?(node: RouteNode, outputs: readonly string[]): void;
}

/** Counters since the start, for metrics. What is undone stays counted. */
export interface RouterStats {
  readonly suppressed: readonly {
    readonly route: string;
    readonly stage: StageName;
    readonly count: number;
  }[];
  /** Entries of state that went because there were too many, by the table. */
  readonly evicted: ReadonlyMap<string, number>;
  /** Alerts that groups keep now. */
  readonly held: number;
}
