import {
  DiagnosticError,
  Ruleset,
  toBytes,
  type Condition,
  type Diagnostic,
  type Event,
} from '../engine/index.ts';
import { ConditionChecker, type Definitions } from './condition-checker.ts';
import { engineLanguage, type Language } from './language.ts';

/** A condition given as text, ready to be asked about events. */
export interface Filter {
  /** Macros and lists resolved. */
  readonly condition: Condition;
  /** What is doubtful in the condition, at its place in the text. */
  readonly warnings: readonly Diagnostic[];
  /** Whether a rule with this condition would fire for an event that a machine has applied. */
  matches(event: Event): boolean;
}

/**
 * Compiles one condition, as that of a rule is compiled: it is asked at the event types where it can match, by generated code. Throws a
 * `DiagnosticError` that points into the text, or to the macro that is wrong, in Falco's words. `text` is ordinary text, not a byte string.
 */
export function compileFilter(
  text: string,
  definitions?: Definitions,
  language: Language = engineLanguage,
): Filter {
  const checker = new ConditionChecker(language, definitions);
  const verdict = checker.check(toBytes(text));
  const diagnostics = checker.explain(verdict);
  if (!verdict.ok) throw new DiagnosticError(diagnostics[0]!);
  const { condition } = verdict;
  const ruleset = new Ruleset(
    [[0, { name: '', condition, priority: 'Debug', source: 'syscall', enabled: true }]],
    { matching: 'first' },
  );
  return { condition, warnings: diagnostics, matches: (event) => ruleset.match(event).length > 0 };
}
