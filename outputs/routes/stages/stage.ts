import type { RoutedAlert } from '../../alert.ts';
import type { Moment } from '../state.ts';
import type { Silence } from './silence.ts';

/** What can keep an alert from going on, in the order in which a route asks; `outputs`: it has none, `once`: an output has the alert already. */
export const STAGE_NAMES = [
  'silence',
  'inhibit',
  'active',
  'mute',
  'sample',
  'dedup',
  'throttle',
  'group',
  'outputs',
  'once',
] as const;
export type StageName = (typeof STAGE_NAMES)[number];

/** Why an alert does not go on. */
export interface HeldBack {
  readonly stage: StageName;
  /** For people: `the same was told 3m ago`. */
  readonly reason: string;
  /** What the alert has in common with others that are held back with it. */
  readonly names: readonly string[];
  readonly values: readonly string[];
  /** When alerts that are held back with it are summed up (`Moment.steady`); never if undefined. */
  readonly until: number | undefined;
}

/** One thing that a route does with alerts that it matches, before they go on. */
export interface Stage {
  /** Undefined: it goes on. */
  check(alert: RoutedAlert, moment: Moment): HeldBack | undefined;
  /** Called now and then: forgets what is over. */
  prune?(moment: Moment): void;
  /** Of a stage of silences: these. */
  readonly silences?: readonly Silence[];
}
