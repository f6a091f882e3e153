import {
  fromBytes,
  type ByteString,
  type Diagnostic,
  type DiagnosticNote,
  type SourcePlace,
} from '../../engine/index.ts';
import { MESSAGES, WARNINGS, type ErrorCode, type WarningCode } from '../codes.ts';
import type { Collector } from '../collector.ts';
import type { Compiled } from '../compiler.ts';
import type { Context, ItemType } from '../context.ts';
import { isGiven, type ListItem, type MacroItem, type PluginRequirement, type RuleItem } from '../items.ts';
import type { Language } from '../language.ts';
import type { RuleFile } from '../loader.ts';
import type { FileResult, RuleWarning } from '../result.ts';
import type { Mark } from '../yaml/node.ts';
import { conditionHint, deprecatedHint, fieldHint } from './condition-hints.ts';
import { bracketNotes, throughNotes } from './notes.ts';
import { itemHint, keyOfMessage, misspeltKey } from './item-hints.ts';
import type { PlacedText } from './placed-text.ts';
import { ConditionSearch, type Found } from './search.ts';
import { schemaFindings } from './schema-findings.ts';
import type { SourceText } from './source-text.ts';
import { Sources } from './sources.ts';
import { Structure } from './structure.ts';
import type { Token } from './token.ts';

/** What was loaded up to the file that has the findings, that file included. */
export interface Loaded {
  readonly files: readonly RuleFile[];
  readonly collector: Collector;
  readonly compiled: Compiled | undefined;
  readonly language: Language;
}

/** What stays the same from file to file: each file compiles the earlier ones anew, and gives their warnings again. */
export class DiagnosisMemory {
  readonly texts = new Map<ByteString, SourceText>();
  readonly structures = new Map<SourceText, Structure>();
  readonly warnings = new Map<string, Diagnostic>();
}

/** An error or a warning as Falco has it. */
interface Finding extends Pick<RuleWarning, 'message' | 'context' | 'field'> {
  readonly code: ErrorCode | WarningCode;
  readonly mark?: Mark | undefined;
}

/** What a finding is about, in people's terms. */
type Explanation = Pick<Diagnostic, 'hint' | 'notes'> & { readonly place?: SourcePlace | undefined };

/** The keys behind which items have their names. */
const NAME_KEYS: Partial<Record<ItemType, ByteString>> = {
  rule: 'rule',
  macro: 'macro',
  list: 'list',
  exception: 'name',
  'required plugin versions entry': 'name',
  'required plugin versions alternative': 'name',
  required_engine_version: 'required_engine_version',
};

/**
 * The findings of one file for people: each at its token, with a hint. They must be asked for before another file is loaded, which may change
 * the items that they are about.
 */
export class Diagnosis {
  readonly #loaded: Loaded;
  readonly #sources: Sources;
  readonly #search: ConditionSearch;
  readonly #memory: DiagnosisMemory;

