import type { CompiledRules } from './compiled.ts';
import type { Event } from './event.ts';
import { NO_MATCHES, type Matches } from './filter/program.ts';
import type { Tracer } from './filter/trace.ts';
import { PRIORITIES, Ruleset, type EngineRule, type Priority, type SearchOptions } from './ruleset.ts';
import type { EventCode } from './tables/types.ts';

export interface EngineOptions extends SearchOptions {
  /** Rules less severe than this are left out (Falco's `priority`); default: none. */
  readonly minPriority?: Priority;
}

/** Rules, ready to be asked about events. Rules are named by their index in the list given. */
export class Engine {
  readonly rules: readonly EngineRule[];
  readonly #sources = new Map<string, Ruleset>();
  readonly #syscall: Ruleset | undefined;

  /** Throws a `ConditionError` for a condition that Falco could not index by event type. */
  constructor(rules: readonly EngineRule[], { minPriority = 'Debug', ...search }: EngineOptions) {
    this.rules = rules;
    const limit = PRIORITIES.indexOf(minPriority);
    const bySource = new Map<string, [number, EngineRule][]>();
    rules.forEach((rule, index) => {
      if (!rule.enabled || PRIORITIES.indexOf(rule.priority) > limit) return;
      const ofSource = bySource.get(rule.source);
      if (ofSource === undefined) bySource.set(rule.source, [[index, rule]]);
      else ofSource.push([index, rule]);
    });
    for (const [source, ofSource] of bySource) this.#sources.set(source, new Ruleset(ofSource, search));
    this.#syscall = this.#sources.get('syscall');
  }

  /** Whether a rule can match events of a type, of any source. */
  asks(code: EventCode): boolean {
    return [...this.#sources.values()].some((ruleset) => ruleset.asks(code));
  }

  /** The rules that match an event, of those for its source, in load order: an empty list that is always the same if there are none. */
  match(event: Event): Matches {
    const { origin } = event;
    const ruleset = origin === undefined ? this.#syscall : this.#sources.get(origin.name);
    return ruleset === undefined ? NO_MATCHES : ruleset.match(event);
  }

  /** The same as `match`, slower, telling a tracer how each rule came to its result. */
  trace(event: Event, tracer: Tracer): Matches {
    return this.#sources.get(event.origin?.name ?? 'syscall')?.trace(event, tracer) ?? NO_MATCHES;
  }

  /** What the rules of a source become at events of a type: all of them or only some; undefined if none of them can match there. */
  compiled(
    code: EventCode,
    { source = 'syscall', rules }: { source?: string; rules?: ReadonlySet<number> } = {},
  ): CompiledRules | undefined {
    return this.#sources.get(source)?.compiled(code, rules);
  }
}
