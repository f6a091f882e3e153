/** What other folders may use of the engine. */
export * from './bytes.ts';
export * from './diagnostic.ts';
export * from './event.ts';
export * from './fields/index.ts';
export * from './filter/ast.ts';
export * from './filter/condition.ts';
export * from './filter/event-types.ts';
export * from './filter/parser.ts';
export * from './filter/print.ts';
export * from './format.ts';
export * from './ruleset.ts';
export * from './state/accounts.ts';
export * from './state/fd.ts';
export * from './state/snapshot.ts';
export { EVENTS } from './tables/events.generated.ts';
export * from './tables/types.ts';
