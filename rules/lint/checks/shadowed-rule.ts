import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import type { ModelRule } from '../../model/model.ts';
import { fails, holds, type Reasoner } from '../../model/reasoning/reasoner.ts';

const broad = exampleRule({ name: 'Any shell', condition: 'evt.type = execve and proc.name in (bash, sh)' });
const narrow = exampleRule({
  name: 'Shell below nginx',
  condition: 'evt.type = execve and proc.name = sh and proc.pname = nginx',
});

export const shadowedRule: LintCheck = {
  code: 'shadowed-rule',
  severity: 'warning',
  what: 'A rule that never gets an event, as an earlier rule takes all of its events.',
  why: 'With `rule_matching: first`, Falco’s default, an event goes to the first rule that matches it, in load order. A rule whose condition implies that of an earlier rule is then never heard of.',
  bad: `${broad}\n${narrow}`,
  good: `${narrow}\n${broad}`,
  *check({ rules, reasoner }) {
    const running = rules.filter(({ loaded }) => loaded.enabled && loaded.eventTypes > 0);
    const asked = new Wherever();
    for (const [i, rule] of running.entries()) {
      const isTrue = reasoner.example([holds(rule.whole)], rule.codes);
      if (isTrue === undefined) continue;
      let earlier: ModelRule | undefined;
      for (let j = 0; j < i && earlier === undefined; j++) {
        const other = running[j]!;
        if (asked.has(other, rule) && isTrue(other.whole) && takesAll(other, rule, reasoner)) earlier = other;
      }
      if (earlier !== undefined)
        yield {
          place: rule.place,
          message: `rule "${fromBytes(rule.name)}" gets no event: the earlier rule "${fromBytes(earlier.name)}" matches all that it matches`,
          hint: 'put the narrower rule first, or set `rule_matching: all`',
          notes: [{ ...earlier.place, message: 'the earlier rule' }],
        };
    }
  },
};

/** Whether one rule is asked at all event types of another: looked at once for each pair of sets of types. */
class Wherever {
  readonly #ids = new Map<string, number>();
  readonly #idOf = new Map<ModelRule, number>();
  readonly #known = new Map<number, boolean>();

  has(one: ModelRule, other: ModelRule): boolean {
    const key = this.#id(one) * 65_536 + this.#id(other);
    let known = this.#known.get(key);
    if (known === undefined) {
      known = one.loaded.source === other.loaded.source;
      for (const code of other.codes) known &&= one.codes.has(code);
      this.#known.set(key, known);
    }
    return known;
  }

  #id(rule: ModelRule): number {
    let id = this.#idOf.get(rule);
    if (id === undefined) {
      const key = `${rule.loaded.source} ${[...rule.codes].join()}`;
      id = this.#ids.get(key) ?? this.#ids.size;
      this.#ids.set(key, id);
      this.#idOf.set(rule, id);
    }
    return id;
  }
}

const takesAll = (earlier: ModelRule, rule: ModelRule, reasoner: Reasoner): boolean =>
  !reasoner.canHold([holds(rule.whole), fails(earlier.whole)], rule.codes);
