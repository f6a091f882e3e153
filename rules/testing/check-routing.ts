/** What is wrong with cases that only the routes can tell. */
import { didYouMean, type Diagnostic, type SourcePlace } from '../../engine/index.ts';
import { diagnosticOfProblem, type Problem } from './problem.ts';
import type { TestRoutes } from './routes.ts';
import {
  deliveriesOf,
  rulesOf,
  type ExpectedDelivery,
  type ExpectedHold,
  type TestCase,
} from './test-file.ts';

/** What cases expect of routes and can never come, and names that routes do not have. */
export function checkRouting(cases: readonly TestCase[], routes: TestRoutes): Diagnostic[] {
  const checker = new RoutingChecker(routes);
  for (const testCase of cases) checker.check(testCase);
  return checker.problems
    .sort(({ place: a }, { place: b }) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
    .map(diagnosticOfProblem);
}

class RoutingChecker {
  readonly problems: Problem[] = [];
  readonly #routes: TestRoutes;
  /** Alerts that come several times are told of once. */
  readonly #told = new Set<string>();

  constructor(routes: TestRoutes) {
    this.#routes = routes;
  }

  check(testCase: TestCase): void {
    const { routing } = testCase.expected;
    for (const { output, gets, place } of routing?.outputs ?? []) {
      if (!this.#checkOutput(output, place)) continue;
      const some = typeof gets === 'number' ? gets > 0 : gets !== 'any' && gets.length > 0;
      if (some) this.#checkReached(output, place);
    }
    for (const delivery of deliveriesOf(routing)) {
      this.#checkDelivery(delivery);
      if (testCase.kind === 'alerts') this.#checkRule(delivery, testCase);
    }
    for (const { stage, count, place } of routing?.heldBack ?? [])
      this.#checkHold({ stage, place, route: undefined }, count > 0);
    if (testCase.kind !== 'alerts') return;
    for (const alert of new Map(testCase.alerts.map((one) => [JSON.stringify(one.place), one])).values()) {
      for (const delivery of alert.outputs ?? []) {
        if (this.#checkOutput(delivery.outputName, delivery.place))
          this.#checkReached(delivery.outputName, delivery.place);
        this.#checkDelivery(delivery);
      }
      for (const hold of alert.heldBack ?? []) this.#checkHold(hold, true);
      for (const { field, place } of alert.keys) {
        const hint = this.#routes.doubtOf(field);
        if (hint !== undefined)
          this.#fail(
            'TEST_UNKNOWN_FIELD',
            `Falco has no field ${field}`,
            place ?? alert.place,
            `${hint} If it is one of your own, write it under \`output_fields\``,
          );
      }
    }
  }

  #fail(code: Problem['code'], message: string, place: SourcePlace, hint?: string): void {
    const key = JSON.stringify([code, message, place]);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.problems.push({ code, message, place, hint });
  }

  #checkOutput(name: string, place: SourcePlace): boolean {
    const { outputs, file } = this.#routes;
    if (outputs.includes(name)) return true;
    this.#fail(
      'TEST_UNKNOWN_OUTPUT',
      `there is no output ${name} in ${file}`,
      place,
      didYouMean(name, outputs) ?? `outputs are ${outputs.join(', ') || '(none)'}`,
    );
    return false;
  }

  #checkReached(name: string, place: SourcePlace): void {
    if (this.#routes.nodes.some(({ reachable, outputs }) => reachable && outputs.includes(name))) return;
    this.#fail(
      'TEST_IMPOSSIBLE',
      `no route delivers to ${name}`,
      place,
      'expect `none`, or change the routes',
    );
  }

  #checkDelivery({ route, outputName, place, summary }: ExpectedDelivery): void {
    if (route !== undefined && this.#checkRoute(route, place)) {
      const at = this.#routes.nodes.filter(({ names }) => names.includes(route));
      if (!at.some(({ outputs }) => outputs.includes(outputName)))
        this.#fail('TEST_IMPOSSIBLE', `the route ${route} does not deliver to ${outputName}`, place);
    }
    if (summary !== undefined && !this.#routes.nodes.some(({ stages }) => stages.length > 0))
      this.#fail('TEST_IMPOSSIBLE', 'there is nothing to sum up: no route holds alerts back', place);
  }

  #checkRule({ rule, place }: ExpectedDelivery, testCase: TestCase): void {
    const rules = [...new Set(rulesOf(testCase).map(({ value }) => value))];
    if (rule === undefined || rule.startsWith('tiercel summary') || rules.includes(rule)) return;
    this.#fail(
      'TEST_IMPOSSIBLE',
      `no alert of this case is of the rule "${rule}"`,
      place,
      didYouMean(rule, rules) ?? `its alerts are of ${rules.map((name) => `"${name}"`).join(', ')}`,
    );
  }

  /** @param wanted Whether it must hold something back. */
  #checkHold({ stage, route, place }: ExpectedHold, wanted: boolean): void {
    const { nodes, stages } = this.#routes;
    if (!stages.includes(stage)) {
      this.#fail(
        'TEST_UNKNOWN_ROUTE',
        `there is no stage ${stage}`,
        place,
        didYouMean(stage, stages) ?? `stages are ${stages.join(', ')}`,
      );
      return;
    }
    if (route !== undefined && !this.#checkRoute(route, place)) return;
    const at = nodes.filter(({ names }) => route === undefined || names.includes(route));
    if (!wanted || OWN_STAGES.has(stage) || at.some((node) => node.stages.some((one) => one.stage === stage)))
      return;
    this.#fail(
      'TEST_IMPOSSIBLE',
      route === undefined ? `no route has a stage ${stage}` : `the route ${route} has no stage ${stage}`,
      place,
    );
  }

  #checkRoute(name: string, place: SourcePlace): boolean {
    const names = this.#routes.nodes.flatMap((node) => node.names);
    if (names.includes(name)) return true;
    this.#fail(
      'TEST_UNKNOWN_ROUTE',
      `there is no route ${name} in ${this.#routes.file}`,
      place,
      didYouMean(name, names) ?? `routes are ${names.join(', ')}`,
    );
    return false;
  }
}

/** Every route has these, without saying so. */
const OWN_STAGES: ReadonlySet<string> = new Set(['once', 'outputs']);
