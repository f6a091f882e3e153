import {
  ConditionError,
  eventCodes,
  EVENTS,
  type ByteString,
  type EventCode,
  type SourcePlace,
} from '../../engine/index.ts';
import type { LoadedRule } from '../compiler.ts';
import type { PlacedText } from '../findings/placed-text.ts';
import { Sources } from '../findings/sources.ts';
import type { MacroItem, RuleException, RuleItem } from '../items.ts';
import type { Language } from '../language.ts';
import { substituteLists, type LoadedList } from '../lists.ts';
import type { LoadResult } from '../load.ts';
import type { RuleFile } from '../loader.ts';
import type { LoadedMacro } from '../macros.ts';
import { lookup, type YamlMap, type YamlNode, type YamlScalar } from '../yaml/node.ts';
import {
  buildNode,
  ownChecksOf,
  type CheckNode,
  type ConditionNode,
  type ConditionText,
} from './condition-node.ts';
import { ModelFile } from './file.ts';
import { currentCodes } from './reasoning/event-facts.ts';
import { holds, Reasoner } from './reasoning/reasoner.ts';

export type ItemKind = 'rule' | 'macro' | 'list';

/** What an item does to those of its name before it. */
export type ItemEffect = 'define' | 'append' | 'replace' | 'enable';

/** One item of a rule file as it is written. */
export interface ModelItem {
  readonly kind: ItemKind;
  readonly name: ByteString;
  readonly file: ModelFile;
  readonly node: YamlMap;
  readonly effect: ItemEffect;
  /** Of the name. */
  readonly place: SourcePlace;
}

/** A list, macro or rule with everything that files say of it, in their order. */
interface Named {
  readonly name: ByteString;
  readonly items: readonly ModelItem[];
  /** Of the name, where the definition that counts stands. */
  readonly place: SourcePlace;
}

export interface ModelList extends Named {
  readonly loaded: LoadedList;
  /** The items that count, each with its place. */
  readonly entries: readonly { readonly value: ByteString; readonly place: SourcePlace }[];
}

export interface ModelMacro extends Named {
  /** The condition as written, appended parts included. */
  readonly written: PlacedText;
  readonly condition: ConditionNode;
}

export interface ModelException {
  readonly exception: RuleException;
  readonly condition: ConditionNode;
  readonly place: SourcePlace;
}

export interface ModelRule extends Named {
  readonly loaded: LoadedRule;
  /** The condition as written, appended parts included. */
  readonly written: PlacedText;
  /** Without exceptions. */
  readonly condition: ConditionNode;
  /** Those that have values. Each condition is what the exception takes out. */
  readonly exceptions: readonly ModelException[];
  /** With exceptions. */
  readonly whole: ConditionNode;
  /** The event types at which Falco asks the rule. */
  readonly codes: ReadonlySet<EventCode>;
  readonly output: PlacedText;
}

/** Rule files that load, as checks see them. */
export class RuleModel {
  readonly files: readonly ModelFile[];
  readonly items: readonly ModelItem[];
  readonly lists = new Map<ByteString, ModelList>();
  readonly macros = new Map<ByteString, ModelMacro>();
  readonly rules: ModelRule[] = [];
  readonly language: Language;
  readonly reasoner = new Reasoner(() => this.checks());
  readonly #byName: ReadonlyMap<string, readonly ModelItem[]>;
  readonly #sources: Sources;
  readonly #loadedLists: readonly LoadedList[];
  readonly #loadedMacros: ReadonlyMap<ByteString, LoadedMacro>;
  /** Macros by source and name. */
  readonly #bound = new Map<string, ModelMacro>();
  readonly #possible = new Map<ModelRule, readonly EventCode[]>();

