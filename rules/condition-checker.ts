import {
  fromBytes,
  type ByteString,
  type Condition,
  type Diagnostic,
  type Expr,
  type Position,
} from '../engine/index.ts';
import { MESSAGES } from './codes.ts';
import { MANY_EVENT_TYPES } from './compiler.ts';
import { describeCondition, type ConditionDetails } from './condition-details.ts';
import { Context } from './context.ts';
import { conditionHint, deprecatedHint } from './findings/condition-hints.ts';
import { bracketNotes, throughNotes } from './findings/notes.ts';
import { PlacedText } from './findings/placed-text.ts';
import { ConditionSearch } from './findings/search.ts';
import { SourceText } from './findings/source-text.ts';
import { Sources } from './findings/sources.ts';
import type { Language } from './language.ts';
import { substituteLists } from './lists.ts';
import type { LoadResult } from './load.ts';
import { MacroResolver } from './macros.ts';
import { FileResult, type RuleWarning } from './result.ts';
import { warnOfCondition } from './warnings.ts';

/** The macros and lists that a condition may name: those of rule files (`loadRules`). */
export type Definitions = Pick<LoadResult, 'macros' | 'lists' | 'files'>;

const NO_DEFINITIONS: Definitions = { macros: new Map(), lists: new Map(), files: [] };

/** Falco's verdict on one condition. Text is byte strings. */
export type ConditionVerdict = AcceptedCondition | RefusedCondition;

/** What was understood of a condition that is right. */
export interface AcceptedCondition {
  readonly ok: true;
  /** As it was given. */
  readonly text: ByteString;
  /** Macros and lists resolved. */
  readonly condition: Condition;
  readonly details: ConditionDetails;
  /** The names of the events that it can match, sorted; undefined if nothing restricts them. */
  readonly events: readonly ByteString[] | undefined;
  /** What Falco would warn of. */
  readonly warnings: readonly RuleWarning[];
}

export interface RefusedCondition {
  readonly ok: false;
  readonly text: ByteString;
  readonly code: 'LOAD_ERR_COMPILE_CONDITION' | 'LOAD_ERR_VALIDATE';
  /** Falco's message. */
  readonly message: ByteString;
  /** As Falco counts: in the text with its lists replaced. */
  readonly position: Position;
}

const START: Position = { index: 0, line: 1, column: 1 };
const CONTEXT = Context.file('');

/** Judges conditions that stand alone, as Falco would in a rule about system calls, or of another source. */
export class ConditionChecker {
  readonly #language: Language;
  readonly #source: ByteString;
  readonly #definitions: Definitions;
  readonly #resolver: MacroResolver;
  readonly #sources: Sources;
  readonly #search: ConditionSearch;
  /** How many event types there are. */
  readonly #all: number;

  constructor(language: Language, definitions: Definitions = NO_DEFINITIONS, source: ByteString = 'syscall') {
    const { macros, lists, files } = definitions;
    this.#source = source;
    this.#language = language;
    this.#definitions = definitions;
    this.#resolver = new MacroResolver(macros, new WeakMap());
    const named = files.map(({ name, content }) => ({ name: fromBytes(name), content }));
    const items = new Map(Array.from(lists, ([name, { definition }]) => [name, definition]));
    this.#sources = new Sources(named, { loaded: lists, definitions: items });
    this.#search = new ConditionSearch(this.#sources, language, (name) => macros.get(name)?.definition);
    this.#all = language.eventTypeCount(language.parse('evt.num exists'));
  }

  check(text: ByteString): ConditionVerdict {
    if (text === '') return refused(text, 'LOAD_ERR_COMPILE_CONDITION', 'Value must be non-empty', START);
    try {
      const parsed = this.#language.parse(substituteLists(text, this.#definitions.lists.values()));
      const resolved = this.#resolver.resolve(parsed, Infinity);
      if ('error' in resolved) return refused(text, 'LOAD_ERR_VALIDATE', resolved.error, resolved.position);
      return this.#accept(text, resolved.expr);
    } catch (error) {
      if (!(error instanceof Error && 'position' in error)) throw error;
      return refused(text, 'LOAD_ERR_COMPILE_CONDITION', error.message, error.position as Position);
    }
  }

  #accept(text: ByteString, expr: Expr): AcceptedCondition {
    const condition = this.#language.compile(expr, this.#source);
    const isSyscall = this.#source === 'syscall';
    const types = isSyscall ? this.#language.eventTypeCount(expr) : 1;
    const result = new FileResult('', '');
    warnOfCondition(expr, CONTEXT, result);
    for (const { message } of condition.warnings) result.warn('LOAD_COMPILE_CONDITION', message, CONTEXT);
    if (types === 0) result.warn('LOAD_NO_EVTTYPE', NEVER, CONTEXT);
    else if (types > MANY_EVENT_TYPES) result.warn('LOAD_NO_EVTTYPE', MESSAGES.manyEventTypes, CONTEXT);
    const names =
      types === this.#all
        ? undefined
        : types === 0
          ? []
          : [...this.#language.eventNames(isSyscall ? expr : undefined)];
    return {
      ok: true,
      text,
      condition,
      details: describeCondition(expr, this.#definitions, true),
      events: names?.sort(),
      warnings: result.warnings,
    };
  }

  /** What is wrong or doubtful, each at its place, with a hint. Places are in the text, or in the files of macros and lists. */
  explain(verdict: ConditionVerdict): Diagnostic[] {
    if (!verdict.ok) return [this.#explain('error', verdict.text, verdict)];
    return verdict.warnings
      .filter(({ code, message }) => code !== 'LOAD_NO_EVTTYPE' || message === NEVER)
      .map((warning) => this.#explain('warning', verdict.text, warning));
  }

  #explain(
    severity: 'error' | 'warning',
    text: ByteString,
    { code, message, field }: { code: string; message: ByteString; field?: string },
  ): Diagnostic {
    const source = new SourceText(text);
    const placed = this.#sources.withLists(PlacedText.whole(source));
    const found =
      field === undefined
        ? this.#search.message(placed, message, this.#source)
        : this.#search.field(placed, field);
    const token = found?.token;
    const hint =
      field === undefined ? conditionHint(message, this.#definitions, found) : deprecatedHint(field);
    const notes = found ? [...throughNotes(found, 'the condition'), ...bracketNotes(message, found)] : [];
    return {
      code,
      severity,
      message: fromBytes(message),
      ...((found && token && found.text.place(token.index, token.length)) ?? source.place(0, text.length)),
      ...(notes.length > 0 && { notes }),
      ...(hint !== undefined && { hint }),
    };
  }
}

const NEVER = 'no event can match this condition';

const refused = (
  text: ByteString,
  code: RefusedCondition['code'],
  message: ByteString,
  position: Position,
): RefusedCondition => ({ ok: false, text, code, message, position });
