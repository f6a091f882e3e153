import type { ByteString } from './bytes.ts';
import type { Event } from './event.ts';
import type { Extracted, Field, FieldClass, FieldType } from './fields/define.ts';
import { pluginArgument, type PluginArgument } from './fields/plugin-field.ts';

export type { PluginArgument };
import type { JsonDraft } from './json-draft.ts';
import type { RawJson } from './raw-json.ts';

/** A plug-in of Falco, as rule files name it. */
export interface Plugin {
  readonly name: ByteString;
  readonly version: ByteString;
}

/** An event of a source. */
export interface SourceEvent<D> {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly data: D;
}

/** What of a record is no event, with words for the user. */
export interface SourceProblem {
  readonly problem: string;
  readonly hint?: string;
}

/** One field of a source: as `Field`, but read from the source's own data. */
export interface SourceField<D> {
  /** As in a condition: `ka.verb`. */
  readonly name: string;
  /** Default: CHARBUF, text. */
  readonly type?: FieldType;
  /** True for fields that give several values. */
  readonly list?: true;
  /** The argument in brackets, and the word that stands for it in the reference: a number, or any text. */
  readonly arg?: { readonly required: boolean; readonly index?: string; readonly key?: string };
  /** One to three sentences. Names, values and code stand in backquotes, so that the text is Markdown too. */
  readonly desc: string;
  /** Still there, but something else has taken its place. */
  readonly deprecated?: true;
  /** Suggested for outputs. */
  readonly suggested?: true;
  /** Whether it tells one kind of activity from another and still means the same tomorrow, or is new with each event; neither if left away. */
  readonly lasts?: boolean;
  /** The value; none, and no value of a list, means that the event has no such field. Text ends at its first NUL. */
  readonly get: (data: D, arg: PluginArgument, event: Event) => Extracted;
  /** The way back, for tests of rules; fields without one can be expected, but not given. */
  readonly set?: SetField;
}

/**
 * Changes a record so that a field has these values (none: so that it has no value), where nothing else given says otherwise. What the field reads as in the end
 * is looked at by whoever asks for it.
 */
export type SetField = (record: JsonDraft, values: readonly ByteString[], arg: PluginArgument) => void;

/** Fields that a source's events have. */
export interface SourceFields<D> {
  readonly desc: string;
  /** The plug-in that has them in Falco, where that is not the one of the source. */
  readonly plugin?: Plugin;
  readonly fields: readonly SourceField<D>[];
}

/** A kind of things that events of a source are counted by. */
export interface SourceCount {
  /** In the plural, as JSON has it: `users`. */
  readonly name: string;
  /** As the head of a column: `USER`. */
  readonly title: string;
  /** Formats as in the output of a rule: the first of which an event has all fields says what it counts for; it counts for nothing if there is none. */
  readonly formats: readonly ByteString[];
}

/** What `defineSource` is given. */
export interface SourceDefinition<D, R extends 'json' | 'lines' = 'json' | 'lines'> {
  /** What `source:` of a rule says: `k8s_audit`. */
  readonly name: ByteString;
  /** The plug-in that has this source in Falco. */
  readonly plugin?: Plugin;
  /** Other plug-ins with the same events and fields. */
  readonly aliases?: readonly Plugin[];
  /** One sentence. */
  readonly summary: string;
  readonly fields: readonly SourceFields<D>[];
  /** How bytes are cut: into JSON documents (one in each line, or over several lines), or into lines of text. */
  readonly records: R;
  /** Whether the first bytes of a file (some kilobytes) are surely of this source. */
  readonly matches?: (start: ByteString) => boolean;
  /** The events of a record, and what in it is none. */
  readonly parse: (
    record: R extends 'json' ? RawJson : ByteString,
  ) => Iterable<SourceEvent<D> | SourceProblem>;
  /** The events that are whole in a text that is no JSON, such as a file that was cut off, where they can be told from the rest. With JSON only. */
  readonly salvage?: (text: ByteString) => Iterable<SourceEvent<D>>;
  /** An event in one line: `evt.plugininfo`. */
  readonly describe: (data: D) => ByteString;
  /** Where records come from, if from nothing that tiercel reads by itself. */
  readonly open?: OpenSource;
  /** The format of an event's line in `tiercel show`. Default: `%evt.plugininfo`. */
  readonly line?: ByteString;
  /** What `tiercel show --summary` counts events by. */
  readonly counts?: readonly SourceCount[];
  /** A record with an event of this time (nanoseconds since the epoch) that is as plain as can be: what tests of rules put values into. With JSON only. */
  readonly sample?: (time: bigint) => ByteString;
}

/**
 * Gives the text of records, each ended by a line feed, as it comes. It ends when there will be no more, or soon after the signal is aborted; when it throws, it is opened again after a
 * while.
 *
 * @param params `open_params` of the plug-in, or what the input says.
 */
