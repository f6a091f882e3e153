import {
  allFields,
  bindField,
  compileCondition,
  compileOutput,
  eventCodes,
  eventNames,
  parse,
  print,
  bindPluginFields,
  type ByteString,
  type Condition,
  type Event,
  type Expr,
  type Extracted,
  type FieldClass,
  type FieldLookup,
  type Output,
  type OutputError,
  type Plugin,
  type Source,
} from '../engine/index.ts';

/** What the loader must know of Falco's language. All text is byte strings. */
export interface Language {
  /** The event sources that rules may be for. */
  readonly sources: readonly ByteString[];
  /** The plugins that are there, or as good as there: what `required_plugin_versions` is held against. */
  readonly loaded: readonly Plugin[];
  /** The sources beside system calls. */
  readonly others: readonly Source[];
  /** One of them by its name. */
  source(name: ByteString): Source | undefined;
  /** The fields of events of a source. */
  lookup(source: ByteString): FieldLookup;
  /** The fields of all sources: of system calls, and where these have no such field, of another source. */
  readonly anyField: FieldLookup;
  /** Parses a condition. Throws an error that has a `position`. */
  parse(text: ByteString): Expr;
  print(condition: Expr): ByteString;
  /** Binds and checks a condition without macros. Throws an error that has a `position`. */
  compile(condition: Expr, source: ByteString): Condition;
  compileOutput(output: ByteString, source: ByteString): Output | OutputError;
  /** Whether an exception may name this: a field, with its argument, or in transformers. */
  isField(text: ByteString, source: ByteString): boolean;
  /** How many event types a condition can match. Throws an error that has a `position`. */
  eventTypeCount(condition: Expr): number;
  /** The names of the events that a condition can match, in no order; without a condition those of plugins. */
  eventNames(condition: Expr | undefined): Iterable<ByteString>;
  /** Which of the loaded plugins have the source, or one of these fields (without arguments) or asynchronous events. */
  plugins(source: ByteString, fields: ReadonlySet<ByteString>, events: ReadonlySet<ByteString>): ByteString[];
}

const containerFields: ReadonlySet<ByteString> = new Set(
  allFields
    .filter(({ name }) => name === 'container (plugin)')
    .flatMap(({ fields }) => fields.map(({ name }) => name)),
);
const CONTAINER_EVENTS: readonly ByteString[] = ['container', 'container_removed'];

/** What of a language is not always the same. */
export interface LanguageOptions {
  /** The fields of system calls. Default: all, those of the container plugin too. */
  readonly bind?: FieldLookup;
  /** Sources beside system calls. Default: none. */
  readonly sources?: readonly Source[];
  /** Fields of the user's own, for the sources beside system calls; `bind` has them already. */
  readonly own?: FieldClass;
  /** Reads the fields of all sources from something else than events. */
  readonly over?: (lookup: FieldLookup) => FieldLookup;
  readonly loaded?: readonly Plugin[];
}

export const CONTAINER_PLUGIN: Plugin = { name: 'container', version: '0.7.1' };

/** The language of the engine: system calls and the container plugin, and other sources with the fields of their plugins. */
export function languageWith({
  bind: bound = bindField,
  sources = [],
  own,
  over = (lookup) => lookup,
  loaded = [CONTAINER_PLUGIN],
}: LanguageOptions = {}): Language {
  const bind = over(bound);
  const lookups = new Map<ByteString, FieldLookup>(
    sources.map((source) => [source.name, over(bindPluginFields(source.fields, own))]),
  );
  const lookupOf = (source: ByteString): FieldLookup => lookups.get(source) ?? bind;
  return {
    sources: ['syscall', ...lookups.keys()],
    loaded: [...new Map([...loaded, ...sources.flatMap(pluginsOf)].map((one) => [one.name, one])).values()],
    others: sources,
    source: (name) => sources.find((source) => source.name === name),
    lookup: lookupOf,
    anyField: (name, arg) => {
      const found = bind(name, arg);
      if (found !== undefined && 'field' in found) return found;
      const all = [...lookups.values()].map((lookup) => lookup(name, arg));
      const [first, ...others] = all.filter((one) => one !== undefined && 'field' in one);
      if (first === undefined) return found ?? all.find((one) => one !== undefined);
      if (others.length === 0) return first;
      // Several sources have it, each for its own events.
      const get = (event: Event): Extracted => {
        for (const one of [first, ...others]) {
          const value = one.get(event);
          if (value !== undefined) return value;
        }
        return undefined;
      };
      return { ...first, get };
    },
    parse,
    print,
    compile: (condition, source) => compileCondition(condition, lookupOf(source)),
    compileOutput: (output, source) => compileOutput(output, lookupOf(source)),
    isField: (text, source) => {
      if (!text.includes('(') && /[ \t\n\v\f\r]/.test(text.replace(/\[[^]*/, ''))) return false;
      try {
        const field = parse(`${text} exists`);
        return field.kind === 'unary' && compileCondition(field, lookupOf(source)).warnings.length === 0;
      } catch {
        return false;
      }
    },
    eventTypeCount: (condition) => {
      // The codes of the index always hold `asyncevent`, which a condition can match only by its name.
      const { size } = eventCodes(condition);
      return size === 1 && !print(condition).includes('asyncevent') ? 0 : size;
    },
    eventNames: (condition) =>
      // One system call of the tables has no name, and Falco does not show it.
      condition ? [...eventNames(condition)].filter((name) => name !== '') : ['pluginevent', 'asyncevent'],
    plugins: (source, fields, events) => {
      const found = sources.find(({ name }) => name === source);
      if (found !== undefined) return usedPlugins(found, fields);
      const usesContainers =
        [...fields].some((field) => containerFields.has(field)) ||
        CONTAINER_EVENTS.some((name) => events.has(name));
      return source === 'syscall' && usesContainers ? [CONTAINER_PLUGIN.name] : [];
    },
  };
}

const pluginsOf = ({ plugin, aliases, extractors }: Source): Plugin[] => [plugin, ...aliases, ...extractors];

/** The plugin of a source, and those whose fields are used beside its own. */
function usedPlugins({ plugin, fields: classes }: Source, used: ReadonlySet<ByteString>): ByteString[] {
  const names = classes
    .filter(({ fields }) => fields.some(({ name }) => used.has(name)))
    .map(({ name }) => name);
  return [...new Set([plugin.name, ...names])];
}

/** The fields of system calls without those of the container plugin. */
export const bindBareField: FieldLookup = (name, arg) => {
  const found = bindField(name, arg);
  const isContainers = found !== undefined && 'field' in found && containerFields.has(found.field.name);
  return isContainers ? undefined : found;
};

/** The language without other sources, and without fields of the user's own. */
export const engineLanguage: Language = languageWith();
