import type { ByteString } from '../bytes.ts';
import type { BinaryOperator, Modifier, UnaryOperator } from '../filter/ast.ts';
import type { Event } from '../event.ts';
import type { JsonValue } from '../json.ts';

/** Types of fields, in Falco's words (`ppm_param_type`). */
export type FieldType =
  | 'CHARBUF' | 'BYTEBUF' | 'BOOL' | 'DOUBLE'
  | 'INT8' | 'INT16' | 'INT32' | 'INT64' | 'UINT8' | 'UINT16' | 'UINT32' | 'UINT64'
  | 'ABSTIME' | 'RELTIME' | 'PORT' | 'IPADDR' | 'IPNET'
  /** `evt.rawarg.x`: the type of the parameter, known once the argument is (see `BoundField.type`). */
  | 'DYNAMIC'; // prettier-ignore

/**
 * A value that a field has: text and buffers as byte strings, numbers (beyond 2^53 as bigint), booleans, IPv4 addresses as unsigned numbers
 * and IPv6 addresses as byte strings of length 16 (both of type IPADDR).
 */
export type FieldValue = ByteString | number | bigint | boolean;

/** What reading a field gives: a value, several for list fields, or `undefined` when the event has none. */
export type Extracted = FieldValue | readonly FieldValue[] | undefined;

/** How a number is printed: `ppm_print_format`. */
export type PrintFormat = 'na' | 'dec' | 'hex' | 'oct' | '10-padded-dec' | 'id';

/** A test that a field decides itself, made once when a condition is compiled. */
export type FieldTest = (event: Event) => boolean;

/** A mistake in the use of a field, worded as Falco words it. */
export interface FieldError {
  readonly error: string;
}

/** A field with its argument: what conditions and outputs hold. */
export interface BoundField {
  readonly field: Field;
  /** The argument as written; undefined without one. */
  readonly arg: ByteString | undefined;
  readonly type: FieldType;
  readonly list: boolean;
  readonly format: PrintFormat;
  readonly get: (event: Event) => Extracted;
  /** Falco's name of the type, where it is one that conditions can only ask for with `exists`. */
  readonly incomparable?: string;
  /**
   * Where Falco's own class overrides the comparison (`fd.ip`, `fd.net`, `proc.aname` without an index, …): the test for this
   * operator and these parsed values, which then replaces the ordinary one. `compare` is the ordinary test of a single value of the
   * field's type with this operator, modifiers left aside: of several `values` only list operators (`in`, `pmatch`, …) see more than the first.
   */
  readonly test?: (
    op: BinaryOperator | UnaryOperator,
    modifier: Modifier | undefined,
    values: readonly FieldValue[],
    compare: (value: FieldValue) => boolean,
  ) => FieldTest;
  /** Where Falco's own class reads constants in its own way (port names, event types): the value, or Falco's error text. */
  readonly parseValue?: (text: ByteString, op: BinaryOperator) => FieldValue | FieldError;
  /** The value for outputs, where it is not the one for conditions. */
  readonly shown?: (event: Event) => Extracted;
  /** The text in outputs, where it is not that of the value; undefined is `<NA>`. */
  readonly text?: (event: Event) => ByteString | undefined;
  /** The value in JSON, where it is not what shows as text. */
  readonly json?: (event: Event) => JsonValue;
  /** Text in outputs is shown as it is: a plug-in's, which libsinsp does not clean. */
  readonly verbatim?: true;
}

/** One field of Falco's language. Everything that is known of it stands here: the docs page, `tiercel fields`, checks and completion derive from it. */
export interface Field {
  /** As in a condition: `proc.name`. */
  readonly name: string;
  readonly type: FieldType;
  /** True for fields that give several values (`fd.types`). */
  readonly list?: true;
  /** The argument that it takes, by the ways to write it: each with the word that stands for the argument in the reference. */
  readonly arg?: {
    /** Whether there is no value without it. */
    readonly required: boolean;
    /** A number in brackets: `proc.aname[2]`. */
    readonly index?: string;
    /** A text in brackets: `proc.env[HOME]`. */
    readonly key?: string;
    /** A text after a dot: `evt.arg.path`. Where only some are right, they stand here with bars between them: `src|dst`. */
    readonly dotted?: string;
  };
  /** How numbers are printed; decimal if absent. */
  readonly format?: PrintFormat;
  /** One to three sentences in our own words. Names, values and code stand in backquotes, so that the text is Markdown too. */
  readonly desc: string;
  /** Only in conditions, never in outputs. */
  readonly filterOnly?: true;
  /** Cannot stand on the right side (`= val(…)`), nor in a comparison with one. */
  readonly noRightSide?: true;
  /** Cannot be wrapped by a transformer. */
  readonly noTransformer?: true;
  /** Still accepted, with a warning. */
  readonly deprecated?: true;
  /** Accepted, but not in the lists of fields (EPF_TABLE_ONLY). */
  readonly hidden?: true;
  /** Reading it changes what the next reading gives. Falco's JSON reads each field twice and shows the second value. */
  readonly stateful?: boolean;
  /** Suggested for outputs (EPF_FORMAT_SUGGESTED). */
  readonly suggested?: true;
  /** What alone the value depends on, where other fields depend on it too. */
  readonly subject?: Subject;
  /** The value for an event; for fields without an argument or with the argument left away. */
  readonly get: (event: Event) => Extracted;
  /** As in `BoundField`. */
  readonly shown?: (event: Event) => Extracted;
  /** As in `BoundField`. */
  readonly json?: (event: Event) => JsonValue;
  /**
   * For fields that take an argument, or that compare or read constants in their own way. `undefined` as result means that there is no
   * such field with this argument. `dotted` tells that the argument followed a dot instead of standing in brackets.
   */
  readonly bind?: (
    arg: ByteString | undefined,
    dotted?: boolean,
  ) => Partial<Omit<BoundField, 'field' | 'arg'>> | FieldError | undefined;
}

/** What several fields are read from: as long as its kind and its text are the same, so are they all. */
export interface Subject {
  readonly name: string;
  /** Kinds are numbers below this. */
  readonly kinds: number;
  /** Finds the subject of an event: gives its kind, and sets `text`; -1 where fields are to be read anew each time. */
  find(event: Event): number;
  /** The text that `find` found. */
  readonly text: ByteString;
  /** Subjects with the same text mostly have the same place, and others another: a number below `places`, or -1. */
  readonly place: number;
  readonly places: number;
}

/** A group of fields that share a prefix, as Falco lists them. */
export interface FieldClass {
  readonly name: string;
  readonly desc: string;
  /** The source of events that have these fields; absent if all do. */
  readonly source?: string;
  readonly fields: readonly Field[];
}
