/** What a change of rules means: see `diff.ts`. */
export type { PartChange } from './condition.ts';
export * from './diff.ts';
export type { Effect } from './effect.ts';
export { changeLines, partLines, type DiffLine } from './lines.ts';
export { PartTable, type Part } from './parts.ts';
export type { ExceptionChange, PropertyChange, SetChange } from './rule.ts';
