import type { ByteString } from '../../engine/index.ts';
import { isListCheck, subjectOf, without, type ListCheck, type Part } from './parts.ts';
import { commonInOrder } from './sequence.ts';

/** How a part of a condition became another. */
export type PartChange =
  | { readonly kind: 'same' | 'added' | 'removed'; readonly part: Part }
  /** The same check with other items; none added and none removed if only their order changed. */
  | {
      readonly kind: 'items';
      readonly old: ListCheck;
      readonly next: ListCheck;
      readonly added: readonly ByteString[];
      readonly removed: readonly ByteString[];
    }
  | { readonly kind: 'and' | 'or'; readonly changes: readonly PartChange[] }
  | { readonly kind: 'not'; readonly change: PartChange };

/** Parts are taken for versions of one another when they have this share of the checks of the smaller one in common. */
const CLOSE = 0.5;

/** So many pairs of parts are looked at to find which belong together; of more, all are removed and added. */
const MOST_PAIRS = 1_000_000;

/** Compares two conditions whose parts are of one table. What has nothing in common is a removal and an addition. */
export function compareConditions(old: Part, next: Part): readonly PartChange[] {
  return new Comparison().compare(old, next);
}

class Comparison {
  readonly #subjects = new Map<Part, ReadonlySet<string>>();

  compare(old: Part, next: Part): readonly PartChange[] {
    if (old === next) return [{ kind: 'same', part: next }];
    if (old.kind === 'not' && next.kind === 'not') {
      const [change, ...more] = this.compare(old.part, next.part);
      if (change !== undefined && more.length === 0) return [{ kind: 'not', change }];
    }
    if (old.kind === 'check' && next.kind === 'check') {
      const items = itemsChange(old.check, next.check);
      if (items !== undefined) return [items];
    }
    const branch = this.#branch(old, next);
    if (branch !== undefined)
      return [
        {
          kind: branch,
          changes: this.#sequence(partsAs(branch, old), partsAs(branch, next)),
        },
      ];
    return [
      { kind: 'removed', part: old },
      { kind: 'added', part: next },
    ];
  }

  /** As what two parts are compared: `a` and `a and b` are the parts of an `and`. */
  #branch(old: Part, next: Part): 'and' | 'or' | undefined {
    const kinds = [next.kind, old.kind].filter((kind) => kind === 'and' || kind === 'or');
    return kinds.find((kind) => this.#haveCommon(partsAs(kind, old), partsAs(kind, next)));
  }

  #haveCommon(old: readonly Part[], next: readonly Part[]): boolean {
    const known = new Set(old);
    if (next.some((part) => known.has(part))) return true;
    if (old.length * next.length > MOST_PAIRS) return false;
    return old.some((a) => next.some((b) => this.#closeness(a, b) >= CLOSE));
  }

  #sequence(old: readonly Part[], next: readonly Part[]): readonly PartChange[] {
    const changes: PartChange[] = [];
    let [i, j] = [0, 0];
    for (const [atOld, atNext] of [...commonInOrder(old, next), [old.length, next.length] as const]) {
      this.#gap(old.slice(i, atOld), next.slice(j, atNext), changes);
      if (atNext < next.length) changes.push({ kind: 'same', part: next[atNext]! });
      [i, j] = [atOld + 1, atNext + 1];
    }
    return changes;
  }

  /** Finds for each part, in their order, the new one that is closest to it. */
  #gap(old: readonly Part[], next: readonly Part[], changes: PartChange[]): void {
    const searched = old.length * next.length <= MOST_PAIRS ? next.length : 0;
    let from = 0;
    for (const part of old) {
      let best = -1;
      let most = 0;
      for (let i = from; i < searched; i++) {
        const closeness = this.#closeness(part, next[i]!);
        if (closeness < CLOSE || closeness <= most) continue;
        most = closeness;
        best = i;
      }
      if (best < 0) {
        changes.push({ kind: 'removed', part });
        continue;
      }
      for (; from < best; from++) changes.push({ kind: 'added', part: next[from]! });
      changes.push(...this.compare(part, next[from++]!));
    }
    for (; from < next.length; from++) changes.push({ kind: 'added', part: next[from]! });
  }

  #closeness(a: Part, b: Part): number {
    if (a === b) return 1;
    const [few, many] = [this.#subjectsOf(a), this.#subjectsOf(b)].sort((x, y) => x.size - y.size) as [
      ReadonlySet<string>,
      ReadonlySet<string>,
    ];
    let common = 0;
    for (const subject of few) if (many.has(subject)) common++;
    return common / few.size;
  }

  #subjectsOf(part: Part): ReadonlySet<string> {
    let subjects = this.#subjects.get(part);
    if (subjects === undefined) {
      subjects = new Set(this.#collect(part));
      this.#subjects.set(part, subjects);
    }
    return subjects;
  }

  #collect(part: Part): Iterable<string> {
    switch (part.kind) {
      case 'check':
        return [subjectOf(part.check)];
      case 'not':
        return this.#subjectsOf(part.part);
      default: {
        const all = new Set<string>();
        for (const child of part.parts) for (const subject of this.#subjectsOf(child)) all.add(subject);
        return all;
      }
    }
  }
}

const partsAs = (kind: 'and' | 'or', part: Part): readonly Part[] =>
  part.kind === kind ? part.parts : [part];

function itemsChange(
  old: Extract<Part, { kind: 'check' }>['check'],
  next: Extract<Part, { kind: 'check' }>['check'],
): PartChange | undefined {
  if (!isListCheck(old) || !isListCheck(next) || subjectOf(old) !== subjectOf(next)) return undefined;
  const added = without(next.right.values, old.right.values);
  const removed = without(old.right.values, next.right.values);
  return { kind: 'items', old, next, added, removed };
}
