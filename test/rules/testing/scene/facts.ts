import type { Fact, FactValue } from '../../../../rules/testing/scene/index.ts';

/** Facts as a case of a test file has them: fields and values. */
export type Facts = Readonly<Record<string, FactValue>>;

export const factsOf = (facts: Facts): Fact[] =>
  Object.entries(facts).map(([field, value]) => ({ field, value }));