export type OpenSource = (
  params: string,
  signal: { readonly aborted: boolean; addEventListener(type: 'abort', listener: () => void): void },
) => AsyncIterable<Uint8Array | string>;

/** Where events come from that are no system calls: how they are read, and what can be asked of them. */
export interface Source {
  readonly name: ByteString;
  readonly summary: string;
  readonly plugin: Plugin;
  readonly aliases: readonly Plugin[];
  /** The plug-ins whose fields its events have besides. */
  readonly extractors: readonly Plugin[];
  /** As the engine reads them from events; the class of a plug-in has its name. */
  readonly fields: readonly FieldClass[];
  readonly records:
    | {
        readonly kind: 'json';
        readonly parse: (record: RawJson) => Iterable<SourceEvent<unknown> | SourceProblem>;
      }
    | {
        readonly kind: 'lines';
        readonly parse: (line: ByteString) => Iterable<SourceEvent<unknown> | SourceProblem>;
      };
  /** The events that are whole in a text that is no JSON. */
  readonly salvage: (text: ByteString) => Iterable<SourceEvent<unknown>>;
  readonly matches: (start: ByteString) => boolean;
  readonly describe: (data: unknown) => ByteString;
  readonly open?: OpenSource;
  /** How an event is made; undefined if this source cannot. */
  readonly sample: ((time: bigint) => ByteString) | undefined;
  /** Fields that last, the best to tell activities apart by first. */
  readonly lasting: readonly ByteString[];
  /** Fields that are new with each event. */
  readonly fleeting: readonly ByteString[];
  /** The format of a line in `tiercel show`. */
  readonly line: ByteString;
  readonly counts: readonly SourceCount[];
  /** How fields are given values in a record, by their names. */
  readonly setters: ReadonlyMap<ByteString, SetField>;
}

/** Finds the source of a file by its first bytes; the file's name is for messages. */
export type FindSource = (start: ByteString, file: string) => Promise<Source | undefined>;

/** Makes a source. Its plug-in has its own name and version 0.1.0 unless it says otherwise. */
export function defineSource<D, R extends 'json' | 'lines'>(definition: SourceDefinition<D, R>): Source {
  const {
    name,
    summary,
    records,
    parse,
    aliases = [],
    salvage = () => [],
    matches = () => false,
  } = definition;
  const plugin = definition.plugin ?? { name, version: '0.1.0' };
  const source: Source = {
    name,
    summary,
    plugin,
    aliases,
    extractors: definition.fields.flatMap((fields) => fields.plugin ?? []),
    fields: definition.fields.map((fields) => ({
      name: (fields.plugin ?? plugin).name,
      desc: fields.desc,
      source: name,
      fields: fields.fields.map((field) => engineField(field, () => source)),
    })),
    // The payload is of one type in all functions of a definition; from here on nobody looks into it.
    records: { kind: records, parse } as unknown as Source['records'],
    salvage,
    matches,
    describe: definition.describe as (data: unknown) => ByteString,
    ...(definition.open && { open: definition.open }),
    sample: definition.sample,
    line: definition.line ?? '%evt.plugininfo',
    counts: definition.counts ?? [],
    lasting: namesOf(definition, true),
    fleeting: namesOf(definition, false),
    setters: new Map(
      definition.fields.flatMap(({ fields }) =>
        fields.flatMap(({ name, set }) => (set ? [[name, set]] : [])),
      ),
    ),
  };
  return source;
}

const namesOf = <D, R extends 'json' | 'lines'>(
  { fields: all }: SourceDefinition<D, R>,
  lasts: boolean,
): ByteString[] =>
  all.flatMap(({ fields }) => fields.flatMap((field) => (field.lasts === lasts ? [field.name] : [])));

const NO_ARGUMENT: PluginArgument = { key: undefined, index: undefined };

/** A field that reads its value from what an event carries. */
function engineField<D>(field: SourceField<D>, source: () => Source): Field {
  const { name, type = 'CHARBUF', list, arg, desc, deprecated, suggested } = field;
  const reader =
    (argument: PluginArgument) =>
    (event: Event): Extracted =>
      event.origin === source() ? given(field.get(event.data as D, argument, event)) : undefined;
  return {
    name,
    type,
    desc,
    ...(list && { list }),
    ...(arg && { arg }),
    ...(deprecated && { deprecated }),
    ...(suggested && { suggested }),
    get: reader(NO_ARGUMENT),
    bind: (written) => {
      const argument = pluginArgument({ name, arg }, written);
      return 'error' in argument ? argument : { get: reader(argument) };
    },
  };
}

/** Values as they come out of C: text ends at a NUL, and an empty list is no value. */
function given(value: Extracted): Extracted {
  if (typeof value === 'string') return cString(value);
  if (typeof value !== 'object') return value;
  if (value.length === 0) return undefined;
  return value.some((one) => typeof one === 'string' && one.includes('\0'))
    ? value.map((one) => (typeof one === 'string' ? cString(one) : one))
    : value;
}

function cString(text: ByteString): ByteString {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}
