/** What other folders may use of the engine. */
export * from './bytes.ts';
export * from './diagnostic.ts';
export * from './event.ts';
export * from './filter/ast.ts';
export * from './filter/parser.ts';
export * from './filter/print.ts';
export * from './state/accounts.ts';
export * from './state/fd.ts';
export * from './state/snapshot.ts';
export { EVENTS } from './tables/events.generated.ts';
export * from './tables/types.ts';
