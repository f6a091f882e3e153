import type { ByteString } from '../engine/index.ts';
import type { Context } from './context.ts';
import type { Written } from './items.ts';
import { RuleError, type FileResult } from './result.ts';
import {
  asText,
  lookup,
  readBoolean,
  readUint32,
  YamlUseError,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from './yaml/node.ts';

/** Throws the error that a file does not have the right structure. */
export function fail(message: ByteString, context: Context): never {
  throw new RuleError('LOAD_ERR_YAML_VALIDATE', message, context);
}

/** The node of a key that must be there. */
export function readKey(item: YamlMap, key: ByteString, context: Context): YamlNode {
  return lookup(item, key) ?? fail(`Item has no mapping for key '${key}'`, context);
}

/** The text of a key that must be there and not be empty. */
export function readTextKey(item: YamlMap, key: ByteString, context: Context): ByteString {
  const node = readKey(item, key, context);
  if (node.kind === 'null') fail(`Mapping for key '${key}' is empty`, context);
  const at = context.at(node.mark, 'value for', key);
  if (node.kind !== 'scalar') fail('Value is not a scalar value', at);
  if (node.value === '') fail('Value must be non-empty', at);
  return node.value;
}

/** The text of a key that may be missing or empty. */
export function readEmptyTextKey(item: YamlMap, key: ByteString, context: Context): ByteString {
  const node = lookup(item, key);
  if (!node || node.kind === 'null' || (node.kind === 'scalar' && node.value === '')) return '';
  return readTextKey(item, key, context);
}

export function readOptionalTextKey(
  item: YamlMap,
  key: ByteString,
  context: Context,
): ByteString | undefined {
  return lookup(item, key) && readTextKey(item, key, context);
}

export function readBooleanKey(item: YamlMap, key: ByteString, context: Context): boolean | undefined {
  return readDecoded(item, key, context, readBoolean);
}

export function readUint32Key(item: YamlMap, key: ByteString, context: Context): number | undefined {
  return readDecoded(item, key, context, readUint32);
}

function readDecoded<T>(
  item: YamlMap,
  key: ByteString,
  context: Context,
  decode: (text: ByteString) => T | undefined,
): T | undefined {
  const node = lookup(item, key);
  if (!node) return undefined;
  return (
    decode(readTextKey(item, key, context)) ??
    fail("Can't decode YAML scalar value", context.at(node.mark, 'value for', key))
  );
}

/** A sequence of scalars. */
export function readScalars(node: YamlNode, key: ByteString, context: Context): YamlScalar[] {
  const at = context.at(node.mark, 'value for', key);
  if (node.kind !== 'sequence') fail('Value is not a sequence', at);
  return node.items.map((item) =>
    item.kind === 'scalar' ? item : fail('sequence value is not scalar', at.at(item.mark, 'list item')),
  );
}

/** A scalar that was read before as the text of the key. */
export const writtenAt = (item: YamlMap, key: ByteString, { file }: Context): Written => ({
  file,
  node: lookup(item, key) as YamlScalar,
});

export interface Overrides {
  readonly append: ReadonlySet<ByteString>;
  readonly replace: ReadonlySet<ByteString>;
}

/** The `override` of an item. Nulls, scalars and `{}` are as if it were not there. */
export function readOverrides(
  item: YamlMap,
  appendable: readonly string[],
  replaceable: readonly string[],
  context: Context,
): Overrides {
  const append = new Set<ByteString>();
  const replace = new Set<ByteString>();
  const node = lookup(item, 'override');
  if (node?.kind === 'sequence')
    throw new YamlUseError(
      'invalid node; this may result from using a map iterator as a sequence iterator, or vice-versa',
      node.mark,
      false,
    );
  if (node?.kind !== 'map') return { append, replace };
  const overrides = context.at(item.mark, 'overrides');
  for (const [keyNode, value] of node.pairs) {
    const key = asText(keyNode);
    const operation = asText(value);
    const at = overrides.at(keyNode.mark, 'overrides', key);
    if (operation === 'append') {
      if (!appendable.includes(key)) fail(`Key '${key}' cannot be appended to, use 'replace' instead`, at);
      append.add(key);
    } else if (operation === 'replace') {
      if (!replaceable.includes(key)) fail(`Key '${key}' cannot be replaced`, at);
      replace.add(key);
    } else {
      const allowed =
        (appendable.includes(key) ? 'append ' : '') + (replaceable.includes(key) ? 'replace ' : '');
      fail(
        `Invalid override operation for key '${key}': '${operation}'. Allowed values are: ${allowed}`,
        overrides.at(value.mark, 'value for', key),
      );
    }
  }
  return { append, replace };
}

export function warnUnknownKeys(
  item: YamlMap,
  known: readonly string[],
  result: FileResult,
  context: Context,
): void {
  for (const [keyNode] of item.pairs) {
    const key = asText(keyNode);
    if (!known.includes(key))
      result.warn('LOAD_UNKNOWN_KEY', `Unknown key '${key}'. The key will be ignored.`, context);
  }
}
