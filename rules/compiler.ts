import type { ByteString, Condition, EngineRule, Expr, Output, Position, Priority } from '../engine/index.ts';
import { MESSAGES } from './codes.ts';
import type { Collector } from './collector.ts';
import { Context } from './context.ts';
import { withExceptions } from './exceptions.ts';
import type { RuleItem } from './items.ts';
import type { Language } from './language.ts';
import { resolveLists, substituteLists, type LoadedList } from './lists.ts';
import { MacroResolver, type LoadedMacro, type ResolvedConditions } from './macros.ts';
import { RuleError, type FileResult } from './result.ts';
import { warnOfCondition, warnOfOutput } from './warnings.ts';

/** A format or a field that `append_output` adds to the rules that it names. */
export interface AppendedOutput {
  readonly source?: ByteString;
  readonly tags?: readonly ByteString[];
  readonly rule?: ByteString;
  /** Added to the output text, after a blank. */
  readonly format?: ByteString;
  /** Added to the fields of the alert: a format, or with `raw` the value of the field `key`. */
  readonly field?: { readonly key: ByteString; readonly format: ByteString; readonly raw: boolean };
}

/** A rule that is ready to run. All text is byte strings. */
export interface LoadedRule extends EngineRule {
  readonly name: ByteString;
  readonly source: ByteString;
  /** Lists, exceptions and macros resolved. Trees of macros (in `expr`) are shared between rules. */
  readonly condition: Condition;
  /** The text that `condition` was parsed from, lists substituted and exceptions added: what positions outside of macros count in. */
  readonly conditionText: ByteString;
  /** How many event types it can match; 1 for sources that are not system calls. */
  readonly eventTypes: number;
  /** With what `append_output` adds. */
  readonly output: Output;
  readonly extraFields: ReadonlyMap<ByteString, { readonly output: Output; readonly raw: boolean }>;
  readonly exceptionFields: readonly ByteString[];
  readonly desc: ByteString;
  readonly priority: Priority;
  readonly tags: readonly ByteString[];
  /** As the rule files say it; `selectRules` gives the final word. */
  readonly enabled: boolean;
  readonly warnEvttypes: boolean;
  readonly capture: boolean;
  /** Milliseconds. */
  readonly captureDuration: number;
  /** As it was defined, places in the files included. */
  readonly definition: RuleItem;
}

/** Everything that the files so far define, resolved. */
export interface Compiled {
  readonly rules: Map<ByteString, LoadedRule>;
  readonly macros: Map<ByteString, LoadedMacro>;
  readonly lists: Map<ByteString, LoadedList>;
  /** Which macro a tree in a condition came from. */
  readonly origins: ReadonlyMap<Expr, ByteString>;
}

/** What compiling keeps from file to file, so that only what changed is done anew. */
export class CompilerMemory {
  readonly parsed = new Map<ByteString, Expr>();
  readonly resolved: ResolvedConditions = new WeakMap();
  last: Compiled | undefined;
}

/** Rules see all macros. */
const EVERYTHING = Infinity;

/** Falco warns of conditions that can match more. */
export const MANY_EVENT_TYPES = 100;

/** Compiles what was collected. Stops at the first error, which goes to the result. */
export function compileRules(
  collector: Collector,
  language: Language,
  appended: readonly AppendedOutput[],
  result: FileResult,
  memory: CompilerMemory,
): Compiled {
  const compiler = new Compiler(collector, language, appended, result, memory);
  memory.last = compiler.compiled;
  try {
    compiler.run();
  } catch (error) {
    if (error instanceof RuleError) result.errors.push(error);
    else if (error instanceof RangeError)
      result.errors.push(
        // Macros in macros can nest deeper than any walk of the tree goes.
        new RuleError(
          'LOAD_ERR_COMPILE_CONDITION',
          'conditions are nested too deeply',
          Context.file(result.name),
        ),
      );
    else throw error;
    return compiler.compiled;
  }
  const { macros, lists } = compiler.compiled;
  for (const { used, definition } of macros.values())
    if (!used)
      result.warn('LOAD_UNUSED_MACRO', 'Macro not referred to by any other rule/macro', definition.context);
  for (const { used, definition } of lists.values())
    if (!used)
      result.warn('LOAD_UNUSED_LIST', 'List not referred to by any other rule/macro', definition.context);
  return compiler.compiled;
}

