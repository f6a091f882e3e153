/** What other folders may use of outputs. */
export * from './alert.ts';
export * from './alert-text.ts';
export * from './configured-output.ts';
export { Deliverer, type DelivererOptions, type DeliverySettings } from './delivery/deliverer.ts';
export {
  DELIVERY_STATES,
  type DeliveryEvent,
  type DeliveryHealth,
  type DeliveryState,
} from './delivery/health.ts';
export { KINDS, kindNamed } from './kinds/index.ts';
export * from './output.ts';
export * from './output-settings.ts';
export { QueueError, type QueueProblem } from './queue/errors.ts';
export type { Dropped, QueueLimits } from './queue/limits.ts';
export type { Accepted } from './queue/moves.ts';
export * from './queue/queue.ts';
export type { DeadLetter, PendingDelivery } from './queue/reading.ts';
export {
  DROP_REASONS,
  droppedInAll,
  type Account,
  type DeadReason,
  type DropReason,
} from './queue/records.ts';
export * from './routes/index.ts';
export { problemsOf } from './routes/read.ts';
export * from './secrets.ts';
export { JsonError, parseJson, type Json, type JsonMap } from './json.ts';
export {
  duration,
  headers,
  parseDuration,
  parseRate,
  parseSize,
  rate,
  size,
  tls,
  type Rate,
  type TlsSettings,
} from './settings.ts';
export * from './template.ts';
export * from './text-alert.ts';
