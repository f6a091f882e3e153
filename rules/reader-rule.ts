import type { ByteString, Priority } from '../engine/index.ts';
import { MESSAGES } from './codes.ts';
import type { Context } from './context.ts';
import { sortedSet, type RuleItem, type RuleParts, type RuleUpdate } from './items.ts';
import { parsePriority } from './priority.ts';
import { readExceptions } from './reader-exceptions.ts';
import type { Reading } from './reader.ts';
import {
  fail,
  readBooleanKey,
  readEmptyTextKey,
  readKey,
  readOptionalTextKey,
  readOverrides,
  readTextKey,
  readScalars,
  readUint32Key,
  warnUnknownKeys,
  writtenAt,
} from './reader-values.ts';
import { lookup, type YamlMap } from './yaml/node.ts';

const APPENDABLE = ['condition', 'exceptions', 'output', 'desc', 'tags'] as const;
const REPLACEABLE = [
  ...APPENDABLE,
  'priority',
  'capture',
  'capture_duration',
  'enabled',
  'warn_evttypes',
  'skip-if-unknown-filter',
] as const;
const KNOWN_KEYS = [...REPLACEABLE, 'rule', 'source', 'override', 'append'];

type PartKey = (typeof REPLACEABLE)[number];

/** Reads an item with the key `rule`: a definition, an append, overrides, or the switch of an earlier rule. */
export function readRule(item: YamlMap, parent: Context, reading: Reading): void {
  const { result, collector } = reading;
  const name = readTextKey(item, 'rule', parent.at(item.mark, 'rule'));
  const context = parent.at(item.mark, 'rule', name);
  const source = readEmptyTextKey(item, 'source', context);
  const append = readBooleanKey(item, 'append', context) ?? false;
  if (append) result.warn('LOAD_DEPRECATED_ITEM', MESSAGES.appendDeprecated, context);
  const overrides = readOverrides(item, APPENDABLE, REPLACEABLE, context);
  const overridden = overrides.append.size + overrides.replace.size > 0;
  if (append && overridden) fail(MESSAGES.overrideAndAppend, context);

  if (overridden) {
    const unused = new Set<string>(REPLACEABLE.filter((key) => lookup(item, key)));
    if (overrides.append.size > 0)
      collector.appendRule(
        readUpdate(item, name, source, 'append', APPENDABLE, overrides.append, unused, context, reading),
      );
    if (overrides.replace.size > 0)
      collector.replaceRule(
        readUpdate(item, name, source, 'replace', REPLACEABLE, overrides.replace, unused, context, reading),
      );
    for (const key of [...unused].sort())
      fail(
        `Unexpected key '${key}': no corresponding entry under 'override' is defined.`,
        context.at(lookup(item, key)!.mark, 'overrides', key),
      );
  } else if (append) collector.appendRule(readAppended(item, name, source, context, reading));
  else if (['condition', 'output', 'desc', 'priority'].some((key) => lookup(item, key)))
    collector.defineRule(readDefinition(item, name, context, reading), result);
  else {
    readKey(item, 'enabled', context);
    const enabled = readBooleanKey(item, 'enabled', context)!;
    result.warn('LOAD_DEPRECATED_ITEM', MESSAGES.enabledDeprecated, context);
    collector.enableRule(name, enabled, context);
  }
  warnUnknownKeys(item, KNOWN_KEYS, result, context);
}

/** The source is compared with that of the rule only where the condition is overridden. */
function readUpdate(
  item: YamlMap,
  name: ByteString,
  source: ByteString,
  operation: 'append' | 'replace',
  keys: readonly PartKey[],
  wanted: ReadonlySet<ByteString>,
  unused: Set<string>,
  context: Context,
  reading: Reading,
): RuleUpdate {
  const parts: Partial<RuleParts> = {};
  for (const key of keys) {
    if (!wanted.has(key)) continue;
    if (!unused.has(key))
      fail(`An ${operation} override for '${key}' was specified but '${key}' is not defined`, context);
    unused.delete(key);
    Object.assign(parts, PARTS[key](item, context, reading, operation === 'append'));
  }
  const written: RuleUpdate['written'] = {
    ...(parts.condition !== undefined && { condition: writtenAt(item, 'condition', context) }),
    ...(parts.output !== undefined && { output: writtenAt(item, 'output', context) }),
  };
  return { name, context, source: wanted.has('condition') ? source : '', parts, written };
}

