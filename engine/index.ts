/** What other folders may use of the engine. */
export * from './bytes.ts';
export * from './diagnostic.ts';
export * from './event.ts';
export * from './state/snapshot.ts';
