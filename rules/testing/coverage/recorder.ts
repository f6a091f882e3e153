import type { Event } from '../../../engine/index.ts';
import type { LoadedRule } from '../../compiler.ts';
import type { RoutesWatcher, TestRoutes } from '../routes.ts';
import { rulesOf, type TestCase } from '../test-file.ts';
import type { TestRules } from '../test-rules.ts';
import { CoverageCounter } from './counter.ts';
import { mergeCoverage } from './merge.ts';
import { coverageOf, outcomesOf, reportCoverage, type Coverage } from './report.ts';
import { RouteCounter } from './routes.ts';

/** Counts what cases show of the rules and routes that they are run over. */
export class CoverageRecorder {
  readonly #counters = new Map<TestRules, CoverageCounter>();
  readonly #routes = new Map<TestRoutes, RouteCounter>();

  /** Counts a case, once, for the rules from which it expects something. */
  begin(testCase: TestCase, rules: TestRules): void {
    const counter = this.#counterOf(rules);
    const { alerts, rules: counts } = testCase.expected;
    const firing = new Set([
      ...alerts.map(({ rule }) => rule.value),
      ...counts.flatMap(({ rule, count }) => (count > 0 ? [rule] : [])),
    ]);
    for (const name of new Set(rulesOf(testCase).map(({ value }) => value))) {
      const rule = rules.find(name);
      if (rule !== undefined)
        counter.expect(rules.loaded.rules.indexOf(rule), firing.has(name) ? 'fires' : 'silent');
    }
  }

  /** Counts an event: for the rule under test, or for all rules that are asked about it. */
  see(event: Event, asked: readonly LoadedRule[], testCase: TestCase, rules: TestRules): void {
    const counter = this.#counterOf(rules);
    if (testCase.rule === undefined) counter.seeAll(event);
    else for (const rule of asked) counter.see(rules.loaded.rules.indexOf(rule), event);
  }

  /** Counts what alerts do in routes. */
  watch(routes: TestRoutes): RoutesWatcher {
    let counter = this.#routes.get(routes);
    if (counter === undefined)
      this.#routes.set(routes, (counter = new RouteCounter(routes, routes.language)));
    return counter;
  }

  /** What all cases together show. Cases over other lists and macros count where the condition is the same. */
  report(): Coverage {
    return mergeCoverage([
      ...[...this.#counters].map(([rules, { model, counts }]) => {
        const { files } = rules.plain;
        return withoutMocks(reportCoverage(model, counts), new Set(files.map(({ name }) => name)));
      }),
      ...[...this.#routes.values()].map((counter) => coverageOf([], counter.report())),
    ]);
  }

  #counterOf(rules: TestRules): CoverageCounter {
    let counter = this.#counters.get(rules);
    if (counter === undefined) this.#counters.set(rules, (counter = new CoverageCounter(rules.model)));
    return counter;
  }
}

/** What stands in a test file is nothing that anybody wants to have covered. */
const withoutMocks = ({ rules }: Coverage, files: ReadonlySet<string>): Coverage =>
  coverageOf(
    rules.map((rule) => {
      const leaves = rule.leaves.filter(({ place: { file } }) => file === undefined || files.has(file));
      return { ...rule, leaves, ...outcomesOf(leaves) };
    }),
  );
