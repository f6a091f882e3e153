import {
  allFields,
  bindField,
  compileCondition,
  compileOutput,
  eventCodes,
  eventNames,
  parse,
  print,
  type ByteString,
  type Condition,
  type Expr,
  type Output,
  type OutputError,
} from '../engine/index.ts';

/** What the loader must know of Falco's language. All text is byte strings. */
export interface Language {
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

/** A plugin that is there, or as good as there. */
export interface LoadedPlugin {
  readonly name: ByteString;
  readonly version: ByteString;
}

const containerFields: ReadonlySet<ByteString> = new Set(
  allFields
    .filter(({ name }) => name === 'container (plugin)')
    .flatMap(({ fields }) => fields.map(({ name }) => name)),
);
const CONTAINER_EVENTS: readonly ByteString[] = ['container', 'container_removed'];

/** The language of the engine: system calls and the container plugin, with the fields that `bind` finds. */
export const languageWith = (bind: typeof bindField): Language => ({
  parse,
  print,
  compile: (condition) => compileCondition(condition, bind),
  compileOutput: (output) => compileOutput(output, bind),
  isField: (text) => {
    if (!text.includes('(') && /[ \t\n\v\f\r]/.test(text.replace(/\[[^]*/, ''))) return false;
    try {
      const field = parse(`${text} exists`);
      return field.kind === 'unary' && compileCondition(field, bind).warnings.length === 0;
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
  plugins: (source, fields, events) =>
    source === 'syscall' &&
    ([...fields].some((field) => containerFields.has(field)) ||
      CONTAINER_EVENTS.some((name) => events.has(name)))
      ? ['container']
      : [],
});

/** The language of the bare engine: system calls without the container plugin. */
export const bareLanguage: Language = languageWith((name, arg) => {
  const found = bindField(name, arg);
  return found !== undefined && 'field' in found && containerFields.has(found.field.name) ? undefined : found;
});

/** The language without fields of the user's own. */
export const engineLanguage: Language = languageWith(bindField);
