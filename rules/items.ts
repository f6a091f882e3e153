import type { ByteString, Priority } from '../engine/index.ts';
import type { Context } from './context.ts';
import type { Version } from './version.ts';
import type { YamlNode, YamlScalar } from './yaml/node.ts';

/** Lists, macros and rules as rule files define them, before anything is resolved. All text is byte strings. */

/** Items are numbered as they are read: `index` is where an item was defined first, `visibility` where it was touched last. */
interface Numbered {
  index: number;
  visibility: number;
}

/** A scalar as it stands in a file: what finds the place of a finding, and is not looked at otherwise. */
export interface Written {
  readonly file: ByteString;
  readonly node: YamlScalar;
}

export interface ListItem extends Numbered {
  readonly name: ByteString;
  readonly context: Context;
  readonly items: ByteString[];
  /** Of each item. */
  readonly written: Written[];
}

export interface MacroItem extends Numbered {
  readonly name: ByteString;
  readonly context: Context;
  readonly conditionContext: Context;
  condition: ByteString;
  /** The definition, and each append. */
  readonly written: Written[];
}

/** A field, comparison or value of an exception, or a list of them. */
export interface ExceptionEntry {
  isList: boolean;
  item: ByteString;
  items: ExceptionEntry[];
  /** Absent in what is filled in. */
  readonly node?: YamlNode;
}

export const emptyEntry = (): ExceptionEntry => ({ isList: false, item: '', items: [] });
export const entryOf = (item: ByteString): ExceptionEntry => ({ isList: false, item, items: [] });
export const isGiven = ({ isList, item, items }: ExceptionEntry): boolean =>
  isList ? items.length > 0 : item !== '';

export interface RuleException {
  readonly name: ByteString;
  readonly context: Context;
  readonly fields: ExceptionEntry;
  readonly comps: ExceptionEntry;
  readonly values: ExceptionEntry[];
}

/** What an append or a replacement may change. */
export interface RuleParts {
  condition: ByteString;
  output: ByteString;
  desc: ByteString;
  tags: ByteString[];
  exceptions: RuleException[];
  priority: Priority;
  enabled: boolean;
  capture: boolean;
  /** Milliseconds. */
  captureDuration: number;
  warnEvttypes: boolean;
  skipIfUnknownFilter: boolean;
}

/** Parts of a rule whose places are kept. */
export type WrittenPart = 'condition' | 'output';

export interface RuleItem extends RuleParts, Numbered {
  readonly name: ByteString;
  readonly source: ByteString;
  readonly context: Context;
  readonly conditionContext: Context;
  readonly outputContext: Context;
  /** Of the condition and the output: what they are made of, as long as nothing replaces them. */
  written: Record<WrittenPart, Written[]>;
  unknownSource: boolean;
}

export interface RuleUpdate {
  readonly parts: Partial<RuleParts>;
  readonly written: Partial<Record<WrittenPart, Written>>;
  readonly name: ByteString;
  /** Empty if it is not to be compared. */
  readonly source: ByteString;
  readonly context: Context;
}

export interface EngineRequirement {
  readonly version: Version;
  readonly context: Context;
}

export interface PluginRequirement {
  readonly context: Context;
  readonly name: ByteString;
  readonly version: ByteString;
}

/** Sorts as `std::set` does. */
export const sortedSet = (texts: Iterable<ByteString>): ByteString[] => [...new Set(texts)].sort();
