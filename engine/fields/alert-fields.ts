import type { ByteString } from '../bytes.ts';
import type { JsonInput, JsonInputObject } from '../encoding/json.ts';
import type { FieldLookup } from '../filter/operand.ts';
import { quote } from '../filter/print.ts';
import { parseConstant } from '../filter/values.ts';
import { ValueError } from '../filter/value-error.ts';
import { Double, type JsonValue } from '../json.ts';
import type { BoundField, Extracted, FieldType, FieldValue, PrintFormat } from './define.ts';
import { bindField } from './index.ts';

/** The values of an alert (`output_fields`) by the names of their fields, as outputs write them: `proc.aname[2]`. */
export type AlertValues = ReadonlyMap<ByteString, JsonValue>;

/** What can be asked for such values. */
export type AlertReader = Pick<AlertValues, 'get' | 'has'>;

/**
 * The fields of Falco's language, read from what an alert says instead of an event. Conditions that are bound to `bind` can be asked about any
 * alert: the one in `values` counts. A value that is null is absent; one that is missing is absent too, and `has` tells the difference.
 */
export class AlertFields {
  values: AlertReader = new Map();

  /** Whether the alert says something of a field, if only that it is absent. */
  has(name: ByteString, arg: ByteString | undefined): boolean {
    return this.values.has(keyOf(name, arg));
  }

  /** Finds a field, as the engine does for events. */
  readonly bind: FieldLookup = this.over(bindField);

  /** The same for fields that are found by something else: those of another source. */
  over(lookup: FieldLookup): FieldLookup {
    return (name, arg) => {
      const found = lookup(name, arg);
      if (found === undefined || 'error' in found) return found;
      return this.#bound(found, keyOf(name, arg));
    };
  }

  #bound(
    { field, arg, type, list, format, parseValue, incomparable }: BoundField,
    key: ByteString,
  ): BoundField {
    return {
      // What changes with each reading of an event is written down in an alert.
      field: field.stateful === true ? { ...field, stateful: false } : field,
      arg,
      type: type === 'DYNAMIC' ? 'CHARBUF' : type,
      list,
      format,
      get: () => alertValue(this.values.get(key), type, list, format),
      ...(parseValue && { parseValue }),
      ...(incomparable !== undefined && { incomparable }),
    };
  }
}

/** The key of `output_fields` under which a field stands. */
export const keyOf = (name: ByteString, arg: ByteString | undefined): ByteString =>
  arg === undefined ? name : `${name}[${arg === '' ? '""' : quote(arg)}]`;

/** What an alert says of a field, as a value of its type. */
export function alertValue(
  json: JsonValue | undefined,
  type: FieldType,
  list: boolean,
  format: PrintFormat,
): Extracted {
  if (json === undefined || json === null) return undefined;
  if (!list) return singleValue(json, type, format);
  const values = (Array.isArray(json) ? (json as readonly JsonValue[]) : [json]).map((one) =>
    singleValue(one, type, format),
  );
  return values.filter((value) => value !== undefined);
}

/** A value as it stands in an alert: text may stand for anything, as templates and other programs make text of everything. */
function singleValue(json: JsonValue, type: FieldType, format: PrintFormat): FieldValue | undefined {
  switch (typeof json) {
    case 'boolean':
      return type === 'BOOL' ? json : String(json);
    case 'number':
    case 'bigint':
      return type === 'CHARBUF' || type === 'BYTEBUF' ? String(json) : json;
    case 'string':
      return parsed(json, type, format);
    default:
      return json instanceof Double ? json.value : undefined;
  }
}

const PREFIXES: Partial<Record<PrintFormat, string>> = { hex: '0x', oct: '0o' };

function parsed(text: ByteString, type: FieldType, format: PrintFormat): FieldValue | undefined {
  if (type === 'CHARBUF' || type === 'BYTEBUF') return text;
  try {
    const prefix = PREFIXES[format];
    // Falco prints the bits of negative numbers; more than the type has are lost again.
    if (prefix !== undefined && /^[0-9A-F]+$/i.test(text))
      return parseConstant(BigInt(`${prefix}${text}`).toString(), type);
    return parseConstant(text, type);
  } catch (error) {
    if (error instanceof ValueError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The `output_fields` of an alert, parsed so that its text is byte strings, as values. */
export function alertValues(json: JsonInputObject): AlertValues {
  return new Map(Object.entries(json).map(([key, value]) => [key, jsonValue(value)]));
}

function jsonValue(value: JsonInput): JsonValue {
  if (typeof value === 'number') return Number.isInteger(value) ? value : new Double(value);
  if (typeof value !== 'object' || value === null) return value;
  return isArray(value) ? value.map(jsonValue) : alertValues(value as JsonInputObject);
}

const isArray = (value: object): value is readonly JsonInput[] => Array.isArray(value);
