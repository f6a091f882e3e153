import type { Collector } from './collector.ts';
import { Context } from './context.ts';
import { MESSAGES } from './codes.ts';
import type { ListItem, MacroItem } from './items.ts';
import { isUtf8 } from './utf8.ts';
import { RuleError, type FileResult } from './result.ts';
import { readRule } from './reader-rule.ts';
import {
  fail,
  readBooleanKey,
  readKey,
  readOverrides,
  readTextKey,
  readScalars,
  warnUnknownKeys,
  writtenAt,
} from './reader-values.ts';
import { checkSchema } from './schema.ts';
import { parseVersion, type Version } from './version.ts';
import { lookup, readUint32, YamlError, YamlUseError, type YamlMap, type YamlNode } from './yaml/node.ts';
import { readYaml } from './yaml/read.ts';

/** What reading an item needs beside the item. */
export interface Reading {
  readonly result: FileResult;
  readonly collector: Collector;
}

/**
 * Reads a rule file and gives its items to the collector, up to the first error. False if there was one (it is in the result); items
 * before it stay collected, as in Falco.
 */
export function readRules(reading: Reading): boolean {
  const { result } = reading;
  const context = Context.file(result.name);
  let documents: YamlNode[];
  try {
    documents = readYaml(result.content);
    result.schema = documents.flatMap(checkSchema);
  } catch (error) {
    if (error instanceof YamlError)
      result.errors.push(
        new RuleError('LOAD_ERR_YAML_PARSE', error.message, context.at(error.mark, 'value for')),
      );
    else if (error instanceof YamlUseError)
      result.errors.push(new RuleError('LOAD_ERR_YAML_PARSE', error.message, context, error.mark));
    else throw error;
    return false;
  }
  try {
    for (const document of documents) readDocument(document, context, reading);
  } catch (error) {
    if (error instanceof RuleError) result.errors.push(error);
    else if (error instanceof YamlUseError)
      result.errors.push(new RuleError('LOAD_ERR_VALIDATE', error.message, context, error.mark));
    else throw error;
    return false;
  }
  return true;
}

function readDocument(document: YamlNode, context: Context, reading: Reading): void {
  if (document.kind !== 'map' && document.kind !== 'sequence') fail('Rules content is not yaml', context);
  if (document.kind !== 'sequence') fail('Rules content is not yaml array of objects', context);
  for (const item of document.items) {
    if (item.kind === 'null') continue;
    if (item.kind !== 'map')
      fail(
        'Unexpected element type. Each element should be a yaml associative array.',
        context.at(item.mark, 'rules content item'),
      );
    readItem(item, context, reading);
  }
}

function readItem(item: YamlMap, parent: Context, reading: Reading): void {
  if (lookup(item, 'required_engine_version')) readEngineVersion(item, parent, reading);
  else if (lookup(item, 'required_plugin_versions')) readPluginVersions(item, parent, reading);
  else if (lookup(item, 'list')) readList(item, parent, reading);
  else if (lookup(item, 'macro')) readMacro(item, parent, reading);
  else if (lookup(item, 'rule')) readRule(item, parent, reading);
  else
    reading.result.warn(
      'LOAD_UNKNOWN_ITEM',
      'Unknown top level item',
      parent.at(item.mark, 'rules content item'),
    );
}

function readEngineVersion(item: YamlMap, parent: Context, { result, collector }: Reading): void {
  const context = parent.at(item.mark, 'required_engine_version');
  const text = readTextKey(item, 'required_engine_version', context);
  const minor = readUint32(text);
  const version: Version | undefined =
    minor === undefined ? parseVersion(text) : { major: 0, minor, patch: 0 };
  if (!version)
    fail(
      `Unable to parse engine version '${text}' as a semver string. Expected "x.y.z" semver format.`,
      context,
    );
  collector.requireEngine({ version, context });
  warnUnknownKeys(item, ['required_engine_version'], result, context);
}

