import type { ByteString } from '../engine/index.ts';
import type { Context } from './context.ts';
import { emptyEntry, type ExceptionEntry, type RuleException } from './items.ts';
import { fail, readKey, readTextKey } from './reader-values.ts';
import type { FileResult } from './result.ts';
import { lookup, type YamlMap, type YamlNode } from './yaml/node.ts';

/** The exceptions of a rule. In appends and appending overrides (`append`) they need no fields, but values. */
export function readExceptions(
  item: YamlMap,
  parent: Context,
  result: FileResult,
  append: boolean,
): RuleException[] {
  const exceptions: RuleException[] = [];
  const list = lookup(item, 'exceptions');
  if (!list || list.kind === 'null') return exceptions;
  const listContext = parent.at(list.mark, 'exceptions');
  if (list.kind !== 'sequence') fail('Rule exceptions must be a sequence', listContext);
  for (const node of list.items) {
    const unnamed = listContext.at(node.mark, 'exception');
    if (node.kind !== 'map') fail('Rule exception must be a mapping', unnamed);
    const name = readTextKey(node, 'name', unnamed);
    const context = parent.at(node.mark, 'exception', name);
    for (const other of exceptions)
      if (other.name === name)
        result.warn(
          'LOAD_EXCEPTION_NAME_NOT_UNIQUE',
          `Multiple definitions of exception '${name}' in the same rule`,
          context,
        );
    const fields =
      append && !lookup(node, 'fields')
        ? emptyEntry()
        : readEntry(readKey(node, 'fields', context), 'fields', context);
    const compsNode = lookup(node, 'comps');
    const comps = compsNode ? readEntry(compsNode, 'comps', context) : emptyEntry();
    exceptions.push({ name, context, fields, comps, values: readValues(node, context, result, append) });
  }
  return exceptions;
}

function readValues(
  exception: YamlMap,
  context: Context,
  result: FileResult,
  append: boolean,
): ExceptionEntry[] {
  const values = lookup(exception, 'values');
  if (!values) {
    if (append)
      result.warn('LOAD_APPEND_NO_VALUES', 'Overriding/appending exception with no values', context);
    return [];
  }
  const valuesContext = context.at(values.mark, 'exception values');
  if (values.kind !== 'sequence') fail('Rule exception values must be a sequence', valuesContext);
  const known = new Map<YamlNode, ExceptionEntry>();
  return values.items.map((value) =>
    readEntry(value, '', valuesContext.at(value.mark, 'exception value'), known),
  );
}

/** Aliases of aliases nest deeper than YAML itself may; Falco ends there, and where a sequence holds itself. */
const MAX_DEPTH = 500;

/** Nulls and maps are passed over in silence; they fail later, as conditions. A sequence with an alias is read once. */
function readEntry(
  node: YamlNode,
  key: ByteString,
  parent: Context,
  known = new Map<YamlNode, ExceptionEntry>(),
  depth = 0,
): ExceptionEntry {
  const before = known.get(node);
  if (before) return before;
  const context = parent.at(node.mark, 'value for', key);
  if (depth > MAX_DEPTH) fail('exceptions are nested too deeply', context);
  const entry: ExceptionEntry = { ...emptyEntry(), node };
  if (node.kind === 'scalar') {
    if (node.value === '') fail('Value must be non-empty', context);
    entry.item = node.value;
  } else if (node.kind === 'sequence') {
    known.set(node, entry);
    entry.isList = true;
    entry.items = node.items.map((item) =>
      readEntry(item, '', context.at(item.mark, 'exception'), known, depth + 1),
    );
  }
  return entry;
}
