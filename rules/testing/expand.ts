import type { Fact, FactValue } from './scene/index.ts';

/** Facts with others put over them: a field keeps its place. */
export function patched(base: readonly Fact[], ...patches: readonly (readonly Fact[])[]): readonly Fact[] {
  const facts = new Map(base.map((fact) => [fact.field, fact]));
  for (const patch of patches) for (const fact of patch) facts.set(fact.field, fact);
  return [...facts.values()];
}

/** One list of facts for each combination, the last field changing first. */
export function combinations(matrix: readonly (readonly Fact[])[]): readonly (readonly Fact[])[] {
  return matrix.reduce<readonly (readonly Fact[])[]>(
    (all, choices) => all.flatMap((facts) => choices.map((fact) => [...facts, fact])),
    [[]],
  );
}

/** `proc.name=bash, user.name=root`: facts as the name of a case. */
export const factsName = (facts: readonly Fact[]): string =>
  facts.map(({ field, value }) => `${field}=${valueName(value)}`).join(', ');

function valueName(value: FactValue): string {
  if (value === null) return '<NA>';
  return typeof value === 'object' ? `(${value.map(valueName).join(',')})` : String(value);
}

/** Equal for the same facts in any order. */
export const factsKey = (facts: readonly Fact[]): string =>
  JSON.stringify(
    facts
      .map(({ field, value }) => [field, keyOf(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );

const keyOf = (value: FactValue): unknown =>
  typeof value === 'bigint' ? `${value}n` : Array.isArray(value) ? value.map(keyOf) : value;
