/**
 * Outputs of rules: text in which `%proc.name`, `%evt.arg[0]`, `%10fd.name` and `%toupper(proc.name)` stand for what an event says.
 */
import type { ByteString } from './bytes.ts';
import type { Event } from './event.ts';
import type { BoundField, Extracted, FieldValue } from './fields/define.ts';
import type { Operand as OperandExpr, TransformerArg } from './filter/ast.ts';
import { bindOperand, isFieldError, type FieldLookup, type Operand } from './filter/operand.ts';
import { ConditionError, parseOperand } from './filter/parser.ts';
import { print } from './filter/print.ts';
import { isSeveral } from './filter/transformers.ts';
import { ValueError } from './filter/value-error.ts';
import type { JsonValue } from './json.ts';
import { renderingOf } from './rendering.ts';
import { sanitize } from './state/path.ts';
import { valueJson, valueText } from './value-text.ts';

/** Text for what an event does not have. */
export const NOT_AVAILABLE = '<NA>';

/** Falco has no room for longer text of a list. */
const LIST_SIZE = 1023;

/** Widths beyond this are cut; Falco runs out of memory. */
const MAX_WIDTH = 1 << 20;

/** A compiled output. */
export interface Output {
  /** As written. */
  readonly source: ByteString;
  /** The fields and the outermost transformers in it, as Falco's descriptions of rules list them. */
  readonly names: readonly ByteString[];
  /** The text for an event. */
  readonly text: (event: Event) => ByteString;
  /** The same if the event has a value for every field in it: what libsinsp gives for a format without `*`. */
  readonly completeText: (event: Event) => ByteString | undefined;
  /** The fields for JSON, those within transformers without these; the last value stands where a name comes twice. */
  readonly fields: (event: Event) => Map<ByteString, JsonValue>;
}

/** An output that cannot be compiled, in Falco's words. */
export interface OutputError {
  readonly error: string;
  /** Index of the byte that the error is about: a `%`, or the beginning. */
  readonly at: number;
}

type TextOf = (event: Event) => ByteString | undefined;

/** A field in an output; longer text is cut to the width, if there is one. */
interface Part {
  readonly text: TextOf;
  readonly width: number;
}

interface NamedField {
  readonly name: ByteString;
  readonly json: (event: Event) => JsonValue;
}

/** Compiles the output of a rule. The `*` that it may begin with changes nothing: Falco puts one before every output. */
export function compileOutput(source: ByteString, lookup: FieldLookup): Output | OutputError {
  if (source === '') return { error: 'empty formatting token', at: 0 };
  const parts: (ByteString | Part)[] = [];
  const names: ByteString[] = [];
  const fields: NamedField[] = [];
  const shown = shownLookup(lookup);
  let at = source.startsWith('*') ? 1 : 0;
  while (at < source.length) {
    const percent = source.indexOf('%', at);
    if (percent !== at) parts.push(source.slice(at, percent < 0 ? undefined : percent));
    if (percent < 0) break;
    if (percent === source.length - 1)
      return { error: 'invalid formatting syntax: formatting cannot end with a %', at: percent };
    const width = /^\d+/.exec(source.slice(percent + 1, percent + 32))?.[0] ?? '';
    const start = percent + 1 + digitsAt(source, percent + 1);
    if (start === source.length)
      return { error: 'invalid formatting syntax: formatting cannot end with a number', at: percent };
    const found = longestOperand(source.slice(start), shown);
    if (found === undefined) return { error: "unknown filter: unexpected token after '", at: percent };
    parts.push({ text: operandText(found.operand), width: Math.min(Number(width), MAX_WIDTH) });
    collect(found.expr, shown, names, fields);
    at = start + found.end;
  }
  return {
    source,
    names,
    text: (event) => {
      let text = '';
      for (const part of parts)
        text += typeof part === 'string' ? part : fitted(part.text(event) ?? NOT_AVAILABLE, part);
      return text;
    },
    completeText: (event) => {
      let text = '';
      for (const part of parts) {
        const value = typeof part === 'string' ? part : part.text(event);
        if (value === undefined) return undefined;
        text += typeof part === 'string' ? part : fitted(value, part);
      }
      return text;
    },
    fields: (event) => new Map(fields.map(({ name, json }) => [name, json(event)])),
  };
}

function digitsAt(text: ByteString, at: number): number {
  let end = at;
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return end - at;
}

interface Found {
  readonly expr: OperandExpr;
  readonly operand: Operand;
  readonly end: number;
}

