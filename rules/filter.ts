import {
  fromBytes,
  Ruleset,
  toBytes,
  type ByteString,
  type Condition,
  type Diagnostic,
  DiagnosticError,
  type Event,
  type Expr,
  type Position,
} from '../engine/index.ts';
import { engineLanguage, type Language } from './language.ts';
import { substituteLists } from './lists.ts';
import type { LoadResult } from './load.ts';
import { MacroResolver } from './macros.ts';

/** A condition given as text, ready to be asked about events. */
export interface Filter {
  /** Macros and lists resolved. */
  readonly condition: Condition;
  /** What is doubtful in the condition, at its place in the text. */
  readonly warnings: readonly Diagnostic[];
  /** Whether a rule with this condition would fire for an event that a machine has applied. */
  matches(event: Event): boolean;
}

/** The macros and lists that a condition may name: those of rule files (`loadRules`). */
export type Definitions = Pick<LoadResult, 'macros' | 'lists'>;

const NO_DEFINITIONS: Definitions = { macros: new Map(), lists: new Map() };

/**
 * Compiles one condition, as that of a rule is compiled: it is asked at the event types where it can match, by generated code. Throws a
 * `DiagnosticError` that points into the text, in Falco's words. `text` is ordinary text, not a byte string.
 */
export function compileFilter(
  text: string,
  { macros, lists }: Definitions = NO_DEFINITIONS,
  language: Language = engineLanguage,
): Filter {
  const source = substituteLists(toBytes(text), lists.values());
  const resolver = new MacroResolver(macros, new WeakMap());
  const check = (expr: Expr): { condition: Condition; eventTypes: number } => ({
    condition: language.compile(expr, 'syscall'),
    eventTypes: language.eventTypeCount(expr),
  });
  try {
    const parsed = language.parse(source);
    const resolved = resolver.resolve(parsed, Infinity);
    if ('error' in resolved) throw new DiagnosticError(undefinedMacro(resolved, source));
    for (const { name, position } of macrosIn(parsed))
      // What is wrong in a macro has a place in the macro's text: it is shown where the macro is named.
      try {
        check(macros.get(name)!.condition);
      } catch (error) {
        if (!hasPosition(error)) throw error;
        throw new DiagnosticError(problem(`in the macro ${name}: ${error.message}`, position, source));
      }
    const { condition, eventTypes } = check(resolved.expr);
    const ruleset = new Ruleset(
      [[0, { name: '', condition, priority: 'Debug', source: 'syscall', enabled: true }]],
      'first',
    );
    return {
      condition,
      warnings: [
        ...condition.warnings.map(({ message, position }) => warning(message, position, source)),
        ...(eventTypes === 0 ? [warning('no event can match this condition', parsed.position, source)] : []),
      ],
      matches: (event) => ruleset.match(event).length > 0,
    };
  } catch (error) {
    if (!hasPosition(error)) throw error;
    throw new DiagnosticError(problem(error.message, error.position, source), { cause: error });
  }
}

const hasPosition = (error: unknown): error is Error & { readonly position: Position } =>
  error instanceof Error && 'position' in error;

/** The names of macros in a condition, in their order. */
function macrosIn(expr: Expr): (Expr & { readonly kind: 'identifier' })[] {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.children.flatMap(macrosIn);
    case 'not':
      return macrosIn(expr.child);
    case 'identifier':
      return [expr];
    default:
      return [];
  }
}

const problem = (message: ByteString, position: Position, source: ByteString): Diagnostic => ({
  code: 'LOAD_ERR_COMPILE_CONDITION',
  severity: 'error',
  message: fromBytes(message),
  ...placeIn(source, position),
});

const warning = (message: ByteString, position: Position, source: ByteString): Diagnostic => ({
  code: 'LOAD_COMPILE_CONDITION',
  severity: 'warning',
  message: fromBytes(message),
  ...placeIn(source, position),
});

const undefinedMacro = (
  { error, position }: { readonly error: ByteString; readonly position: Position },
  source: ByteString,
): Diagnostic => ({
  ...problem(error, position, source),
  code: 'LOAD_ERR_VALIDATE',
  hint: 'a word without an operator is the name of a macro, and macros come from rule files',
});

/** Falco counts bytes, and every \n and \r as the end of a line. */
function placeIn(source: ByteString, { index }: Position): Pick<Diagnostic, 'text' | 'line' | 'column'> {
  const before = source.slice(0, index).split(/\r\n|\r|\n/);
  return {
    text: fromBytes(source),
    line: before.length,
    column: fromBytes(before.at(-1)!).length + 1,
  };
}
