import {
  DiagnosticError,
  Ruleset,
  toBytes,
  type ByteString,
  type Condition,
  type Diagnostic,
  type Event,
  type Source,
} from '../engine/index.ts';
import { ConditionChecker, type Definitions } from './condition-checker.ts';
import { engineLanguage, languageWith, type Language } from './language.ts';

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
 * Compiles one condition for events of any source, those of `sources` among them: an event of a source is asked as a rule of that source would be; where its fields do not
 * fit a source, it holds for none of its events. Throws as `compileFilter` does if it fits no source at all.
 */
export function compileEventFilter(
  text: string,
  definitions?: Definitions,
  sources: readonly Source[] = [],
): Filter {
  const language = languageWith({ sources });
  let first: Filter | undefined;
  let error: unknown;
  const filters = new Map<ByteString, Filter | undefined>();
  const tryFor = (source: ByteString, of: Language): Filter | undefined => {
    try {
      return compileFilter(text, definitions, of, source);
    } catch (problem) {
      if (!(problem instanceof DiagnosticError)) throw problem;
      // What is said of the source whose fields are named is of more use.
      error = error === undefined || source !== 'syscall' ? problem : error;
      return undefined;
    }
  };
  for (const source of language.sources) {
    const filter = tryFor(source, language);
    filters.set(source, filter);
    first ??= filter;
  }
  if (first === undefined) throw error;
  return {
    condition: first.condition,
    warnings: first.warnings,
    matches: (event) => {
      const { source, origin } = event;
      if (!filters.has(source))
        filters.set(source, origin && tryFor(source, languageWith({ sources: [origin] })));
      return filters.get(source)?.matches(event) === true;
    },
  };
}

/**
 * Compiles one condition, as that of a rule is compiled: it is asked at the event types where it can match, by generated code. Throws a
 * `DiagnosticError` that points into the text, or to the macro that is wrong, in Falco's words. `text` is ordinary text, not a byte string.
 */
export function compileFilter(
  text: string,
  definitions?: Definitions,
  language: Language = engineLanguage,
  source: ByteString = 'syscall',
): Filter {
  const checker = new ConditionChecker(language, definitions, source);
  const verdict = checker.check(toBytes(text));
  const diagnostics = checker.explain(verdict);
  if (!verdict.ok) throw new DiagnosticError(diagnostics[0]!);
  const { condition } = verdict;
  const ruleset = new Ruleset([[0, { name: '', condition, priority: 'Debug', source, enabled: true }]], {
    matching: 'first',
  });
  return {
    condition,
    warnings: diagnostics,
    matches: (event) => event.source === source && ruleset.match(event).length > 0,
  };
}
