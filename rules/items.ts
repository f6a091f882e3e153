import type { ByteString, Priority } from '../engine/index.ts';
import type { Context } from './context.ts';
import type { Version } from './version.ts';

/** Lists, macros and rules as rule files define them, before anything is resolved. All text is byte strings. */

/** Items are numbered as they are read: `index` is where an item was defined first, `visibility` where it was touched last. */
interface Numbered {
  index: number;
  visibility: number;
}

export interface ListItem extends Numbered {
  readonly name: ByteString;
  readonly context: Context;
  readonly items: ByteString[];
}

export interface MacroItem extends Numbered {
  readonly name: ByteString;
  readonly context: Context;
  readonly conditionContext: Context;
  condition: ByteString;
}

/** A field, comparison or value of an exception, or a list of them. */
export interface ExceptionEntry {
  isList: boolean;
  item: ByteString;
  items: ExceptionEntry[];
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

export interface RuleItem extends RuleParts, Numbered {
  readonly name: ByteString;
  readonly source: ByteString;
  readonly context: Context;
  readonly conditionContext: Context;
  readonly outputContext: Context;
  unknownSource: boolean;
}

export interface RuleUpdate {
  readonly parts: Partial<RuleParts>;
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
  readonly name: ByteString;
  readonly version: ByteString;
}

/** Sorts as `std::set` does. */
export const sortedSet = (texts: Iterable<ByteString>): ByteString[] => [...new Set(texts)].sort();