  constructor(loaded: Loaded, memory: DiagnosisMemory) {
    const { files, collector, compiled, language } = loaded;
    this.#loaded = loaded;
    this.#memory = memory;
    this.#sources = new Sources(
      files,
      {
        loaded: compiled?.lists ?? new Map(),
        definitions: collector.lists,
      },
      memory.texts,
    );
    this.#search = new ConditionSearch(this.#sources, language, (name) => collector.macros.get(name));
  }

  /** Errors first. */
  of({ errors, warnings }: FileResult): Diagnostic[] {
    return [
      ...errors.map((error) => this.#diagnostic('error', error)),
      ...warnings.map((warning) => this.#warning(warning)),
    ];
  }

  #warning(warning: RuleWarning): Diagnostic {
    const { code, message, context } = warning;
    const key = [code, message, context.toText(), context.condition].join('\0');
    const known = this.#memory.warnings.get(key) ?? this.#diagnostic('warning', warning);
    this.#memory.warnings.set(key, known);
    return known;
  }

  /** What only the JSON schema is against. */
  ofSchema({ name, schema, schemaValid }: FileResult): Diagnostic[] {
    if (schema.length === 0 || schemaValid) return [];
    const source = this.#sources.file(name);
    return schemaFindings(source, this.#structure(source));
  }

  /** A requirement of a plug-in that is not met. */
  unmet({ context }: PluginRequirement, message: ByteString): Diagnostic {
    const { place, hint } = this.#explainItem({ code: 'LOAD_ERR_VALIDATE', message, context });
    return {
      code: 'LOAD_ERR_PLUGIN_REQUIREMENT',
      severity: 'error',
      message: fromBytes(message),
      ...place,
      ...(hint !== undefined && { hint }),
    };
  }

  #diagnostic(severity: 'error' | 'warning', finding: Finding): Diagnostic {
    const { place, notes, hint } = this.#explain(finding);
    const message = fromBytes(finding.message).replace(/^yaml-cpp: error at line \d+, column \d+: /, '');
    const short = finding.code in WARNINGS ? WARNINGS[finding.code as WarningCode].short : finding.code;
    return {
      code: finding.code,
      severity,
      message: message === '' ? short : message,
      ...(place ?? { file: fromBytes(finding.context.file) }),
      ...(notes && notes.length > 0 && { notes }),
      ...(hint !== undefined && { hint }),
    };
  }

  #explain(finding: Finding): Explanation {
    const { context } = finding;
    const item = this.#itemOf(context);
    const type = context.location.type;
    try {
      if (
        item &&
        (type === 'condition expression' || type === 'rule condition' || type === 'macro condition')
      )
        return this.#explainCondition(finding, item) ?? this.#explainItem(finding);
      if (
        item &&
        'exceptions' in item &&
        (type === 'rule output' || finding.message === MESSAGES.containerInfo)
      )
        return this.#explainOutput(finding, item);
    } catch (error) {
      // Trees that are nested too deeply cannot be searched either.
      if (!(error instanceof RangeError)) throw error;
    }
    return this.#explainItem(finding);
  }

  #explainCondition(
    { code, message, context, field }: Finding,
    item: RuleItem | MacroItem,
  ): Explanation | undefined {
    const text = this.#sources.condition(item);
    const source = 'source' in item ? item.source : 'syscall';
    if (message === '') return { place: context.parent && this.#tokenPlace(item.conditionContext) };
    const found =
      field !== undefined ? this.#search.field(text, field) : this.#search.message(text, message, source);
    if (!found) return undefined;
    const { index, length } = found.token;
    const hint =
      field !== undefined
        ? deprecatedHint(field)
        : (brokenExceptions(item, found, text) ?? conditionHint(message, this.#loaded.collector, found));
    return {
      place: found.text.place(index, length),
      notes: [
        ...throughNotes(found, `the ${'exceptions' in item ? 'rule' : 'macro'} "${fromBytes(item.name)}"`),
        ...this.#definitionNotes(code, message, item),
        ...bracketNotes(message, found),
      ],
      ...(hint !== undefined && { hint: this.#visibilityHint(message, item) ?? hint }),
    };
  }

  /** Where a macro is defined that is not seen. */
  #definitionNotes(code: string, message: ByteString, item: RuleItem | MacroItem): DiagnosticNote[] {
    const macro = code === 'LOAD_ERR_VALIDATE' ? this.#hiddenMacro(message, item) : undefined;
    return macro
      ? [
          {
            message: `the macro ${fromBytes(macro.name)} is defined later, here`,
            ...this.#tokenPlace(macro.context),
          },
        ]
      : [];
  }

  #visibilityHint(message: ByteString, item: RuleItem | MacroItem): string | undefined {
    const macro = this.#hiddenMacro(message, item);
    return macro && 'a macro sees only those that are defined before it: move that one up';
  }

  #hiddenMacro(message: ByteString, item: RuleItem | MacroItem): MacroItem | undefined {
    const name = /^Undefined macro '(.*)' used in filter\.$/s.exec(message)?.[1];
    const macro = name === undefined ? undefined : this.#loaded.collector.macros.get(name);
    return macro !== item ? macro : undefined;
  }

  #explainOutput({ message, field }: Finding, item: RuleItem): Explanation {
    const text = trimmed(this.#sources.joined(item.written.output));
    const name = message === MESSAGES.containerInfo ? '%container.info' : field;
    if (name !== undefined) {
      const index = text.text.indexOf(name);
      const hint = field === undefined ? 'remove it' : deprecatedHint(field);
      if (index < 0)
        return this.#explainItem({ code: 'LOAD_DEPRECATED_ITEM', message, context: item.outputContext });
      return { place: text.place(index, name.length), ...(hint !== undefined && { hint }) };
    }
    const compiled = this.#loaded.language.compileOutput(text.text, item.source);
    const index = 'error' in compiled ? compiled.at : 0;
    const token = /%\d*[\w.]*(?:\([^)]*\))?(?:\[[^\]]*\])?|[^]/y;
    token.lastIndex = index;
    const found = token.exec(text.text)?.[0] ?? '%';
    return {
      place: text.place(index, found.length) ?? this.#tokenPlace(item.outputContext),
      hint: outputHint(fromBytes(found)),
    };
  }

  #explainItem({ code, message, context, mark }: Finding): Explanation {
    const source = this.#sources.file(context.file);
    const shown = fromBytes(message);
    const structure = this.#structure(source);
    const link = context.location;
    // This one stands at the value of the key.
    const map = structure.map(
      (shown.startsWith('Unexpected key') ? (context.parent ?? context) : context).location.place,
    );
    const owner = this.#itemOf(context);
    const type = typeOf(context);
    const token = ((): Token | undefined => {
      if (mark) return tokenAt(source, mark.offset);
      if (shown === 'Value is not a sequence') return scalarAt(source, link.place.offset);
      const quote = /^Item has no mapping/.test(shown) ? structure.unclosedQuote() : undefined;
      if (quote) return structure.token(quote);
      if (!map) return undefined;
      const missing = /^Item has no mapping for key '(.*)'$/s.exec(shown)?.[1];
      const misspelt = missing === undefined ? undefined : misspeltKey(map, missing);
      if (misspelt !== undefined) return structure.key(map, misspelt);
      const key = keyOfMessage(shown);
      if (key !== undefined) return structure.key(map, key);
      if (/different source$/.test(shown)) return structure.value(map, 'source');
      if (code === 'LOAD_UNKNOWN_SOURCE') return structure.value(map, 'source');
      const part = link.type === 'exception' ? exceptionPart(shown) : undefined;
      const named = /^'(.*)' is not a supported/s.exec(message)?.[1];
      return part === undefined ? undefined : structure.entry(map, part, named);
    })();
    const nameKey = NAME_KEYS[link.type];
    const named = map && nameKey !== undefined ? structure.value(map, nameKey) : undefined;
    const at = token ?? named ?? (map ? structure.token(map) : tokenAt(source, link.place.offset));
    const quote = /^Item has no mapping/.test(shown) && structure.unclosedQuote() !== undefined;
    const { rules, macros, lists } = this.#loaded.collector;
    const hint = quote
      ? 'the quote that opens here is not closed where it should be, and took the keys that follow'
      : (itemHint({
          code,
          message: shown.replace(/^yaml-cpp: error at line \d+, column \d+: /, ''),
          type,
          map,
          token: fromBytes(source.text.slice(at.index, at.index + at.length)),
          before: source.text.slice(Math.max(at.index - 2, 0), at.index),
          key: fromBytes(link.item),
          name: fromBytes(nameOf(context)),
          known: owner !== undefined,
          ruleNames: Array.from(rules.keys(), fromBytes),
          macroNames: Array.from(macros.keys(), fromBytes),
          listNames: Array.from(lists.keys(), fromBytes),
        }) ?? conditionHint(message, this.#loaded.collector));
    const place =
      source.text === '' && at.index === 0
        ? { file: fromBytes(context.file) }
        : source.place(at.index, at.index + at.length);
    return {
      place,
      notes:
        owner && /^Item has no mapping for key 'condition'|different source$/.test(shown) && !quote
          ? this.#earlier(owner, context)
          : [],
      ...(hint !== undefined && { hint }),
    };
  }

  #earlier(owner: RuleItem | MacroItem | ListItem, context: Context): DiagnosticNote[] {
    const { place } = context.location;
    if (owner.context.file === context.file && owner.context.location.place.offset === place.offset)
      return [];
    return [
      { message: `the rule "${fromBytes(owner.name)}" is defined here`, ...this.#tokenPlace(owner.context) },
    ];
  }

  /** The place of an item: its name. Of all else, the token at the place. */
  #tokenPlace(context: Context): SourcePlace {
    const source = this.#sources.file(context.file);
    const { type, place } = context.location;
    const structure = this.#structure(source);
    const map = structure.map(place);
    const nameKey = NAME_KEYS[type];
    const named = map && nameKey !== undefined ? structure.value(map, nameKey) : undefined;
    const { index, length } = named ?? tokenAt(source, place.offset);
    return source.place(index, index + length);
  }

  #structure(source: SourceText): Structure {
    const { structures } = this.#memory;
    let structure = structures.get(source);
    if (!structure) structures.set(source, (structure = new Structure(source)));
    return structure;
  }

  /** The rule, macro or list that a context lies in, as it is known by now. */
  #itemOf(context: Context): RuleItem | MacroItem | undefined {
    const { rules, macros } = this.#loaded.collector;
    for (const { type, item } of context.locations) {
      if (type === 'rule') return rules.get(item);
      if (type === 'macro') return macros.get(item);
    }
    return undefined;
  }
}

