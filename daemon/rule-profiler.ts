import {
  fromBytes,
  print,
  type Check,
  type Engine,
  type Event,
  type Matches,
  type Tracer,
} from '../engine/index.ts';

/** What a rule cost. */
export interface RuleCost {
  readonly rule: string;
  /** Events at which it was asked: those of its types, with `rule_matching: first` only those that no rule before it matched. */
  readonly events: number;
  readonly matches: number;
  readonly seconds: number;
  /** Part of the time of all rules. */
  readonly share: number;
}

/** What a check cost, in all rules that make it. */
export interface CheckCost {
  /** As it stands in a condition. */
  readonly check: string;
  /** How many rules made it. */
  readonly rules: number;
  readonly times: number;
  /** How many times it was true. */
  readonly held: number;
  readonly seconds: number;
  readonly share: number;
}

/** Where the time went, the most expensive first. */
export interface RuleProfile {
  readonly seconds: number;
  readonly rules: readonly RuleCost[];
  readonly checks: readonly CheckCost[];
}

/** A check in one rule, or a rule. */
interface Count {
  times: number;
  held: number;
}

interface CheckInRule extends Count {
  readonly check: Check;
  /** Milliseconds, with those of reading the clock once each time. */
  time: number;
}

/**
 * A check that took longer, in milliseconds, counts as if it took this: no check of rules in use comes near, but the time in which the system let others run, or
 * memory was collected, would fall upon whatever check it met.
 */
const LONGEST = 0.1;

/** The cost of reading the clock is that of so many readings, the best of so many times, as the process may be interrupted here too. */
const READINGS = 1000;
const TRIES = 20;

/**
 * Asks rules as `Engine.match` does, but one after the other, each from left to right as it is written, and takes the time of each check. What it finds is
 * not where `match` spends its time, which asks equal checks once for all rules and the telling ones first, but about what each rule would cost alone; only that
 * the first to ask for a value pays for finding it.
 */
export class RuleProfiler implements Tracer {
  readonly #engine: Engine;
  readonly #clock: () => number;
  readonly #rules: Count[];
  readonly #checks: Map<Check, CheckInRule>[];
  /** The checks of the rule that is being asked. */
  #current = new Map<Check, CheckInRule>();
  /** When the clock was read last, after what the profiler itself had to do. */
  #last = 0;

  /** `clock` gives milliseconds. */
  constructor(engine: Engine, clock = (): number => performance.now()) {
    this.#engine = engine;
    this.#clock = clock;
    this.#rules = engine.rules.map(() => ({ times: 0, held: 0 }));
    this.#checks = engine.rules.map(() => new Map());
  }

  match(event: Event): Matches {
    return this.#engine.trace(event, this);
  }

  begin(index: number): void {
    this.#current = this.#checks[index]!;
    this.#last = this.#clock();
  }

  check(check: Check, outcome: boolean): void {
    const took = Math.min(this.#clock() - this.#last, LONGEST);
    let count = this.#current.get(check);
    if (count === undefined) {
      count = { check, times: 0, held: 0, time: 0 };
      this.#current.set(check, count);
    }
    count.times++;
    if (outcome) count.held++;
    count.time += took;
    this.#last = this.#clock();
  }

  rule(index: number, matched: boolean): void {
    const count = this.#rules[index]!;
    count.times++;
    if (matched) count.held++;
  }

  /** What was found so far. */
  profile(): RuleProfile {
    const reading = this.#readingTime();
    const secondsOf = ({ time, times }: CheckInRule): number => Math.max(0, time - times * reading) / 1000;
    const costs = this.#rules.map((rule, index) => {
      const checks = [...this.#checks[index]!.values()].map((count) => ({
        ...count,
        seconds: secondsOf(count),
      }));
      return { rule, checks, seconds: checks.reduce((sum, { seconds }) => sum + seconds, 0) };
    });
    const total = costs.reduce((sum, { seconds }) => sum + seconds, 0);
    const share = (seconds: number): number => (total === 0 ? 0 : seconds / total);

    const rules = costs.map(({ rule: { times, held }, seconds }, index) => ({
      rule: fromBytes(this.#engine.rules[index]!.name),
      events: times,
      matches: held,
      seconds,
      share: share(seconds),
    }));
    const byText = new Map<string, { rules: Set<number>; times: number; held: number; seconds: number }>();
    costs.forEach(({ checks }, index) => {
      for (const { check, times, held, seconds } of checks) {
        const text = fromBytes(print(check.expr));
        const all = byText.get(text) ?? { rules: new Set(), times: 0, held: 0, seconds: 0 };
        all.rules.add(index);
        all.times += times;
        all.held += held;
        all.seconds += seconds;
        byText.set(text, all);
      }
    });
    const checks = [...byText].map(([check, { rules: inRules, times, held, seconds }]) => ({
      check,
      rules: inRules.size,
      times,
      held,
      seconds,
      share: share(seconds),
    }));
    return { seconds: total, rules: rules.sort(bySeconds), checks: checks.sort(bySeconds) };
  }

  /** Milliseconds from one reading of the clock to the next, with nothing between them. */
  #readingTime(): number {
    let least = Infinity;
    for (let i = 0; i < TRIES; i++) {
      const started = this.#clock();
      for (let j = 1; j < READINGS; j++) this.#clock();
      least = Math.min(least, (this.#clock() - started) / READINGS);
    }
    return least;
  }
}

const bySeconds = (a: { seconds: number }, b: { seconds: number }): number => b.seconds - a.seconds;