/** The longest beginning of a text that is a field or a transformer. */
function longestOperand(text: ByteString, lookup: FieldLookup): Found | undefined {
  for (let length = text.length; length > 0; length--) {
    try {
      const { operand: expr, end } = parseOperand(text.slice(0, length));
      // Whatever is no field at this length is none with more text behind it.
      length = end;
      return { expr, operand: bindOperand(expr, lookup), end };
    } catch (error) {
      if (!(error instanceof ConditionError || error instanceof ValueError)) throw error;
      if (error instanceof ConditionError && error.position.index === 0) return undefined;
    }
  }
  return undefined;
}

/** Fields as outputs show them. */
const shownFields = new WeakMap<BoundField, BoundField>();

/** Finds fields as outputs show them: `get` gives the value for outputs, clean of what is not printable. */
function shownLookup(lookup: FieldLookup): FieldLookup {
  return (name, arg) => {
    const found = lookup(name, arg);
    if (found === undefined || isFieldError(found)) return found;
    let shown = shownFields.get(found);
    if (shown === undefined) {
      const get = found.shown ?? found.get;
      shown = { ...found, get: found.type === 'CHARBUF' && !found.verbatim ? cleaned(get) : get };
      shownFields.set(found, shown);
    }
    return shown;
  };
}

function cleaned(get: (event: Event) => Extracted): (event: Event) => Extracted {
  return (event) => {
    const value = get(event);
    if (typeof value === 'string') return sanitize(value);
    return isSeveral(value) ? value.map(clean) : value;
  };
}

const clean = (value: FieldValue): FieldValue => (typeof value === 'string' ? sanitize(value) : value);

/** Readers of operands and fields that are the same each time: outputs name the same few. */
const texts = new WeakMap<Operand, TextOf>();
const jsons = new WeakMap<BoundField, NamedField['json']>();

/** The text of what an operand reads, as outputs print it; undefined where an event has no value. */
export function operandText(operand: Operand): TextOf {
  let text = operand.field?.text ?? texts.get(operand);
  if (text === undefined) texts.set(operand, (text = textReader(operand)));
  return text;
}

function textReader({ shape, format, get }: Operand): TextOf {
  return (event) => {
    const { bufferFormat } = renderingOf(event);
    const value = get(event);
    if (value === undefined) return undefined;
    if (!isSeveral(value)) return valueText(value, shape.type, format, bufferFormat);
    const texts = value.map((one) => valueText(one, shape.type, format, bufferFormat) ?? '');
    return shape.list ? listText(texts) : texts[0];
  };
}

/** `(a,b)`: a comma stands before every text but those with nothing before them. */
function listText(texts: readonly ByteString[]): ByteString {
  let list = '';
  for (const text of texts) list += list === '' ? text : `,${text}`;
  return `(${list})`.slice(0, LIST_SIZE);
}

const fitted = (text: ByteString, { width }: Part): ByteString =>
  width === 0 ? text : text.padEnd(width).slice(0, width);

/** The fields of an operand; each is read on its own, apart from the one that makes the text. */
function collect(
  expr: TransformerArg,
  lookup: FieldLookup,
  names: ByteString[],
  fields: NamedField[],
): 'field' | 'transformer' | 'other' {
  switch (expr.kind) {
    case 'field': {
      const bound = lookup(expr.name, expr.arg);
      const name = print(expr);
      names.push(name);
      if (bound !== undefined && !isFieldError(bound)) fields.push({ name, json: fieldJson(bound) });
      return 'field';
    }
    case 'transformer': {
      let last: ReturnType<typeof collect> = 'other';
      for (const value of expr.values) {
        const kind = collect(value, lookup, names, fields);
        if (kind !== 'other') last = kind;
      }
      // A transformer takes the place of the one that it is applied to.
      if (last === 'transformer') names.pop();
      names.push(print(expr));
      return 'transformer';
    }
    case 'transformer-list': {
      let last: ReturnType<typeof collect> = 'other';
      for (const child of expr.children) {
        const kind = collect(child, lookup, names, fields);
        if (kind !== 'other') last = kind;
      }
      return last;
    }
    case 'value':
      return 'other';
  }
}

/** Falco reads a value twice and shows the second. */
function fieldJson(bound: BoundField): NamedField['json'] {
  let json = jsons.get(bound);
  if (json === undefined) jsons.set(bound, (json = jsonReader(bound)));
  return json;
}

function jsonReader(bound: BoundField): NamedField['json'] {
  const read = bound.json ?? ((event: Event) => extractedJson(bound, event));
  if (bound.field.stateful !== true) return read;
  return (event) => {
    read(event);
    return read(event);
  };
}

function extractedJson({ type, list, format, get }: BoundField, event: Event): JsonValue {
  const { bufferFormat } = renderingOf(event);
  const value = get(event);
  if (value === undefined) return null;
  if (!isSeveral(value)) return valueJson(value, type, format, bufferFormat);
  const values = value.map((one) => valueJson(one, type, format, bufferFormat));
  if (!list) return values[0] ?? null;
  return values.length === 0 ? null : values;
}
