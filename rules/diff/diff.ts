import type { ByteString, Expr } from '../../engine/index.ts';
import type { LoadedRule } from '../compiler.ts';
import type { Context } from '../context.ts';
import type { Language } from '../language.ts';
import type { LoadResult } from '../load.ts';
import { compareConditions, type PartChange } from './condition.ts';
import { macroEffect, ruleEffect, type Effect } from './effect.ts';
import { PartTable, type Part } from './parts.ts';
import {
  exceptionChanges,
  isEmpty,
  isRewritten,
  propertyChanges,
  setChange,
  writtenCondition,
  type ExceptionChange,
  type PropertyChange,
  type SetChange,
} from './rule.ts';
import { commonInOrder } from './sequence.ts';
import { Uses } from './uses.ts';

/** One side of a comparison: rule files that loaded, and which of their rules run, in the order in which they are tried. */
export interface RuleSide {
  readonly loaded: LoadResult;
  readonly running: readonly LoadedRule[];
}

/** How two sets of rules are compared. */
export interface DiffOptions {
  readonly language: Language;
  /** Whether the order of rules matters (`rule_matching: first`). */
  readonly ordered: boolean;
}

/** How an item of rule files differs. */
export type Change = 'added' | 'removed' | 'changed';

/** Where an item was defined: on the new side, of removed ones on the old. Lines count from 1. */
export interface Place {
  readonly file: ByteString;
  readonly line: number;
}

/** A condition with everything in it replaced, on both sides. */
export interface ConditionChange {
  readonly old: Expr;
  readonly next: Expr;
  readonly changes: readonly PartChange[];
  readonly effect: Effect;
}

/** A rule whose expanded condition changed by way of a macro or a list. */
export interface Consequence {
  readonly rule: ByteString;
  readonly effect: Effect;
  /** Whether it runs on the new side. */
  readonly runs: boolean;
}

/** A list or macro that differs in its own text. */
export interface DefinitionChange {
  readonly name: ByteString;
  readonly change: Change;
  readonly place: Place;
  readonly consequences: readonly Consequence[];
}

/** A list that differs. */
export interface ListChange extends DefinitionChange {
  /** Both empty if only the order of items changed. */
  readonly items: SetChange;
}

/** A macro that differs. */
export interface MacroChange extends DefinitionChange {
  /** For macros that both sides have. */
  readonly condition?: ConditionChange;
}

/** A rule that differs, in itself or in what it uses. */
export interface RuleChange {
  readonly name: ByteString;
  readonly change: Change;
  readonly place: Place;
  readonly old: LoadedRule | undefined;
  readonly next: LoadedRule | undefined;
  /** Whether it runs: it is enabled, by the files or by configuration, and grave enough. */
  readonly runs: { readonly old: boolean; readonly next: boolean };
  /** False if all that changed is what it uses: `causes`. */
  readonly own: boolean;
  readonly properties: readonly PropertyChange[];
  readonly tags: SetChange;
  readonly exceptions: readonly ExceptionChange[];
  /** Whether the text of the condition, exceptions included, changed. */
  readonly rewritten: boolean;
  /** There if the text or what it stands for changed. */
  readonly condition?: ConditionChange;
  /** The changed macros and lists that the condition uses: `macro NAME`, `list NAME`. */
  readonly causes: readonly ByteString[];
}

/** A rule that is tried at another place in the order; of neighbours, only rules that run on both sides count. `undefined` is the beginning. */
export interface MovedRule {
  readonly rule: ByteString;
  readonly after: { readonly old: ByteString | undefined; readonly next: ByteString | undefined };
}

/** Names of macros and lists that nothing refers to on the new side, and that were used, or not there, on the old. */
export interface Unused {
  readonly macros: readonly ByteString[];
  readonly lists: readonly ByteString[];
}

/** What a change of rule files means. */
export interface RulesDiff {
  readonly lists: readonly ListChange[];
  readonly macros: readonly MacroChange[];
  readonly rules: readonly RuleChange[];
  /** The fewest rules by whose moving one order becomes the other; empty where the order does not matter. */
  readonly moved: readonly MovedRule[];
  readonly unused: Unused;
}

