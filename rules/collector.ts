import type { ByteString } from '../engine/index.ts';
import { MESSAGES } from './codes.ts';
import type { Context } from './context.ts';
import { checkException } from './exceptions.ts';
import {
  isGiven,
  sortedSet,
  type EngineRequirement,
  type ListItem,
  type MacroItem,
  type PluginRequirement,
  type RuleItem,
  type RuleUpdate,
} from './items.ts';
import { RuleError, type FileResult } from './result.ts';
import { compareVersions, ENGINE_VERSION, formatVersion, isCompatible, parseVersion } from './version.ts';

/** Which sources there are, and which fields exceptions may name. */
export interface Sources {
  has(source: ByteString): boolean;
  isField(text: ByteString, source: ByteString): boolean;
}

function refuse(message: ByteString, context: Context): never {
  throw new RuleError('LOAD_ERR_VALIDATE', message, context);
}

/**
 * The items of all files so far, appends and overrides applied. A redefined item keeps its place in the order; a file that fails leaves
 * what was read before.
 */
export class Collector {
  readonly lists = new Map<ByteString, ListItem>();
  readonly macros = new Map<ByteString, MacroItem>();
  readonly rules = new Map<ByteString, RuleItem>();
  /** Each element: one of these plugins must be loaded. */
  readonly plugins: (readonly PluginRequirement[])[] = [];
  /** The newest engine that any file asks for. */
  engine: EngineRequirement | undefined;

  readonly #sources: Sources;
  #next = 0;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  requireEngine(required: EngineRequirement): void {
    const { version, context } = required;
    if (!isCompatible(ENGINE_VERSION, version))
      refuse(
        `Rules require engine version ${formatVersion(version)}, but engine version is ${formatVersion(ENGINE_VERSION)}`,
        context,
      );
    if (!this.engine || compareVersions(this.engine.version, version) < 0) this.engine = required;
  }

  requirePlugin(alternatives: readonly PluginRequirement[], context: Context): void {
    const names = new Set<ByteString>();
    for (const { name, version } of alternatives) {
      if (!parseVersion(version))
        refuse(`Invalid required version '${version}' for plugin '${name}'`, context);
      if (names.has(name))
        refuse(`Defined multiple alternative version requirements for plugin '${name}'`, context);
      names.add(name);
    }
    this.plugins.push(alternatives);
  }

  defineList(list: ListItem): void {
    this.#define(this.lists, list);
  }

  appendList(list: ListItem): void {
    const previous = this.lists.get(list.name) ?? refuse(MESSAGES.noPreviousList, list.context);
    for (const item of list.items) previous.items.push(item);
    for (const written of list.written) previous.written.push(written);
    previous.visibility = this.#next++;
  }

  defineMacro(macro: MacroItem): void {
    this.#define(this.macros, macro);
  }

  appendMacro(macro: MacroItem): void {
    const previous = this.macros.get(macro.name) ?? refuse(MESSAGES.noPreviousMacro, macro.context);
    previous.condition += ` ${macro.condition}`;
    previous.written.push(...macro.written);
    previous.visibility = this.#next++;
  }

  defineRule(rule: RuleItem, result: FileResult): void {
    this.#previous(rule);
    rule.unknownSource = !this.#sources.has(rule.source);
    if (rule.unknownSource)
      result.warn('LOAD_UNKNOWN_SOURCE', `Unknown source ${rule.source}, skipping`, rule.context);
    for (const exception of rule.exceptions) {
      if (!isGiven(exception.fields))
        refuse('Rule exception item must have fields property with a list of fields', exception.context);
      checkException(exception, this.#fieldCheck(rule));
    }
    this.#define(this.rules, rule);
  }

  appendRule(update: RuleUpdate): void {
    const rule = this.#previous(update) ?? refuse(MESSAGES.noPreviousRuleAppend, update.context);
    const { parts, written } = update;
    const { condition, output, desc, tags, exceptions } = parts;
    if (Object.keys(parts).length === 0)
      refuse('Appended rule must have exceptions or condition property', update.context);
    if (condition) rule.condition += ` ${condition}`;
    if (output) rule.output += ` ${output}`;
    if (written.condition) rule.written.condition.push(written.condition);
    if (written.output) rule.written.output.push(written.output);
    if (desc) rule.desc += ` ${desc}`;
    if (tags) rule.tags = sortedSet([...rule.tags, ...tags]);
    for (const exception of exceptions ?? []) {
      const { name, context, fields, comps, values } = exception;
      const previous = rule.exceptions.find((other) => other.name === name);
      if (previous) {
        if (isGiven(fields))
          refuse('Can not append exception fields to existing exception, only values', context);
        if (isGiven(comps))
          refuse('Can not append exception comps to existing exception, only values', context);
        for (const value of values) previous.values.push(value);
        continue;
      }
      if (!isGiven(fields)) refuse('Rule exception must have fields property with a list of fields', context);
      if (values.length === 0)
        refuse('Rule exception must have values property with a list of values', context);
      checkException(exception, this.#fieldCheck(rule));
      rule.exceptions.push(exception);
    }
    rule.visibility = this.#next++;
  }

  replaceRule(update: RuleUpdate): void {
    const rule = this.#previous(update) ?? refuse(MESSAGES.noPreviousRuleReplace, update.context);
    Object.assign(rule, update.parts);
    const { condition, output } = update.written;
    rule.written = {
      condition: condition ? [condition] : rule.written.condition,
      output: output ? [output] : rule.written.output,
    };
    rule.visibility = this.#next++;
  }

  enableRule(name: ByteString, enabled: boolean, context: Context): void {
    const rule =
      this.rules.get(name) ??
      refuse("Rule has 'enabled' key but no rule by that name already exists", context);
    rule.enabled = enabled;
  }

  #define<T extends ListItem | MacroItem | RuleItem>(items: Map<ByteString, T>, item: T): void {
    const id = this.#next++;
    item.index = items.get(item.name)?.index ?? id;
    item.visibility = id;
    items.set(item.name, item);
  }

  #previous({ name, source, context }: RuleItem | RuleUpdate): RuleItem | undefined {
    const rule = this.rules.get(name);
    if (rule && source !== '' && rule.source !== source)
      refuse('Rule has been re-defined with a different source', context);
    return rule;
  }

  /** Exceptions of rules of an unknown source may name anything. */
  #fieldCheck(rule: RuleItem): (field: ByteString) => boolean {
    return rule.unknownSource ? () => true : (field) => this.#sources.isField(field, rule.source);
  }
}
