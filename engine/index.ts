/** What other folders may use of the engine. */
export * from './alert.ts';
export * from './append-output.ts';
export * from './bytes.ts';
export type * from './compiled.ts';
export * from './argument-texts.ts';
export * from './diagnostic.ts';
export * from './file-errors.ts';
export * from './encoding/index.ts';
export * from './engine.ts';
export * from './event.ts';
export * from './fields/alert-fields.ts';
export * from './fields/alert-record.ts';
export {
  CarriedFields,
  carriageOf,
  type Carriage,
  type CarriedValues,
  type FieldUse,
} from './fields/carried-fields.ts';
export { categoryOf } from './fields/evt-type.ts';
export * from './fields/index.ts';
export { pathParameter, type PathRole } from './fields/fs-path.ts';
export { pluginArgument } from './fields/plugin-field.ts';
export * from './fields/reference.ts';
export * from './filter/ast.ts';
export { lowerText } from './filter/compare.ts';
export * from './filter/condition.ts';
export * from './filter/event-types.ts';
export { fieldsIn } from './filter/fields-in.ts';
export { compileGlob } from './filter/glob.ts';
export { knownValue } from './filter/known-values.ts';
export type { FieldLookup, Operand as BoundOperand } from './filter/operand.ts';
export { networkTest, parseNetwork } from './filter/network.ts';
export { servicePort } from './filter/services.ts';
export * from './filter/parser.ts';
export * from './filter/print.ts';
export { isStateful } from './filter/plan.ts';
export type { Matches, Matching } from './filter/program.ts';
export * from './filter/trace.ts';
export * from './format.ts';
export * from './json.ts';
export * from './json-draft.ts';
export { JsonTextError, stringEnd } from './json-text.ts';
export * from './parameter-json.ts';
export { parameterText } from './parameters.ts';
export * from './raw-json.ts';
export * from './rendering.ts';
export * from './ruleset.ts';
export * from './source.ts';
export * from './spelling.ts';
export * from './state/accounts.ts';
export { CONTAINER_TYPES, type Container } from './state/container.ts';
export * from './state/dump.ts';
export { FD_PARAMETER } from './state/event-traits.ts';
export * from './state/fd.ts';
export * from './state/machine.ts';
export type { Passing } from './state/passing.ts';
export * from './state/relevance.ts';
export * from './state/snapshot.ts';
export { CL, type Thread } from './state/thread.ts';
export * from './state/tee.ts';
export { addressText } from './state/addresses.ts';
export { ASYNC_EVENT_NAMES } from './tables/async-events.ts';
export { CAPABILITIES } from './tables/capabilities.ts';
export { errnoName, errnoNumber } from './tables/errno.ts';
export { SIGNALS } from './tables/signals.ts';
export { EVENTS, SYSCALLS } from './tables/events.generated.ts';
export { NATIVE_SYSCALLS } from './tables/native-syscalls.ts';
export { SYSCALL_CODES } from './tables/syscall-codes.ts';
export { SYSCALL_EVENTS } from './tables/syscall-events.ts';
export * from './tables/reference.ts';
export * from './tables/types.ts';
export { alertTime } from './times.ts';
export { valueText } from './value-text.ts';
