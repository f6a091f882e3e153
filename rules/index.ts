/** What other folders may use of the rules. */
export * from './codes.ts';
export type { AppendedOutput, LoadedRule } from './compiler.ts';
export { Context, type Location } from './context.ts';
export * from './describe.ts';
export * from './diff/index.ts';
export * from './condition-checker.ts';
export * from './filter.ts';
export * from './language.ts';
export type { LoadedList } from './lists.ts';
export * from './load.ts';
export * from './loader.ts';
export type { LoadedMacro } from './macros.ts';
export { parsePriority } from './priority.ts';
export { FileResult, RuleError, type RuleWarning } from './result.ts';
export * from './selection.ts';
export * from './validate.ts';
export { ENGINE_VERSION, formatVersion } from './version.ts';
export { fileText } from './yaml/source.ts';
