import type { ByteString } from '../engine/index.ts';
import { asText, YamlUseError, type YamlNode } from './yaml/node.ts';

/**
 * Falco's JSON schema of rule files (rule_json_schema.h), with the complaints that valijson gives: innermost first, properties in alphabetical
 * order, types weak (any scalar is a string).
 */
type Schema =
  | { readonly type: 'string'; readonly values?: readonly string[] }
  | { readonly type: 'boolean' | 'integer' }
  | { readonly type: 'array'; readonly items: Schema }
  | {
      readonly type: 'object';
      readonly properties: Readonly<Record<string, Schema>>;
      readonly required?: readonly string[];
      readonly notEmpty?: true;
    }
  | { readonly type: 'any'; readonly of?: readonly Schema[] };

const STRING: Schema = { type: 'string' };
const BOOLEAN: Schema = { type: 'boolean' };
const ANY: Schema = { type: 'any' };
const OPERATION: Schema = { type: 'string', values: ['append', 'replace'] };
const VERSION = { name: STRING, version: STRING };

const ITEM: Schema = {
  type: 'object',
  properties: {
    required_engine_version: STRING,
    required_plugin_versions: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          ...VERSION,
          alternatives: {
            type: 'array',
            items: { type: 'object', properties: VERSION, required: ['name', 'version'] },
          },
        },
        required: ['name', 'version'],
      },
    },
    macro: STRING,
    condition: STRING,
    list: STRING,
    items: { type: 'array', items: { type: 'any', of: [{ type: 'integer' }, STRING] } },
    rule: STRING,
    desc: STRING,
    enabled: BOOLEAN,
    output: STRING,
    append: BOOLEAN,
    priority: {
      type: 'string',
      values: [
        'EMERGENCY',
        'ALERT',
        'CRITICAL',
        'ERROR',
        'WARNING',
        'NOTICE',
        'INFO',
        'INFORMATIONAL',
        'DEBUG',
      ],
    },
    capture: BOOLEAN,
    capture_duration: { type: 'integer' },
    source: STRING,
    exceptions: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: STRING, fields: ANY, comps: ANY, values: ANY },
        required: ['name'],
      },
    },
    override: {
      type: 'object',
      properties: Object.fromEntries(
        [
          'items', 'desc', 'condition', 'output', 'priority', 'enabled', 'exceptions', 'capture', 'capture_duration', 'tags',
          'warn_evttypes', 'skip-if-unknown-filter',
        ].map((key) => [key, OPERATION]),
      ), // prettier-ignore
      notEmpty: true,
    },
    tags: { type: 'array', items: STRING },
    warn_evttypes: BOOLEAN,
    'skip-if-unknown-filter': BOOLEAN,
  },
};

function isInt64(text: ByteString): boolean {
  const digits = /^[ \t\n\v\f\r]*([+-]?[0-9]+)$/.exec(text)?.[1];
  if (digits === undefined) return false;
  const value = BigInt(digits.replace('+', ''));
  return BigInt.asIntN(64, value) === value;
}

const WRONG_TYPE = "Value type not permitted by 'type' constraint.";

/** The complaints about one document, or `['ok']`. Throws a `YamlUseError` where a key is no scalar. */
export function checkSchema(document: YamlNode): ByteString[] {
  const complaints: ByteString[] = [];
  check(document, { type: 'array', items: ITEM }, '<root>', complaints);
  return complaints.length === 0 ? ['ok'] : complaints;
}

function check(node: YamlNode, schema: Schema, path: string, complaints: ByteString[]): boolean {
  const before = complaints.length;
  const complain = (text: ByteString): void => void complaints.push(`failed for ${path}: ${text}`);
  switch (schema.type) {
    case 'string':
      if (node.kind !== 'scalar') complain(WRONG_TYPE);
      if (schema.values && !(node.kind === 'scalar' && schema.values.includes(node.value)))
        complain('Failed to match against any enum values.');
      break;
    case 'boolean':
      if (node.kind !== 'scalar' || !/^(?:true|false)$/.test(node.value)) complain(WRONG_TYPE);
      break;
    case 'integer':
      if (node.kind !== 'scalar' || !isInt64(node.value)) complain(WRONG_TYPE);
      break;
    case 'any':
      checkAny(node, schema.of, path, complaints, complain);
      break;
    case 'array':
      if (node.kind !== 'sequence') complain(WRONG_TYPE);
      else
        node.items.forEach((item, i) => {
          if (!check(item, schema.items, `${path}[${i}]`, complaints))
            complain(`Failed to validate item #${i} in array.`);
        });
      break;
    case 'object':
      checkObject(node, schema, path, complaints, complain);
  }
  return complaints.length === before;
}

function checkAny(
  node: YamlNode,
  schemas: readonly Schema[] | undefined,
  path: string,
  complaints: ByteString[],
  complain: (text: ByteString) => void,
): void {
  const start = complaints.length;
  const fits = schemas?.some((schema, i) => {
    if (check(node, schema, path, complaints)) return true;
    complain(`Failed to validate against child schema #${i}.`);
    return false;
  });
  if (fits === false) complain('Failed to validate against any schemas allowed by anyOf constraint.');
  else complaints.length = start;
}

function checkObject(
  node: YamlNode,
  schema: Extract<Schema, { type: 'object' }>,
  path: string,
  complaints: ByteString[],
  complain: (text: ByteString) => void,
): void {
  if (node.kind !== 'map') {
    complain(WRONG_TYPE);
    // Falco aborts here: the adapter takes an empty list for an object.
    if (node.kind === 'sequence' && node.items.length === 0 && schema.notEmpty)
      throw new YamlUseError('an empty list under override, where a map is expected', node.mark, false);
    return;
  }
  // The first of two equal keys counts.
  const values = new Map<ByteString, YamlNode>();
  for (const [key, value] of node.pairs) if (!values.has(asText(key))) values.set(asText(key), value);
  if (schema.notEmpty && values.size < 1) complain('Object should have no fewer than 1 properties.');
  const known = [...values.keys()].filter((name) => Object.hasOwn(schema.properties, name)).sort();
  for (const name of known)
    if (!check(values.get(name)!, schema.properties[name]!, `${path}[${name}]`, complaints))
      complain(`Failed to validate against schema associated with property name '${name}'.`);
  if (known.length !== node.pairs.length) {
    const unwanted = [...values.keys()].find((name) => !Object.hasOwn(schema.properties, name)) ?? '';
    complain(
      `Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints: '${unwanted}'.`,
    );
  }
  for (const name of schema.required ?? [])
    if (!values.has(name)) complain(`Missing required property '${name}'.`);
}