/** How each part of a rule is read where it is there for certain. */
const PARTS: Readonly<
  Record<PartKey, (item: YamlMap, context: Context, reading: Reading, append: boolean) => Partial<RuleParts>>
> = {
  condition: (item, context) => ({ condition: readTextKey(item, 'condition', context) }),
  exceptions: (item, context, { result }, append) => ({
    exceptions: readExceptions(item, context, result, append),
  }),
  output: (item, context) => ({ output: readTextKey(item, 'output', context) }),
  desc: (item, context) => ({ desc: readTextKey(item, 'desc', context) }),
  tags: (item, context) => ({ tags: readTags(item, context) }),
  priority: (item, context) => ({ priority: readPriority(item, context) }),
  capture: (item, context) => ({ capture: readBooleanKey(item, 'capture', context)! }),
  capture_duration: (item, context) => ({
    captureDuration: readUint32Key(item, 'capture_duration', context)!,
  }),
  enabled: (item, context) => ({ enabled: readBooleanKey(item, 'enabled', context)! }),
  warn_evttypes: (item, context) => ({ warnEvttypes: readBooleanKey(item, 'warn_evttypes', context)! }),
  'skip-if-unknown-filter': (item, context) => ({
    skipIfUnknownFilter: readBooleanKey(item, 'skip-if-unknown-filter', context)!,
  }),
};

/** With the old `append: true` only condition and exceptions count. */
function readAppended(
  item: YamlMap,
  name: ByteString,
  source: ByteString,
  context: Context,
  { result }: Reading,
): RuleUpdate {
  const condition = readOptionalTextKey(item, 'condition', context);
  return {
    name,
    source,
    context,
    written: condition === undefined ? {} : { condition: writtenAt(item, 'condition', context) },
    parts: {
      ...(condition !== undefined && { condition }),
      ...(lookup(item, 'exceptions') && { exceptions: readExceptions(item, context, result, true) }),
    },
  };
}

function readDefinition(item: YamlMap, name: ByteString, context: Context, { result }: Reading): RuleItem {
  const condition = readTextKey(item, 'condition', context);
  const output = readTextKey(item, 'output', context).replace(/^[ \t\f\v\n\r]+|[ \t\f\v\n\r]+$/g, '');
  const desc = readTextKey(item, 'desc', context);
  return {
    name,
    context,
    conditionContext: context.at(lookup(item, 'condition')!.mark, 'rule condition'),
    outputContext: context.at(lookup(item, 'output')!.mark, 'rule output'),
    written: {
      condition: [writtenAt(item, 'condition', context)],
      output: [writtenAt(item, 'output', context)],
    },
    index: 0,
    visibility: 0,
    unknownSource: false,
    condition,
    output,
    desc,
    priority: readPriority(item, context),
    source: readOptionalTextKey(item, 'source', context) ?? 'syscall',
    enabled: readBooleanKey(item, 'enabled', context) ?? true,
    capture: readBooleanKey(item, 'capture', context) ?? false,
    captureDuration: readUint32Key(item, 'capture_duration', context) ?? 0,
    warnEvttypes: readBooleanKey(item, 'warn_evttypes', context) ?? true,
    skipIfUnknownFilter: readBooleanKey(item, 'skip-if-unknown-filter', context) ?? false,
    tags: lookup(item, 'tags') ? readTags(item, context) : [],
    exceptions: readExceptions(item, context, result, false),
  };
}

function readTags(item: YamlMap, context: Context): ByteString[] {
  return sortedSet(readScalars(readKey(item, 'tags', context), 'tags', context).map(({ value }) => value));
}

function readPriority(item: YamlMap, context: Context): Priority {
  const text = readTextKey(item, 'priority', context);
  const { mark } = lookup(item, 'priority')!;
  return parsePriority(text) ?? fail('Invalid priority', context.at(mark, 'rule priority'));
}
