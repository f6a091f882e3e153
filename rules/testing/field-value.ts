/** Values of fields as test files write them: what a text means is decided by the field's type, never by how YAML would read it. */
import {
  bindField,
  fromBytes,
  parseOperand,
  toBytes,
  type BoundField,
  type FieldLookup,
  type FieldType,
  type SourcePlace,
} from '../../engine/index.ts';
import { fieldHint } from '../findings/condition-hints.ts';
import { readBoolean, type YamlNode } from '../yaml/node.ts';
import type { TestDocument } from './document.ts';
import type { Problem } from './problem.ts';
import { isFieldKey } from './schema.ts';
import type { Fact, FactValue } from './scene/index.ts';

/** A fact of a test file. Its place is worked out when somebody asks for it. */
export class PlacedFact implements Fact {
  readonly field: string;
  readonly value: FactValue;
  readonly #document: TestDocument;
  readonly #key: YamlNode;

  constructor(field: string, value: FactValue, document: TestDocument, key: YamlNode) {
    this.field = field;
    this.value = value;
    this.#document = document;
    this.#key = key;
  }

  get place(): SourcePlace {
    return this.#document.placeOf(this.#key);
  }
}

/** The field that a key names, with its argument; undefined if there is none. */
export function fieldOfKey(key: string, fields: FieldLookup = bindField): BoundField | undefined {
  try {
    const text = toBytes(key);
    const { operand, end } = parseOperand(text);
    if (operand.kind !== 'field' || end !== text.length) return undefined;
    const found = fields(operand.name, operand.arg);
    return found === undefined || 'error' in found ? undefined : found;
  } catch {
    return undefined;
  }
}

/** Fields that were looked up before, by what they were looked up in. */
const known = new WeakMap<FieldLookup, Map<string, BoundField | undefined>>();

/** The facts of a map; what is wrong is reported and left out. Keys of the format are passed over. */
export function readFacts(map: YamlNode | undefined, document: TestDocument, report: Report): PlacedFact[] {
  return fieldsOf(map, document, report).flatMap(({ name, type, key, node }) => {
    const value = readChecked(name, type, node, document, report);
    return value === undefined ? [] : [new PlacedFact(name, value, document, key)];
  });
}

/** The facts of a map whose values are lists: for each field, one fact for each value. */
export function readMatrix(
  map: YamlNode | undefined,
  document: TestDocument,
  report: Report,
): PlacedFact[][] {
  return fieldsOf(map, document, report).map(({ name, type, key, node }) => {
    if (node.kind === 'sequence' && node.items.length === 0)
      report({
        code: 'TEST_SHAPE',
        message: `${name}: there is no value, and so no case`,
        place: document.placeOf(node),
      });
    return (node.kind === 'sequence' ? node.items : []).flatMap((item) => {
      const value = readChecked(name, type, item, document, report);
      return value === undefined ? [] : [new PlacedFact(name, value, document, key)];
    });
  });
}

type Report = (problem: Problem) => void;

interface FieldEntry {
  readonly name: string;
  readonly type: FieldType;
  readonly key: YamlNode;
  readonly node: YamlNode;
}

function fieldsOf(map: YamlNode | undefined, document: TestDocument, report: Report): FieldEntry[] {
  const entries = new Map<string, FieldEntry>();
  for (const [key, node] of map?.kind === 'map' ? map.pairs : []) {
    if (key.kind !== 'scalar' || !isFieldKey(key.value)) continue;
    const name = fromBytes(key.value);
    const field = boundField(name, document.fields);
    if (field === undefined)
      report({
        code: 'TEST_UNKNOWN_FIELD',
        message: `there is no field ${name}`,
        place: document.placeOf(key),
        hint: fieldHint(name),
      });
    // That a key stands twice is told elsewhere.
    else if (!entries.has(name)) entries.set(name, { name, type: field.type, key, node });
  }
  return [...entries.values()];
}

function readChecked(
  name: string,
  type: FieldType,
  node: YamlNode,
  document: TestDocument,
  report: Report,
): FactValue | undefined {
  const value = readValue(node, type);
  if (value === undefined)
    report({
      code: 'TEST_FIELD_VALUE',
      message: `${name} is ${TYPE_NAMES[type] ?? 'a whole number'}, found ${foundText(node)}`,
      place: document.placeOf(node),
    });
  return value;
}

function boundField(name: string, fields: FieldLookup): BoundField | undefined {
  let bound = known.get(fields);
  if (bound === undefined) known.set(fields, (bound = new Map()));
  if (!bound.has(name)) bound.set(name, fieldOfKey(name, fields));
  return bound.get(name);
}

const TYPE_NAMES: Partial<Record<FieldType, string>> = {
  BOOL: 'true or false',
  DOUBLE: 'a number',
  CHARBUF: 'a text',
  BYTEBUF: 'a text',
  IPADDR: 'an address',
  IPNET: 'a network',
};

const foundText = (node: YamlNode): string =>
  node.kind === 'scalar'
    ? `"${fromBytes(node.value).slice(0, 40)}"`
    : node.kind === 'map'
      ? 'a map'
      : 'a list';

/** The value of a node for a field of a type; undefined if it is none. */
export function readValue(node: YamlNode, type: FieldType): FactValue | undefined {
  switch (node.kind) {
    case 'null':
      return null;
    case 'map':
      return undefined;
    case 'sequence': {
      const values = node.items.map((item) =>
        item.kind === 'scalar' ? readScalar(item.value, type) : undefined,
      );
      return values.every((value) => value !== undefined) ? values : undefined;
    }
    case 'scalar':
      return readScalar(node.value, type);
  }
}

type Scalar = string | number | bigint | boolean;

/** A text as a value of a field of a type; undefined if it is none. */
export function readScalar(text: string, type: FieldType): Scalar | undefined {
  switch (type) {
    case 'CHARBUF':
    case 'BYTEBUF':
    case 'IPADDR':
    case 'IPNET':
    case 'DYNAMIC':
      return fromBytes(text);
    case 'BOOL':
      return readBoolean(text);
    case 'DOUBLE':
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
    default:
      return readInteger(text);
  }
}

/** A whole number in decimal or `0x…`, with all its digits. */
function readInteger(text: string): number | bigint | undefined {
  if (!/^-?(?:\d{1,20}|0[xX][\da-fA-F]{1,16})$/.test(text)) return undefined;
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}