class Compiler {
  readonly compiled: Compiled;
  readonly #collector: Collector;
  readonly #language: Language;
  readonly #appended: readonly AppendedOutput[];
  readonly #result: FileResult;
  readonly #resolver: MacroResolver;
  readonly #parsed: Map<ByteString, Expr>;
  readonly #last: Compiled | undefined;

  constructor(
    collector: Collector,
    language: Language,
    appended: readonly AppendedOutput[],
    result: FileResult,
    memory: CompilerMemory,
  ) {
    const macros = new Map<ByteString, LoadedMacro>();
    this.#collector = collector;
    this.#language = language;
    this.#appended = appended;
    this.#result = result;
    this.#resolver = new MacroResolver(macros, memory.resolved);
    this.#parsed = memory.parsed;
    this.#last = memory.last;
    this.compiled = {
      rules: new Map(),
      macros,
      lists: new Map(),
      origins: this.#resolver.origins,
    };
  }

  run(): void {
    const { macros, rules, lists } = this.compiled;
    for (const [name, list] of resolveLists(this.#collector.lists)) lists.set(name, list);
    for (const definition of this.#collector.macros.values()) {
      const { name, condition, conditionContext } = definition;
      const expr = this.#parse(condition, conditionContext).expr;
      macros.set(name, { name, condition: expr, used: false, definition });
    }
    for (const macro of macros.values()) {
      const { condition, visibility, context } = macro.definition;
      macro.condition = this.#resolve(macro.condition, condition, visibility, context);
    }
    for (const definition of this.#collector.rules.values()) {
      if (definition.unknownSource) continue;
      const rule = this.#rule(definition);
      if (rule) rules.set(rule.name, rule);
    }
  }

  #rule(definition: RuleItem): LoadedRule | undefined {
    const { name, source, context, outputContext, skipIfUnknownFilter } = definition;
    const withEx =
      definition.exceptions.length > 0
        ? withExceptions(definition.condition, definition.exceptions)
        : { condition: definition.condition, fields: new Set<ByteString>() };
    const mine = this.#appended.filter((added) => appliesTo(added, definition));
    let output = [definition.output, ...mine.flatMap(({ format }) => format ?? [])].join(' ');
    if (output.includes('%container.info')) {
      this.#result.warn('LOAD_DEPRECATED_ITEM', MESSAGES.containerInfo, context);
      output = output.replaceAll('%container.info', '');
    }
    const last = this.#last?.rules.get(name);
    const compiled =
      last?.output.source === output && last.source === source
        ? last.output
        : this.#language.compileOutput(output, source);
    if ('error' in compiled) {
      if (!skipIfUnknownFilter || !isUnknownName(compiled.error))
        throw new RuleError('LOAD_ERR_COMPILE_OUTPUT', compiled.error, outputContext);
      this.#result.warn('LOAD_UNKNOWN_FILTER', compiled.error, outputContext);
      return undefined;
    }
    warnOfOutput(output, outputContext, this.#result);
    const extraFields = new Map<ByteString, { output: Output; raw: boolean }>();
    // Of several fields of one name, the last counts.
    for (const field of new Map(mine.flatMap(({ field }) => (field ? [[field.key, field]] : []))).values()) {
      const extra = this.#language.compileOutput(field.format, source);
      if ('error' in extra) throw new RuleError('LOAD_ERR_COMPILE_OUTPUT', extra.error, outputContext);
      warnOfOutput(field.format, outputContext, this.#result);
      extraFields.set(field.key, { output: extra, raw: field.raw });
    }
    const condition = this.#condition(withEx.condition, definition);
    if (!condition) return undefined;
    return {
      name,
      source,
      condition: condition.condition,
      conditionText: condition.text,
      eventTypes: condition.eventTypes,
      output: compiled,
      extraFields,
      exceptionFields: [...withEx.fields],
      desc: definition.desc,
      priority: definition.priority,
      tags: definition.tags,
      enabled: definition.enabled,
      warnEvttypes: definition.warnEvttypes,
      capture: definition.capture,
      captureDuration: definition.captureDuration,
      definition,
    };
  }

  /** `undefined` if the rule is to be left out as it names what is unknown. */
  #condition(
    condition: ByteString,
    { name, source, context, conditionContext, skipIfUnknownFilter, warnEvttypes }: RuleItem,
  ): { condition: Condition; text: ByteString; eventTypes: number } | undefined {
    const parsed = this.#parse(condition, conditionContext);
    const expr = this.#resolve(parsed.expr, condition, EVERYTHING, context);
    const start = { index: 0, line: 0, column: 0 };
    warnOfCondition(expr, conditionContext.inCondition(start, condition), this.#result);
    try {
      const last = this.#last?.rules.get(name);
      const same = last?.condition.expr === expr && last.source === source ? last : undefined;
      const checked = same?.condition ?? this.#language.compile(expr, source);
      for (const { message, position } of checked.warnings)
        this.#result.warn(
          'LOAD_COMPILE_CONDITION',
          message,
          conditionContext.inCondition(position, condition),
        );
      const eventTypes = same?.eventTypes ?? (source === 'syscall' ? this.#language.eventTypeCount(expr) : 1);
      if (warnEvttypes && (eventTypes === 0 || eventTypes > MANY_EVENT_TYPES))
        this.#result.warn('LOAD_NO_EVTTYPE', MESSAGES.manyEventTypes, context);
      return { condition: checked, text: parsed.text, eventTypes };
    } catch (error) {
      if (!hasPosition(error)) throw error;
      const at = conditionContext.inCondition(error.position, condition);
      if (!skipIfUnknownFilter || !isUnknownName(error.message))
        throw new RuleError('LOAD_ERR_COMPILE_CONDITION', error.message, at);
      this.#result.warn('LOAD_UNKNOWN_FILTER', error.message, at);
      return undefined;
    }
  }

  /** Lists know no order: all are substituted in all conditions. */
  #parse(condition: ByteString, context: Context): { expr: Expr; text: ByteString } {
    let text = condition;
    try {
      text = substituteLists(condition, this.compiled.lists.values());
      const expr = this.#parsed.get(text) ?? this.#language.parse(text);
      this.#parsed.set(text, expr);
      return { expr, text };
    } catch (error) {
      if (!hasPosition(error)) throw error;
      throw new RuleError(
        'LOAD_ERR_COMPILE_CONDITION',
        error.message,
        context.inCondition(error.position, text),
      );
    }
  }

  #resolve(expr: Expr, condition: ByteString, visibility: number, context: Context): Expr {
    const resolved = this.#resolver.resolve(expr, visibility);
    if ('expr' in resolved) return resolved.expr;
    throw new RuleError(
      'LOAD_ERR_VALIDATE',
      resolved.error,
      context.inCondition(resolved.position, condition),
    );
  }
}

const appliesTo = ({ source = '', tags = [], rule = '' }: AppendedOutput, item: RuleItem): boolean =>
  (source === '' || source === item.source) &&
  tags.every((tag) => item.tags.includes(tag)) &&
  (rule === '' || rule === item.name);

/** What `skip-if-unknown-filter` forgives is told by the words of the error. */
const isUnknownName = (message: ByteString): boolean =>
  /nonexistent field|invalid formatting token|unknown event type|unknown filter:/.test(message);

const hasPosition = (error: unknown): error is Error & { position: Position } =>
  error instanceof Error && 'position' in error;
