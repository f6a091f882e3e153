import { describeProgram, type CompiledRules } from './compiled.ts';
import type { Event } from './event.ts';
import type { Condition } from './filter/condition.ts';
import { eventCodes, PLUGIN_CODES } from './filter/event-types.ts';
import { generate, type PlannedRule } from './filter/generate.ts';
import { isStateful, Planner } from './filter/plan.ts';
import { NO_MATCHES, type Matches, type Matching } from './filter/program.ts';
import { compileSearch, matchNothing, type Search } from './filter/search.ts';
import { evaluate, type Tracer } from './filter/trace.ts';
import { EVENTS } from './tables/events.generated.ts';
import type { EventCode } from './tables/types.ts';

/** Falco's priorities by their number, the most severe first. */
export const PRIORITIES = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What the engine must know of a rule. */
export interface EngineRule {
  readonly name: string;
  readonly condition: Condition;
  readonly priority: Priority;
  /** The source of events that the rule is about: `syscall`, or that of a plugin. */
  readonly source: string;
  readonly enabled: boolean;
}

/** A rule and its place in the list that the engine was made with. */
interface Entry {
  readonly index: number;
  readonly rule: EngineRule;
  readonly codes: ReadonlySet<EventCode>;
}

/** How events are asked about. */
export interface SearchOptions {
  /** Whether an event gives the first rule that matches it, or all. */
  readonly matching: Matching;
  /** So many events of a type are decided by walking the conditions, before code is written for the type: by then, that would have cost about the same. */
  readonly walks?: number;
}

const DEFAULT_WALKS = 16;

/** The enabled rules of one source, with code for each event type that comes often. */
export class Ruleset {
  readonly #entries: readonly Entry[];
  readonly #matching: Matching;
  readonly #walks: number;
  /** The rules that can match at events of a type. */
  readonly #entriesAt: (readonly Entry[] | undefined)[] = [];
  readonly #planner = new Planner();
  readonly #stateful: ReadonlySet<number>;
  readonly #byCode: Search[];

  /** `rules` are the rules of one source with their indexes, in load order. Throws a `ConditionError` for one that cannot be indexed. */
  constructor(
    rules: readonly (readonly [index: number, rule: EngineRule])[],
    { matching, walks = DEFAULT_WALKS }: SearchOptions,
  ) {
    this.#entries = rules.map(([index, rule]) => ({
      index,
      rule,
      codes: rule.source === 'syscall' ? eventCodes(rule.condition.expr) : PLUGIN_CODES,
    }));
    this.#stateful = new Set(
      rules.flatMap(([index, { condition }]) => (isStateful(condition.tree) ? [index] : [])),
    );
    this.#matching = matching;
    this.#walks = walks;
    this.#byCode = EVENTS.map(({ code }) => this.#walk(code));
  }

  /** Whether a rule can match events of a type. */
  asks(code: EventCode): boolean {
    return this.#at(code).length > 0;
  }

  /** The rules that match an event. */
  match(event: Event): Matches {
    const match = this.#byCode[event.code];
    return match === undefined ? NO_MATCHES : match(event);
  }

  /** The same, found by walking the conditions; a tracer is told of every rule and check. */
  trace(event: Event, tracer?: Tracer): Matches {
    let found: number[] | undefined;
    for (const { index, rule } of this.#at(event.code)) {
      tracer?.begin?.(index, event);
      const matched = evaluate(rule.condition.tree, event, tracer);
      tracer?.rule?.(index, matched, event);
      if (!matched) continue;
      if (this.#matching === 'first') return [index];
      if (found === undefined) found = [index];
      else found.push(index);
    }
    return found ?? NO_MATCHES;
  }

  /** What rules become at events of a type: all rules or only some; undefined if none of them can match there. */
  compiled(code: EventCode, wanted?: ReadonlySet<number>): CompiledRules | undefined {
    const rules = this.#plans(code).filter(({ index }) => wanted?.has(index) !== false);
    if (rules.length === 0) return undefined;
    const groups = this.#planner.group(
      rules.map(({ index, plan }) => (this.#stateful.has(index) ? true : plan)),
      Infinity,
    );
    return describeProgram(code, generate(rules, this.#matching), rules, groups);
  }

  #at(code: EventCode): readonly Entry[] {
    return (this.#entriesAt[code] ??= this.#entries.filter(({ codes }) => codes.has(code)));
  }

  #plans(code: EventCode): PlannedRule[] {
    return this.#at(code).flatMap(({ index, rule }) => {
      const plan = this.#planner.plan(rule.condition.tree, code);
      return plan === false ? [] : [{ index, plan }];
    });
  }

  #walk(code: EventCode): Search {
    let left = this.#walks;
    return (event) => (left-- > 0 ? this.trace(event) : this.#build(code)(event));
  }

  #build(code: EventCode): Search {
    const rules = this.#plans(code);
    const search =
      rules.length === 0
        ? matchNothing
        : (compileSearch(rules, (index) => this.#stateful.has(index), this.#planner, this.#matching) ??
          ((event: Event) => this.trace(event)));
    this.#byCode[code] = search;
    return search;
  }
}
