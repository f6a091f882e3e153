import { percentOf, type Coverage } from '../../rules/index.ts';

/** Coverage as one JSON object, with percentages. */
export function coverageJson(coverage: Coverage): string {
  return `${JSON.stringify(
    {
      percent: percentOf(coverage),
      ...coverage,
      rules: coverage.rules.map((rule) => ({ percent: percentOf(rule), ...rule })),
      routes: coverage.routes.map(({ fires: took, silent: passedBy, unusedExceptions: _, ...route }) => ({
        percent: percentOf(route),
        took,
        passedBy,
        ...route,
      })),
    },
    undefined,
    2,
  )}\n`;
}
