/** What others may use of routes. */
export { doubtOf, parseAlertCondition } from './condition.ts';
export { nodesOf, type RoutedEntry, type RouteNode } from './node.ts';
export type { RouteProblem } from './problem.ts';
export { readRouting } from './read.ts';
export type { Routed, RouteObserver, RouterStats } from './routed.ts';
export * from './router.ts';
export {
  routingSettings,
  silenceSettings,
  type RouteSettings,
  type RoutingSettings,
  type SilenceSettings,
} from './schema.ts';
export type { SilenceOrigin } from './silences.ts';
export { STAGE_NAMES, type HeldBack } from './stages/stage.ts';
export { silenceId, type Silence } from './stages/silence.ts';
export { SUMMARY_SOURCE } from './tally.ts';
