import { isStateful, type ByteString, type Condition, type Expr } from '../../engine/index.ts';
import type { Language } from '../language.ts';
import type { PartChange } from './condition.ts';
import type { ListCheck, Part } from './parts.ts';

/**
 * What a change means for the events that a condition matches: `more`, all that it matched and perhaps others; `less`, none that it did not
 * match; `same`, exactly those; `unknown`, nothing of this can be told from the way the condition is built.
 */
export type Effect = 'more' | 'less' | 'same' | 'unknown';

const OPPOSITE: Readonly<Record<Effect, Effect>> = {
  more: 'less',
  less: 'more',
  same: 'same',
  unknown: 'unknown',
};

const both = (a: Effect, b: Effect): Effect => (a === 'same' ? b : b === 'same' || a === b ? a : 'unknown');

/** A condition of a rule with its source. */
export interface RuleCondition {
  readonly condition: Condition;
  readonly source: ByteString;
}

/**
 * The effect of changes between the conditions of two versions of a rule. The event types at which a rule is asked need no look of their own:
 * they are made from the parts as the condition's truth is (union for `or`, intersection for `and`, the other way round below a `not`).
 */
export function ruleEffect(
  old: RuleCondition,
  next: RuleCondition,
  changes: readonly PartChange[],
  language: Language,
): Effect {
  if (old.source !== next.source) return 'unknown';
  // Which checks are made then decides what the next ones find.
  if (isStateful(old.condition.tree) || isStateful(next.condition.tree)) return 'unknown';
  return conditionEffect(changes, language, old.source);
}

/** The effect of changes between two versions of a macro. A macro may hold what no rule for system calls could. */
export function macroEffect(
  old: Expr,
  next: Expr,
  changes: readonly PartChange[],
  language: Language,
): Effect {
  const [before, after] = [old, next].map((expr) => compiled(expr, language, 'syscall'));
  if (before === undefined || after === undefined) return 'unknown';
  return ruleEffect(
    { condition: before, source: 'syscall' },
    { condition: after, source: 'syscall' },
    changes,
    language,
  );
}

/** The effect of changes on a condition whose checks may be made in any order. */
export function conditionEffect(
  changes: readonly PartChange[],
  language: Language,
  source: ByteString,
): Effect {
  const effectOf = (change: PartChange): Effect => {
    switch (change.kind) {
      case 'same':
        return 'same';
      case 'not':
        return OPPOSITE[effectOf(change.change)];
      case 'and':
      case 'or':
        return branchEffect(change.kind, change.changes);
      case 'items':
        return itemsEffect(change, language, source);
      // Alone, a part is neither wider nor narrower than nothing.
      case 'added':
      case 'removed':
        return 'unknown';
    }
  };
  const branchEffect = (kind: 'and' | 'or', parts: readonly PartChange[]): Effect => {
    // A part that only moved, or stands there twice, makes no difference.
    const old = partsOf(parts, 'removed');
    const next = partsOf(parts, 'added');
    return parts.reduce<Effect>((effect, change) => {
      if (change.kind === 'added')
        return old.has(change.part) ? effect : both(effect, kind === 'and' ? 'less' : 'more');
      if (change.kind === 'removed')
        return next.has(change.part) ? effect : both(effect, kind === 'and' ? 'more' : 'less');
      return both(effect, effectOf(change));
    }, 'same');
  };
  const [change, ...more] = changes;
  return change === undefined || more.length > 0 ? 'unknown' : effectOf(change);
}

const partsOf = (changes: readonly PartChange[], side: 'added' | 'removed'): ReadonlySet<Part> =>
  new Set(changes.flatMap((change) => (change.kind === side || change.kind === 'same' ? [change.part] : [])));

/** How a check depends on the set of its items: it grows with it, shrinks with it, or neither is certain. */
type Trend = 'grows' | 'shrinks' | 'unknown';

function itemsEffect(
  { old, next, added, removed }: Extract<PartChange, { kind: 'items' }>,
  language: Language,
  source: ByteString,
): Effect {
  const trend = trendOf(old, next, language, source);
  if (trend === 'unknown' || (added.length > 0 && removed.length > 0)) return 'unknown';
  if (added.length === 0 && removed.length === 0) return 'same';
  return (trend === 'grows') === added.length > 0 ? 'more' : 'less';
}

/** Fields with a comparison of their own that asks whether one of several values is among all items. Others look at the first item only. */
const SEARCHED = /^(?:proc\.a(?:name|exe|exepath|cmdline|args|env|pid)|fd\.(?:port|proto))$/;

function trendOf(old: ListCheck, next: ListCheck, language: Language, source: ByteString): Trend {
  const { op, modifier, left } = old;
  const items = [...old.right.values, ...next.right.values];
  const tree = compiled(old, language, source)?.tree;
  if (tree?.kind !== 'check') return 'unknown';
  const operand = tree.check.left;
  if (operand.field?.test !== undefined)
    return op === 'in' && left.kind === 'field' && SEARCHED.test(left.name) ? 'grows' : 'unknown';
  if (modifier === undefined) {
    if (op === 'in' || op === 'intersects') return 'grows';
    // With patterns Falco's search depends on what else is there.
    return op === 'pmatch' && !items.some((item) => /[?*[]/.test(item)) ? 'grows' : 'unknown';
  }
  if (operand.shape.list) return 'unknown';
  if (modifier === 'anyof') return 'grows';
  // Without items nothing matches.
  const isEmpty = old.right.values.length === 0 || next.right.values.length === 0;
  return modifier === 'allof' && !isEmpty ? 'shrinks' : 'unknown';
}

function compiled(expr: Expr, language: Language, source: ByteString): Condition | undefined {
  try {
    return language.compile(expr, source);
  } catch (error) {
    if (error instanceof Error && 'position' in error) return undefined;
    throw error;
  }
}
