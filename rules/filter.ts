import {
  DiagnosticError,
  fromBytes,
  Ruleset,
  toBytes,
  type ByteString,
  type Condition,
  type Diagnostic,
  type Event,
  type Expr,
  type IdentifierExpr,
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
  const checkMacro = ({ name, position }: IdentifierExpr): void => {
    try {
      check(macros.get(name)!.condition);
    } catch (error) {
      if (!hasPosition(error)) throw error;
      throw new DiagnosticError(problem(`in the macro ${name}: ${error.message}`, position, source));
    }
  };
  try {
    const parsed = language.parse(source);
    const resolved = resolver.resolve(parsed, Infinity);
    if ('error' in resolved) throw new DiagnosticError(undefinedMacro(resolved, source));
    // What stands in a macro has its place in the macro's text: errors there are shown where it is named, warnings not at all.
    const warnings: Diagnostic[] = [];
    for (const leaf of leavesOf(parsed))
      if (leaf.kind === 'identifier') checkMacro(leaf);
      else
        for (const { message, position } of check(leaf).condition.warnings)
          warnings.push(warning(message, position, source));
    const { condition, eventTypes } = check(resolved.expr);
    if (eventTypes === 0)
      warnings.push(warning('no event can match this condition', parsed.position, source));
    const ruleset = new Ruleset(
      [[0, { name: '', condition, priority: 'Debug', source: 'syscall', enabled: true }]],
      'first',
    );
    return {
      condition,
      warnings,
      matches: (event) => ruleset.match(event).length > 0,
    };
  } catch (error) {
    if (!hasPosition(error)) throw error;
    throw new DiagnosticError(problem(error.message, error.position, source), { cause: error });
  }
}

const hasPosition = (error: unknown): error is Error & { readonly position: Position } =>
  error instanceof Error && 'position' in error;

/** The checks and the names of macros in a condition, in their order. */
function leavesOf(expr: Expr): Exclude<Expr, { readonly kind: 'and' | 'or' | 'not' }>[] {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.children.flatMap(leavesOf);
    case 'not':
      return leavesOf(expr.child);
    default:
      return [expr];
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
