/** What others may use of routes. */
export { AlertConditions, doubtOf, parseAlertCondition, type AlertCondition } from './condition.ts';
export { nodesOf, type RoutedDelivery, type RoutedEntry, type RouteNode } from './node.ts';
export type { RouteProblem } from './problem.ts';
export { readRouting, readSilences } from './read.ts';
export * from './router.ts';
export {
  routingSettings,
  silenceList,
  silenceSettings,
  type RouteSettings,
  type RoutingSettings,
  type SilenceSettings,
} from './schema.ts';
export { STAGE_NAMES, type HeldBack, type StageName } from './stages/stage.ts';
export { silenceId, type Silence } from './stages/silence.ts';
export { SUMMARY_SOURCE } from './tally.ts';