  constructor(files: readonly RuleFile[], loaded: LoadResult, language: Language) {
    this.language = language;
    this.files = files.map((file) => new ModelFile(file));
    this.items = this.files.flatMap(itemsOf);
    this.#byName = groupItems(this.items);
    const definitions = new Map([...loaded.lists.values()].map(({ name, definition }) => [name, definition]));
    this.#sources = new Sources(files, { loaded: loaded.lists, definitions });
    this.#loadedMacros = loaded.macros;
    this.#loadedLists = [...loaded.lists.values()];
    for (const list of this.#loadedLists) this.lists.set(list.name, this.#list(list));
    for (const rule of loaded.rules) this.rules.push(this.#rule(rule));
    for (const name of loaded.macros.keys()) this.#tryMacro(name);
  }

  /** Every check that a file holds, once: those of macros, of rules, of exceptions. */
  *checks(): Generator<CheckNode> {
    for (const { condition } of this.macros.values()) yield* ownChecksOf(condition);
    for (const { whole } of this.rules) yield* ownChecksOf(whole);
  }

  /** Whether a list holds a list of this name, directly or through others. */
  reaches(from: ByteString, name: ByteString, seen = new Set<ByteString>()): boolean {
    seen.add(from);
    for (const { value } of this.lists.get(from)?.entries ?? [])
      if (this.lists.has(value) && (value === name || (!seen.has(value) && this.reaches(value, name, seen))))
        return true;
    return false;
  }

  /** The event types of today's drivers at which a rule can match, as far as can be told. */
  possibleCodes(rule: ModelRule): readonly EventCode[] {
    let possible = this.#possible.get(rule);
    if (possible === undefined) {
      possible = this.reasoner.possibleAt([holds(rule.whole)], currentCodes(rule.codes));
      this.#possible.set(rule, possible);
    }
    return possible;
  }

  /** The items of each name, in their order. */
  groups(): Iterable<readonly ModelItem[]> {
    return this.#byName.values();
  }

  #named(kind: ItemKind, name: ByteString): Named {
    const items = this.#byName.get(`${kind} ${name}`)!;
    const place = (items.findLast(({ effect }) => effect === 'define') ?? items[0]!).place;
    return { name, items, place };
  }

  #list(loaded: LoadedList): ModelList {
    const named = this.#named('list', loaded.name);
    const entries = loaded.definition.written.map((item) => {
      const text = this.#sources.joined([item]);
      return { value: text.text, place: text.place(0, text.text.length) ?? named.place };
    });
    return { ...named, loaded, entries };
  }

  /** Macros that no rule uses are not compiled: they may be of any source, or name fields that there are not. */
  #tryMacro(name: ByteString): void {
    for (const source of this.macros.has(name) ? [] : this.language.sources)
      try {
        this.#macro(name, source);
        return;
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error;
      }
  }

  /** A macro is bound to the fields of the source of the rule that uses it. */
  #macro(name: ByteString, source: ByteString): ModelMacro {
    const key = `${source} ${name}`;
    const known = this.#bound.get(key);
    if (known !== undefined) return known;
    const named = this.#named('macro', name);
    const { definition } = this.#loadedMacros.get(name)!;
    const text = this.#text(substituteLists(definition.condition, this.#loadedLists), definition);
    const condition = this.#node(text, source);
    const macro = { ...named, written: this.#sources.joined(definition.written), condition };
    this.#bound.set(key, macro);
    if (!this.macros.has(name)) this.macros.set(name, macro);
    return macro;
  }

  #rule(loaded: LoadedRule): ModelRule {
    const { name, source, definition } = loaded;
    const named = this.#named('rule', name);
    const text = this.#text(loaded.conditionText, definition);
    const all = this.#node(text, source);
    const codes =
      source === 'syscall' ? eventCodes(loaded.condition.expr) : new Set(EVENTS.map(({ code }) => code));
    const written = this.#sources.joined(definition.written.condition);
    const output = this.#sources.joined(definition.written.output);
    const base = { ...named, loaded, written, output, codes };
    const valued = definition.exceptions.filter(({ values }) => values.length > 0);
    // With exceptions the text is `(condition) and not … and not …`.
    if (valued.length === 0 || all.kind !== 'and')
      return { ...base, condition: all, exceptions: [], whole: all };
    const [condition, ...others] = all.children;
    const exceptions = valued.flatMap((exception, i) => {
      const excluded = others[i];
      if (excluded?.kind !== 'not') return [];
      return [{ exception, place: this.#placeOfException(exception), condition: excluded.child }];
    });
    return { ...base, condition: condition!, exceptions, whole: all };
  }

  #placeOfException({ name, context }: RuleException): SourcePlace {
    const { offset } = context.location.place;
    const file = this.#sources.file(context.file);
    const at = file.text.indexOf(name, offset);
    return at < 0 ? file.place(offset) : file.place(at, at + name.length);
  }

  #text(text: ByteString, definition: RuleItem | MacroItem): ConditionText {
    let placed: PlacedText | undefined;
    return { text, placed: () => (placed ??= this.#sources.condition(definition)) };
  }

  #node(text: ConditionText, source: ByteString): ConditionNode {
    return buildNode(this.language.parse(text.text), text, {
      language: this.language,
      source,
      macro: (name) => this.#macro(name, source).condition,
    });
  }
}