function readPluginVersions(item: YamlMap, parent: Context, { result, collector }: Reading): void {
  const list = lookup(item, 'required_plugin_versions')!;
  const context = parent.at(list.mark, 'required plugin versions');
  if (list.kind !== 'sequence') fail('Value of required_plugin_versions must be a sequence', context);
  for (const plugin of list.items) {
    const unnamed = context.at(plugin.mark, 'required plugin versions entry');
    if (plugin.kind !== 'map') fail('Plugin version must be a mapping', unnamed);
    const name = readTextKey(plugin, 'name', unnamed);
    const entry = context.at(plugin.mark, 'required plugin versions entry', name);
    const required = [{ name, version: readTextKey(plugin, 'version', entry), context: entry }];
    const alternatives = lookup(plugin, 'alternatives');
    if (alternatives) {
      if (alternatives.kind !== 'sequence')
        fail('Value of plugin version alternatives must be a sequence', entry);
      for (const other of alternatives.items) {
        const at = entry.at(other.mark, 'required plugin versions alternative');
        if (other.kind !== 'map') fail('Plugin version alternative must be a mapping', at);
        const otherName = readTextKey(other, 'name', at);
        const named = entry.at(other.mark, 'required plugin versions alternative', otherName);
        required.push({ name: otherName, version: readTextKey(other, 'version', named), context: named });
      }
    }
    collector.requirePlugin(required, entry);
  }
  const whole = parent.at(item.mark, 'required plugin versions');
  warnUnknownKeys(item, ['required_plugin_versions'], result, whole);
}

const LIST_NAME = /^[^()"' \t\n\v\f\r=,]+$/;
const MACRO_NAME = /^[a-zA-Z]+[a-zA-Z0-9_]*$/;

function readList(item: YamlMap, parent: Context, { result, collector }: Reading): void {
  const name = readTextKey(item, 'list', parent.at(item.mark, 'list'));
  const context = parent.at(item.mark, 'list', name);
  // Falco's pattern reads UTF-8: bytes that are none do not match.
  if (!LIST_NAME.test(name) || !isUtf8(name))
    result.warn(
      'LOAD_INVALID_LIST_NAME',
      'List has an invalid name. List names should match a regular expression: ([^()"\'[:space:]=,]+)',
      context,
    );
  const items = readScalars(readKey(item, 'items', context), 'items', context);
  const append = readAppend(item, context, result, ['items']);
  const list: ListItem = {
    name,
    context,
    items: items.map(({ value }) => value),
    written: items.map((node) => ({ file: context.file, node })),
    index: 0,
    visibility: 0,
  };
  if (append) collector.appendList(list);
  else collector.defineList(list);
  warnUnknownKeys(item, ['list', 'items', 'append', 'override'], result, context);
}

function readMacro(item: YamlMap, parent: Context, { result, collector }: Reading): void {
  const name = readTextKey(item, 'macro', parent.at(item.mark, 'macro'));
  const context = parent.at(item.mark, 'macro', name);
  if (!MACRO_NAME.test(name))
    result.warn(
      'LOAD_INVALID_MACRO_NAME',
      'Macro has an invalid name. Macro names should match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)',
      context,
    );
  const condition = readTextKey(item, 'condition', context);
  const conditionContext = context.at(lookup(item, 'condition')!.mark, 'macro condition');
  const append = readAppend(item, context, result, ['condition']);
  const macro: MacroItem = {
    name,
    context,
    conditionContext,
    condition,
    written: [writtenAt(item, 'condition', context)],
    index: 0,
    visibility: 0,
  };
  if (append) collector.appendMacro(macro);
  else collector.defineMacro(macro);
  warnUnknownKeys(item, ['macro', 'condition', 'append', 'override'], result, context);
}

/** Whether a list or macro is appended to an earlier one. Only its one key can be overridden, so a replacement is a definition. */
function readAppend(item: YamlMap, context: Context, result: FileResult, keys: readonly string[]): boolean {
  const flag = readBooleanKey(item, 'append', context) ?? false;
  if (flag) result.warn('LOAD_DEPRECATED_ITEM', MESSAGES.appendDeprecated, context);
  const { append, replace } = readOverrides(item, keys, keys, context);
  if (flag && append.size + replace.size > 0) fail(MESSAGES.overrideAndAppend, context);
  return flag || append.size > 0;
}
