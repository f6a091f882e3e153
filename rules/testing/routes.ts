/** What tests need of routes. Rules know nothing of outputs: whoever runs tests hands the routes in. */
import type { Event, Priority, SourcePlace } from '../../engine/index.ts';
import type { Language } from '../language.ts';
import type { ConditionNode } from '../model/condition-node.ts';
import type { Explanation } from './result.ts';
import type { FactValue } from './scene/index.ts';
import type { AlertContent } from './test-file.ts';

/** Routes that alerts of cases go through. */
export interface TestRoutes {
  /** The file that they stand in. */
  readonly file: string;
  /** The names of all outputs. */
  readonly outputs: readonly string[];
  /** Those above first, the default last. */
  readonly nodes: readonly TestRoute[];
  /** The names of all stages that hold alerts back. */
  readonly stages: readonly string[];
  /** Makes checks of conditions over alerts. */
  readonly language: Pick<Language, 'compile'>;
  /** A hint for a name of a field that is likely misspelt. */
  doubtOf(field: string): string | undefined;
  /** Begins anew: nothing is remembered. `origin`: from when on times count, milliseconds since 1970; the first alert's if undefined. */
  start(origin: number | undefined): RoutesRun;
}

/** One route. */
export interface TestRoute {
  /** Its place, with its name behind it if it has one. */
  readonly label: string;
  /** What tests may call it: its place and its name. */
  readonly names: readonly string[];
  readonly place: SourcePlace;
  /** Takes all alerts if undefined. Its checks may be made of the event that `RoutesWatcher.asked` gets. */
  readonly condition: ConditionNode | undefined;
  /** What can hold alerts back here. */
  readonly stages: readonly { readonly stage: string; readonly place: SourcePlace }[];
  /** The names of outputs that it may deliver to. */
  readonly outputs: readonly string[];
  /** Whether alerts can come here: not behind a route that takes all. */
  readonly reachable: boolean;
}

/** Is told what becomes of alerts at which route: by its index. */
export interface RoutesWatcher {
  asked(node: number, event: Event): void;
  heldBack(node: number, stage: string): void;
  took(node: number): void;
}

/** Routes while the alerts of a case go through them. */
export interface RoutesRun {
  /** From when on times count. */
  readonly origin: number;
  /** In the order in which outputs get them. */
  readonly deliveries: readonly RoutedDelivery[];
  readonly holds: readonly HeldAlert[];
  /**
   * Lets time pass, then takes an alert: what it says, or the JSON that Falco prints.
   *
   * @param at Milliseconds since 1970.
   */
  take(
    alert: AlertContent | string,
    at: number,
    how: { readonly watcher?: RoutesWatcher | undefined; readonly explain?: boolean },
  ): Pick<Explanation, 'text' | 'json'> | undefined;
  /** Lets time pass until then (milliseconds since 1970); if undefined, until nothing waits. */
  end(until: number | undefined): void;
}

/** An alert that an output gets. */
export interface RoutedDelivery {
  readonly outputName: string;
  /** What tests may call the route: its place and its name. */
  readonly route: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Which alert of the case it is, from 1; undefined if it sums others up. */
  readonly alert: number | undefined;
  readonly summary: number | undefined;
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  readonly tags: readonly string[];
  readonly output: string;
  readonly fields: ReadonlyMap<string, FactValue>;
  readonly text: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** An alert that was held back somewhere. */
export interface HeldAlert {
  /** Which alert of the case it is, from 1. */
  readonly alert: number;
  readonly stage: string;
  /** What tests may call the route. */
  readonly route: readonly string[];
  readonly reason: string;
}

/** An output has the alert already: that need not be told. */
export const ONCE = 'once';