const keyOf = ({ kind, name }: ModelItem): string => `${kind} ${name}`;

function groupItems(items: readonly ModelItem[]): Map<string, ModelItem[]> {
  const groups = new Map<string, ModelItem[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

export function placeOfScalar(file: ModelFile, { mark, value }: YamlScalar): SourcePlace {
  const quoted = /["']/.test(file.text[mark.offset] ?? '') ? 1 : 0;
  return file.place(mark.offset + quoted, mark.offset + quoted + value.length);
}

/** The key of a map, as a node. */
const keyNode = (map: YamlMap, key: ByteString): YamlNode | undefined =>
  map.pairs.find(([k]) => k.kind === 'scalar' && k.value === key)?.[0];

/** The place of a key, or of the item if it lacks it. */
export function placeOfKey({ file, node, place }: ModelItem, key: ByteString): SourcePlace {
  const found = keyNode(node, key);
  return found?.kind === 'scalar' ? placeOfScalar(file, found) : place;
}

function itemsOf(file: ModelFile): ModelItem[] {
  const items: ModelItem[] = [];
  for (const document of file.documents)
    for (const node of document.kind === 'sequence' ? document.items : []) {
      if (node.kind !== 'map') continue;
      if (lookup(node, 'required_engine_version') || lookup(node, 'required_plugin_versions')) continue;
      const kind = (['list', 'macro', 'rule'] as const).find((key) => lookup(node, key) !== undefined);
      const name = kind && lookup(node, kind);
      if (kind === undefined || name?.kind !== 'scalar') continue;
      const place = placeOfScalar(file, name);
      items.push({ kind, name: name.value, file, node, place, effect: effectOf(kind, node) });
    }
  return items;
}

/** The keys under `override` with this operation. */
export function overridden(node: YamlMap, operation: 'append' | 'replace'): ByteString[] {
  const override = lookup(node, 'override');
  if (override?.kind !== 'map') return [];
  return override.pairs.flatMap(([key, value]) =>
    key.kind === 'scalar' && value.kind === 'scalar' && value.value === operation ? [key.value] : [],
  );
}

const isAppend = (node: YamlMap): boolean => {
  const append = lookup(node, 'append');
  return append?.kind === 'scalar' && /^(?:y|yes|true|on)$/i.test(append.value);
};

function effectOf(kind: ItemKind, node: YamlMap): ItemEffect {
  if (isAppend(node) || overridden(node, 'append').length > 0) return 'append';
  if (overridden(node, 'replace').length > 0) return 'replace';
  const defines =
    kind !== 'rule' || ['condition', 'output', 'desc', 'priority'].some((key) => lookup(node, key));
  return defines ? 'define' : 'enable';
}
