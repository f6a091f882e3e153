import type { ByteString, Check, Event, EventCode } from '../../../engine/index.ts';
import { checksOf, type CheckNode, type ConditionNode } from '../../model/condition-node.ts';
import type { ModelRule, RuleModel } from '../../model/model.ts';
import { ItemChecks } from './items.ts';

/** What was seen of one check of a rule, macros expanded. */
export interface LeafCounts {
  /** How often it was made and held. */
  held: number;
  /** How often it was made and did not. */
  failed: number;
  /** Of a list on its right side, by index: how often the item was one for which the check held. */
  readonly items: number[];
}

/** What was seen of one rule. */
export interface RuleCounts {
  /** Cases that expect the rule to fire, and to stay silent. */
  fires: number;
  silent: number;
  /** In the order of `checksOf`. */
  readonly leaves: LeafCounts[];
  /** By the order of the rule's exceptions: how often one applied. */
  readonly exceptions: number[];
}

/** By the index of the rule in its model. */
export type CoverageCounts = readonly RuleCounts[];

/**
 * Counts what tests show of the conditions of rules: which checks came out how, which items of lists and which exceptions made a difference. A
 * macro counts anew in each rule that uses it.
 */
export class CoverageCounter {
  readonly model: RuleModel;
  readonly counts: RuleCounts[];
  readonly #walkers: RuleWalker[];
  readonly #byCode = new Map<EventCode, readonly number[]>();

  constructor(model: RuleModel) {
    this.model = model;
    const items = new ItemChecks(model.language);
    this.#walkers = model.rules.map((rule) => new RuleWalker(rule, items, rule.loaded.source));
    this.counts = this.#walkers.map((walker) => walker.newCounts());
  }

  /** Counts a case that expects a rule to fire or to stay silent. */
  expect(rule: number, kind: 'fires' | 'silent'): void {
    this.counts[rule]![kind]++;
  }

  /** Asks one rule about an event that a machine has applied. */
  see(rule: number, event: Event): void {
    if (this.model.rules[rule]!.codes.has(event.code)) this.#walkers[rule]!.walk(event, this.counts[rule]!);
  }

  /** Asks every rule that Falco asks at events of this type. */
  seeAll(event: Event): void {
    let asked = this.#byCode.get(event.code);
    if (asked === undefined) {
      asked = this.model.rules.flatMap(({ codes }, i) => (codes.has(event.code) ? [i] : []));
      this.#byCode.set(event.code, asked);
    }
    for (const rule of asked) this.#walkers[rule]!.walk(event, this.counts[rule]!);
  }
}

/** Evaluates the condition of one rule, from left to right as long as its result is open, and counts. */
export class RuleWalker {
  readonly leaves: readonly CheckNode[];
  readonly #root: ConditionNode;
  readonly #items: ItemChecks;
  readonly #source: ByteString;
  /** A macro that stands in a rule twice has its checks twice: they are told apart by where the walk is. */
  readonly #sizes = new Map<ConditionNode, number>();
  readonly #exceptions: ReadonlyMap<ConditionNode, number>;

  /** @param source Of the fields in the conditions. */
  constructor(rule: Pick<ModelRule, 'whole' | 'exceptions'>, items: ItemChecks, source: ByteString) {
    this.#source = source;
    this.#root = rule.whole;
    this.#items = items;
    this.leaves = [...checksOf(rule.whole)].map(({ node }) => node);
    this.#exceptions = new Map(rule.exceptions.map(({ condition }, i) => [condition, i]));
  }

  /** Nothing seen yet. */
  newCounts(): RuleCounts {
    return {
      fires: 0,
      silent: 0,
      leaves: this.leaves.map(({ check }) => ({
        held: 0,
        failed: 0,
        items: check.values.length > 1 ? check.values.map(() => 0) : [],
      })),
      exceptions: Array.from(this.#exceptions, () => 0),
    };
  }

  /** Says whether the condition holds. */
  walk(event: Event, count: RuleCounts): boolean {
    return this.#walk(this.#root, event, count, 0);
  }

  /** @param at The index of the node's first check. */
  #walk(node: ConditionNode, event: Event, count: RuleCounts, at: number): boolean {
    const result = this.#result(node, event, count, at);
    const exception = this.#exceptions.get(node);
    if (result && exception !== undefined) count.exceptions[exception]!++;
    return result;
  }

  #result(node: ConditionNode, event: Event, count: RuleCounts, at: number): boolean {
    switch (node.kind) {
      case 'check':
        return this.#check(node.check, event, count.leaves[at]!);
      case 'not':
        return !this.#walk(node.child, event, count, at);
      case 'macro':
        return this.#walk(node.body, event, count, at);
      default: {
        const final = node.kind === 'or';
        let first = at;
        for (const child of node.children) {
          if (this.#walk(child, event, count, first) === final) return final;
          first += this.#size(child);
        }
        return !final;
      }
    }
  }

  #check(check: Check, event: Event, leaf: LeafCounts): boolean {
    const held = check.test(event);
    if (held) leaf.held++;
    else leaf.failed++;
    if (held && leaf.items.length > 0)
      this.#items.of(check, this.#source).forEach((item, i) => {
        if (item(event)) leaf.items[i]!++;
      });
    return held;
  }

  #size(node: ConditionNode): number {
    let size = this.#sizes.get(node);
    if (size === undefined) this.#sizes.set(node, (size = [...checksOf(node)].length));
    return size;
  }
}