const KIND_TYPES: ReadonlySet<ItemType> = new Set(['rule', 'macro', 'list', 'exception']);

/** The key of an exception that a message is about. */
function exceptionPart(message: string): string | undefined {
  if (/comparison operator$|comps/.test(message)) return 'comps';
  if (/filter field$|append exception fields/.test(message)) return 'fields';
  return /values/.test(message) ? 'values' : undefined;
}

const typeOf = ({ locations }: Context): string =>
  locations.findLast(({ type }) => KIND_TYPES.has(type))?.type ?? locations.at(-1)!.type;

const nameOf = ({ locations }: Context): ByteString =>
  locations.find(({ type }) => type === 'rule' || type === 'macro' || type === 'list')?.item ?? '';

/** The text from a place to the end of the word or the quotes that begin there. */
function tokenAt({ text }: SourceText, index: number): Token {
  const word = /"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\r\n]|'')*'?|[|>[\]{}](?!\w)|[^ \t\r\n,]+/y;
  word.lastIndex = index;
  return { index, length: word.exec(text)?.[0].length ?? 1 };
}

/** The whole of a text that stands without quotes on one line; of all else, the token. */
function scalarAt(source: SourceText, index: number): Token {
  const plain = /[^\s"'[{|>&*!#][^\r\n]*?(?=[ \t]*(?:[\r\n]|[ \t]#|$))/y;
  plain.lastIndex = index;
  const found = plain.exec(source.text);
  return found === null ? tokenAt(source, index) : { index, length: found[0].length };
}

function trimmed(text: PlacedText): PlacedText {
  const start = /^[ \t\f\v\n\r]*/.exec(text.text)![0].length;
  const end = text.text.length - /[ \t\f\v\n\r]*$/.exec(text.text)![0].length;
  return text.slice(start, Math.max(start, end));
}

/** Replaced exceptions are not completed, so that their text may be no condition. */
function brokenExceptions(
  item: RuleItem | MacroItem,
  { text, through }: Found,
  own: PlacedText,
): string | undefined {
  if (!('exceptions' in item) || text !== own || through.length > 0) return undefined;
  const incomplete = item.exceptions.find(({ comps, values }) => values.length > 0 && !isGiven(comps));
  return (
    incomplete &&
    `exceptions under \`override: { exceptions: replace }\` must name their comps: "${fromBytes(incomplete.name)}" does not`
  );
}

function outputHint(token: string): string {
  if (token === '%') return 'a % begins a field, and there is no way to write the sign itself';
  const name = token.replace(/^%\d*/, '');
  if (name === '') return 'a % and a width must be followed by a field: %10proc.name';
  return fieldHint(name) ?? 'tiercel fields lists all fields';
}
