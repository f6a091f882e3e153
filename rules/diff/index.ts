/** What a change of rules means: see `diff.ts`. */
export * from './diff.ts';
export type { Effect } from './effect.ts';
export { changeLines, type DiffLine } from './lines.ts';
export type { SetChange } from './rule.ts';
