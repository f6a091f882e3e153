import type { Fact } from '../scene/index.ts';

/** Drops facts, the last first, as long as something holds of those that are left. The event's type stays, and what is to be kept. */
export function reduceFacts(
  facts: readonly Fact[],
  holds: (facts: readonly Fact[]) => boolean,
  keep: ReadonlySet<string> = new Set(),
): readonly Fact[] {
  let left = facts;
  for (const fact of [...facts].reverse()) {
    if (fact.field === 'evt.type' || keep.has(fact.field)) continue;
    const fewer = left.filter((other) => other !== fact);
    if (holds(fewer)) left = fewer;
  }
  return left;
}
