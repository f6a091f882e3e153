import { EVENTS, type Check, type EventCode } from '../../../engine/index.ts';
import type { CheckNode, ConditionNode } from '../condition-node.ts';
import { dependsOnType, knownAt } from './event-facts.ts';
import { neverTrue } from './facts.ts';
import { canHaveValue, isPlain, onlyValue, type Literal } from './values.ts';

/** A condition that is to hold, or with `positive` false: that is not to. */
export interface Claim {
  readonly node: ConditionNode;
  readonly positive: boolean;
}

export const holds = (node: ConditionNode): Claim => ({ node, positive: true });
export const fails = (node: ConditionNode): Claim => ({ node, positive: false });

/** How many steps are taken before a question is given up: then everything is held for possible. */
const MAX_STEPS = 20_000;

/** Every event type. */
export const ALL_CODES: ReadonlySet<EventCode> = new Set(EVENTS.map(({ code }) => code));

/**
 * Says what conditions can never be. Its answers are sound, not complete: "cannot" is certain, "can" means that no reason against it was
 * found (in a bounded time).
 */
export class Reasoner {
  readonly #known = new Map<string, Int8Array | 'nothing'>();
  readonly #checks: () => Iterable<CheckNode>;
  #kinds: readonly number[] | undefined;

  /** `checks`: all checks that will be asked about. */
  constructor(checks: () => Iterable<CheckNode>) {
    this.#checks = checks;
  }