/** Compares two sets of rule files. Both must have loaded without an error. */
export function diffRules(old: RuleSide, next: RuleSide, options: DiffOptions): RulesDiff {
  return new RulesComparison(old, next, options).result();
}

/** Whether no item of two sets of rule files differs. */
export const isSame = ({ lists, macros, rules, moved }: RulesDiff): boolean =>
  lists.length + macros.length + rules.length + moved.length === 0;

class RulesComparison {
  readonly #old: RuleSide;
  readonly #next: RuleSide;
  readonly #options: DiffOptions;
  readonly #table = new PartTable();
  readonly #uses: { readonly old: Uses; readonly next: Uses };

  constructor(old: RuleSide, next: RuleSide, options: DiffOptions) {
    this.#old = old;
    this.#next = next;
    this.#options = options;
    this.#uses = {
      old: new Uses(old.loaded, options.language),
      next: new Uses(next.loaded, options.language),
    };
  }

  result(): RulesDiff {
    const lists = this.#lists();
    const macros = this.#macros();
    const changed = new Set([
      ...lists.map(({ name }) => `list ${name}`),
      ...macros.map(({ name }) => `macro ${name}`),
    ]);
    const rules = this.#rules(changed);
    const withConsequences = <T extends { readonly name: ByteString }>(
      kind: 'list' | 'macro',
      item: T,
    ): T & Pick<DefinitionChange, 'consequences'> => ({
      ...item,
      consequences: rules.flatMap(({ name, causes, condition, runs }) =>
        condition !== undefined && causes.includes(`${kind} ${item.name}`)
          ? [{ rule: name, effect: condition.effect, runs: runs.next }]
          : [],
      ),
    });
    return {
      lists: lists.map((list) => withConsequences('list', list)),
      macros: macros.map((macro) => withConsequences('macro', macro)),
      rules,
      moved: this.#options.ordered ? this.#moved() : [],
      unused: {
        macros: newlyUnused(this.#old.loaded.macros, this.#next.loaded.macros),
        lists: newlyUnused(this.#old.loaded.lists, this.#next.loaded.lists),
      },
    };
  }

  #lists(): Omit<ListChange, 'consequences'>[] {
    return pairs(this.#old.loaded.lists, this.#next.loaded.lists).flatMap(([name, old, next]) => {
      const before = old?.definition.items ?? [];
      const after = next?.definition.items ?? [];
      const isEqual =
        old !== undefined &&
        next !== undefined &&
        before.length === after.length &&
        before.every((item, i) => item === after[i]);
      return isEqual ? [] : [{ ...described(name, old, next), items: setChange(before, after) }];
    });
  }

  #macros(): Omit<MacroChange, 'consequences'>[] {
    return pairs(this.#old.loaded.macros, this.#next.loaded.macros).flatMap(([name, old, next]) => {
      if (old === undefined || next === undefined) return [described(name, old, next)];
      if (!isRewritten(old.definition.condition, next.definition.condition)) return [];
      const { changes, ...exprs } = this.#compare(old.condition, next.condition);
      const effect = macroEffect(old.condition, next.condition, changes, this.#options.language);
      return [{ ...described(name, old, next), condition: { ...exprs, changes, effect } }];
    });
  }

  #rules(changed: ReadonlySet<string>): RuleChange[] {
    const running = { old: namesOf(this.#old.running), next: namesOf(this.#next.running) };
    return pairs(byName(this.#old.loaded.rules), byName(this.#next.loaded.rules)).flatMap(
      ([name, old, next]) => {
        const runs = { old: running.old.has(name), next: running.next.has(name) };
        if (old === undefined || next === undefined)
          return [
            {
              ...described(name, old, next),
              old,
              next,
              runs,
              own: true,
              properties: [],
              tags: { added: [], removed: [] },
              exceptions: [],
              rewritten: false,
              causes: [],
            },
          ];
        const change = this.#rule(old, next, runs, changed);
        return change === undefined ? [] : [change];
      },
    );
  }

  #rule(
    old: LoadedRule,
    next: LoadedRule,
    runs: RuleChange['runs'],
    changed: ReadonlySet<string>,
  ): RuleChange | undefined {
    const properties = propertyChanges(old, next);
    const tags = setChange(old.tags, next.tags);
    const exceptions = exceptionChanges(old.definition.exceptions, next.definition.exceptions);
    const texts = { old: writtenCondition(old), next: writtenCondition(next) };
    const rewritten = isRewritten(texts.old, texts.next);
    const { changes, ...exprs } = this.#compare(old.condition.expr, next.condition.expr);
    const isOther = changes.some(({ kind }) => kind !== 'same');
    const uses = isOther ? [...this.#uses.old.of(texts.old), ...this.#uses.next.of(texts.next)] : [];
    const causes = [...new Set(uses)].filter((use) => changed.has(use));
    const own =
      properties.length + exceptions.length > 0 ||
      !isEmpty(tags) ||
      rewritten ||
      runs.old !== runs.next ||
      (isOther && causes.length === 0);
    if (!own && !isOther) return undefined;
    const effect = ruleEffect(old, next, changes, this.#options.language);
    return {
      ...described(next.name, old, next),
      old,
      next,
      runs,
      own,
      properties,
      tags,
      exceptions,
      rewritten,
      ...((rewritten || isOther) && { condition: { ...exprs, changes, effect } }),
      causes,
    };
  }

  #compare(old: Expr, next: Expr): Omit<ConditionChange, 'effect'> {
    const parts: readonly [Part, Part] = [this.#table.partOf(old), this.#table.partOf(next)];
    return { old, next, changes: compareConditions(...parts) };
  }

  /** Rules of different sources never meet. */
  #moved(): MovedRule[] {
    const sources = new Set(this.#next.running.map(({ source }) => source));
    return [...sources].flatMap((source) => {
      const of = (rules: readonly LoadedRule[]): ByteString[] =>
        rules.filter((rule) => rule.source === source).map(({ name }) => name);
      const [allOld, allNext] = [of(this.#old.running), of(this.#next.running)];
      const old = allOld.filter((name) => allNext.includes(name));
      const next = allNext.filter((name) => allOld.includes(name));
      const kept = new Set(commonInOrder(old, next).map(([, place]) => place));
      return next.flatMap((rule, place) =>
        kept.has(place) ? [] : [{ rule, after: { old: old[old.indexOf(rule) - 1], next: next[place - 1] } }],
      );
    });
  }
}

/** An item as it was loaded. */
interface Defined {
  readonly definition: { readonly context: Context };
}

function described(
  name: ByteString,
  old: Defined | undefined,
  next: Defined | undefined,
): Pick<DefinitionChange, 'name' | 'change' | 'place'> {
  const { context } = (next ?? old)!.definition;
  return {
    name,
    change: old === undefined ? 'added' : next === undefined ? 'removed' : 'changed',
    place: { file: context.file, line: context.location.place.line + 1 },
  };
}

/** The items of both sides by name: in the new order, those that are gone at the end. */
function pairs<T>(
  old: ReadonlyMap<ByteString, T>,
  next: ReadonlyMap<ByteString, T>,
): (readonly [name: ByteString, old: T | undefined, next: T | undefined])[] {
  return [...new Set([...next.keys(), ...old.keys()])].map((name) => [name, old.get(name), next.get(name)]);
}

interface Usable {
  readonly used: boolean;
}

const newlyUnused = (
  old: ReadonlyMap<ByteString, Usable>,
  next: ReadonlyMap<ByteString, Usable>,
): readonly ByteString[] =>
  [...next].flatMap(([name, { used }]) => (used || old.get(name)?.used === false ? [] : [name]));

const byName = (rules: readonly LoadedRule[]): ReadonlyMap<ByteString, LoadedRule> =>
  new Map(rules.map((rule) => [rule.name, rule]));

const namesOf = (rules: readonly LoadedRule[]): ReadonlySet<ByteString> =>
  new Set(rules.map(({ name }) => name));
