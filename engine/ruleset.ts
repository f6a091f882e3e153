import { describeProgram, type CompiledRules } from './compiled.ts';
import type { Event } from './event.ts';
import type { Condition } from './filter/condition.ts';
import { eventCodes, PLUGIN_CODES } from './filter/event-types.ts';
import { generate, type PlannedRule } from './filter/generate.ts';
import { isStateful, Planner } from './filter/plan.ts';
import { instantiate, NO_MATCHES, type Matches, type Matching } from './filter/program.ts';
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

type Match = (event: Event) => Matches;

const matchNothing: Match = () => NO_MATCHES;

/** The enabled rules of one source, with one function for each event type, written when the first such event comes. */
export class Ruleset {
  readonly #entries: readonly Entry[];
  readonly #matching: Matching;
  readonly #planner = new Planner();
  readonly #stateful: ReadonlySet<number>;
  readonly #byCode: Match[];

  /** `rules` are the rules of one source with their indexes, in load order. Throws a `ConditionError` for one that cannot be indexed. */
  constructor(rules: readonly (readonly [index: number, rule: EngineRule])[], matching: Matching) {
    this.#entries = rules.map(([index, rule]) => ({
      index,
      rule,
      codes: rule.source === 'syscall' ? eventCodes(rule.condition.expr) : PLUGIN_CODES,
    }));
    this.#stateful = new Set(
      rules.flatMap(([index, { condition }]) => (isStateful(condition.tree) ? [index] : [])),
    );
    this.#matching = matching;
    this.#byCode = EVENTS.map(
      ({ code }) =>
        (event) =>
          this.#build(code)(event),
    );
  }

  /** Whether a rule can match events of a type. */
  asks(code: EventCode): boolean {
    return this.#entries.some(({ codes }) => codes.has(code));
  }

  /** The rules that match an event. */
  match(event: Event): Matches {
    const match = this.#byCode[event.code];
    return match === undefined ? NO_MATCHES : match(event);
  }

  /** The same, found by walking the conditions; a tracer is told of every rule and check. */
  trace(event: Event, tracer?: Tracer): Matches {
    const found: number[] = [];
    for (const { index, rule, codes } of this.#entries) {
      if (!codes.has(event.code)) continue;
      tracer?.begin?.(index, event);
      const matched = evaluate(rule.condition.tree, event, tracer);
      tracer?.rule?.(index, matched, event);
      if (!matched) continue;
      found.push(index);
      if (this.#matching === 'first') break;
    }
    return found;
  }

  /** What rules become at events of a type: all rules or only some; undefined if none of them can match there. */
  compiled(code: EventCode, wanted?: ReadonlySet<number>): CompiledRules | undefined {
    const rules = this.#planned(code, wanted);
    return rules.length === 0 ? undefined : describeProgram(code, generate(rules, this.#matching), rules);
  }

  /** The rules that can match at events of a type, as they are there. */
  #planned(code: EventCode, wanted?: ReadonlySet<number>): readonly PlannedRule[] {
    const rules: PlannedRule[] = [];
    for (const { index, rule, codes } of this.#entries) {
      if (!codes.has(code) || wanted?.has(index) === false) continue;
      const plan = this.#planner.plan(rule.condition.tree, code);
      if (plan !== false) rules.push({ index, plan });
    }
    // A field that changes when it is read must be read when it is its turn.
    const questions = this.#planner.questions(
      rules.map(({ index, plan }) => (this.#stateful.has(index) ? undefined : plan)),
    );
    return rules.map((rule, n) => {
      const question = questions[n];
      return question === undefined ? rule : { ...rule, question };
    });
  }

  #build(code: EventCode): Match {
    const rules = this.#planned(code);
    const match =
      rules.length === 0
        ? matchNothing
        : (instantiate(generate(rules, this.#matching)) ?? ((event: Event) => this.trace(event)));
    this.#byCode[code] = match;
    return match;
  }
}