  /** Whether all claims can be true at one event of one of these types. */
  canHold(claims: readonly Claim[], codes: Iterable<EventCode>): boolean {
    const tried = new Set<number>();
    for (const code of codes) {
      const kind = this.#kindOf(code);
      if (tried.has(kind)) continue;
      tried.add(kind);
      if (this.#canHoldAt(claims, code)) return true;
    }
    return false;
  }

  /** Those of the event types at which all claims can be true together. */
  possibleAt(claims: readonly Claim[], codes: Iterable<EventCode>): EventCode[] {
    const byKind = new Map<number, boolean>();
    return [...codes].filter((code) => {
      const kind = this.#kindOf(code);
      const known = byKind.get(kind) ?? this.#canHoldAt(claims, code);
      byKind.set(kind, known);
      return known;
    });
  }

  /**
   * One way in which all claims can be true at an event of one of these types: says of other conditions whether they are certainly true
   * there. A condition that follows from the claims is true in every way. Undefined if there is no way.
   */
  example(
    claims: readonly Claim[],
    codes: Iterable<EventCode>,
  ): ((node: ConditionNode) => boolean) | undefined {
    const tried = new Set<number>();
    for (const code of codes) {
      const kind = this.#kindOf(code);
      if (tried.has(kind)) continue;
      tried.add(kind);
      const search = new Search((check) => this.#truth(check, code));
      if (search.canHold(claims)) return (node) => search.decided(holds(node)) === true;
    }
    return undefined;
  }

  #canHoldAt(claims: readonly Claim[], code: EventCode): boolean {
    return new Search((check) => this.#truth(check, code)).canHold(claims);
  }

  /** Event types at which the same is known of all checks have the same number. */
  #kindOf(code: EventCode): number {
    this.#kinds ??= this.#groupCodes();
    return this.#kinds[code]!;
  }

  #groupCodes(): number[] {
    const typed = [...this.#checks()].filter(({ check }) => dependsOnType(check));
    const known = [...new Map(typed.map(({ check }) => [check.key, this.#at(check)])).values()];
    const numbers = new Map<string, number>();
    return EVENTS.map(({ code }) => {
      const signature = known.map((facts) => facts?.[code]).join('');
      const number = numbers.get(signature) ?? numbers.size;
      numbers.set(signature, number);
      return number;
    });
  }

  #truth(check: Check, code: EventCode): boolean | undefined {
    const facts = this.#at(check);
    if (facts === undefined) return undefined;
    const known = facts[code]!;
    return known < 0 ? undefined : known === 1;
  }

  /** What is known of a check by event code: 1 true, 0 false, -1 nothing. Undefined where nothing is at any. */
  #at(check: Check): Int8Array | undefined {
    let facts = this.#known.get(check.key);
    if (facts === undefined) {
      const same = alwaysSame(check);
      if (same !== undefined) facts = new Int8Array(EVENTS.length).fill(Number(same));
      else if (dependsOnType(check))
        facts = Int8Array.from(EVENTS, ({ code }) => {
          const known = knownAt(check, code);
          return known === undefined ? -1 : Number(known);
        });
      else facts = 'nothing';
      this.#known.set(check.key, facts);
    }
    return facts === 'nothing' ? undefined : facts;
  }
}

/**
 * Whether all claims can be true together, where more is known of checks than their values say: `known` says what a check gives, undefined where
 * that is open. As sound, and as incomplete, as a `Reasoner`.
 */
export function canHoldWhere(
  claims: readonly Claim[],
  known: (check: Check) => boolean | undefined,
  maxSteps = MAX_STEPS,
): boolean {
  return new Search((check) => known(check) ?? alwaysSame(check), maxSteps).canHold(claims);
}

/** What a check gives at every event, whatever its field's value; undefined if that depends. */
function alwaysSame(check: Check): boolean | undefined {
  if (neverTrue(check) !== undefined || !canBe(check, true)) return false;
  return canBe(check, false) ? undefined : true;
}

/** Whether some value makes a check true, or false: `evt.num = 0` and `evt.num > 0` are the same at every event. */
const canBe = (check: Check, positive: boolean): boolean =>
  !isPlain(check) || canHaveValue([{ check, positive }]);

/** What was said of a value, and what follows for other checks from it and all that was said before it. */
interface Said extends Literal {
  readonly follows: Map<string, boolean | 'open'>;
}

/** One search for a way in which claims are true together, at events of one type. */
class Search {
  readonly #truth: (check: Check) => boolean | undefined;
  /** What is taken for true so far, by check; and all that was said of a value. Both are taken back where a way ends. */
  readonly #taken = new Map<string, boolean>();
  readonly #values = new Map<string, Said[]>();
  readonly #trail: (() => void)[] = [];
  readonly #maxSteps: number;
  #steps = 0;

  constructor(truth: (check: Check) => boolean | undefined, maxSteps = MAX_STEPS) {
    this.#truth = truth;
    this.#maxSteps = maxSteps;
  }

  canHold(claims: readonly Claim[]): boolean {
    return this.#all([...claims], []);
  }

  /** `choices`: alternatives of which one must hold. */
  #all(claims: Claim[], choices: readonly (readonly Claim[])[]): boolean {
    const open = [...choices];
    const mark = this.#trail.length;
    for (;;) {
      for (let claim = claims.pop(); claim !== undefined; claim = claims.pop())
        if (!this.#claim(claim, claims, open)) return this.#back(mark);
      const next = this.#narrow(open);
      if (next === false) return this.#back(mark);
      if (next === undefined) return true;
      if (next.length === 1) {
        claims.push(next[0]!);
        continue;
      }
      for (const claim of next) if (this.#all([claim], open)) return true;
      return this.#back(mark);
    }
  }

  /** Takes a claim for true. False if it cannot be. */
  #claim({ node, positive }: Claim, claims: Claim[], open: (readonly Claim[])[]): boolean {
    if (++this.#steps > this.#maxSteps) return true;
    switch (node.kind) {
      case 'macro':
        claims.push({ node: node.body, positive });
        return true;
      case 'not':
        claims.push({ node: node.child, positive: !positive });
        return true;
      case 'check':
        return this.#take(node.check, positive);
      default: {
        const parts = node.children.map((child) => ({ node: child, positive }));
        if ((node.kind === 'and') === positive) claims.push(...parts);
        else open.push(parts);
        return true;
      }
    }
  }

  #take(check: Check, positive: boolean): boolean {
    const known = this.#truth(check) ?? this.#taken.get(check.key);
    if (known !== undefined) return known === positive;
    this.#taken.set(check.key, positive);
    this.#trail.push(() => this.#taken.delete(check.key));
    if (!isPlain(check)) return true;
    const said = this.#values.get(check.leftKey) ?? [];
    this.#values.set(check.leftKey, said);
    said.push({ check, positive, follows: new Map() });
    this.#trail.push(() => said.pop());
    return canHaveValue(said);
  }

  /**
   * The alternatives with the fewest ways that are still open, taken out of `open`; false if some have none, undefined if nothing is left
   * to choose.
   */
  #narrow(open: (readonly Claim[])[]): readonly Claim[] | false | undefined {
    let fewest: readonly Claim[] | undefined;
    for (let i = open.length - 1; i >= 0; i--) {
      const ways = open[i]!.filter((claim) => this.decided(claim) !== false);
      if (ways.length === 0) return false;
      if (ways.some((claim) => this.decided(claim) === true)) {
        open.splice(i, 1);
        continue;
      }
      open[i] = ways;
      if (fewest === undefined || ways.length < fewest.length) fewest = ways;
    }
    if (fewest !== undefined) open.splice(open.indexOf(fewest), 1);
    return this.#steps > this.#maxSteps ? undefined : fewest;
  }

  /** What is certain of a claim, with all that was taken for true so far. */
  decided({ node, positive }: Claim): boolean | undefined {
    this.#steps++;
    switch (node.kind) {
      case 'macro':
        return this.decided({ node: node.body, positive });
      case 'not':
        return this.decided({ node: node.child, positive: !positive });
      case 'check': {
        const known = this.#truth(node.check) ?? this.#taken.get(node.check.key) ?? this.#ofValue(node.check);
        return known === undefined ? undefined : known === positive;
      }
      default: {
        const all = (node.kind === 'and') === positive;
        let unknown = false;
        for (const child of node.children) {
          const decided = this.decided({ node: child, positive });
          if (decided === !all) return !all;
          unknown ||= decided === undefined;
        }
        return unknown ? undefined : all;
      }
    }
  }

  /** What follows for a check from what was said of its value. */
  #ofValue(check: Check): boolean | undefined {
    const said = this.#values.get(check.leftKey);
    const last = said?.at(-1);
    if (said === undefined || last === undefined || !isPlain(check)) return undefined;
    const only = onlyValue(said);
    if (only !== undefined) return check.accepts!(only);
    const known = last.follows.get(check.key);
    if (known !== undefined) return known === 'open' ? undefined : known;
    const follows = canHaveValue([...said, { check, positive: true }])
      ? canHaveValue([...said, { check, positive: false }])
        ? 'open'
        : true
      : false;
    last.follows.set(check.key, follows);
    return follows === 'open' ? undefined : follows;
  }

  #back(mark: number): false {
    while (this.#trail.length > mark) this.#trail.pop()!();
    return false;
  }
}
