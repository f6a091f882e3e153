/** Cases about captures. Their events come from elsewhere. */
import {
  fromBytes,
  makeAlert,
  type Diagnostic,
  type Event,
  type EventCode,
  type Matching,
  type Source,
} from '../../engine/index.ts';
import type { LoadedRule } from '../compiler.ts';
import { compileFilter, type Filter } from '../filter.ts';
import type { CoverageRecorder } from './coverage/index.ts';
import { decisionOf, MOST_EXPLAINED, type Explain } from './explain.ts';
import { caseAlert, valueReader, type FoundAlert, type ReadValues } from './found-alert.ts';
import { judge } from './judge.ts';
import { diagnosticOfProblem } from './problem.ts';
import { headOf, outcomeOf, type CaseResult, type Explanation } from './result.ts';
import { routeFound } from './routing-case.ts';
import type { TestRoutes } from './routes.ts';
import { HOST, rulesToAsk, type RunOptions } from './run.ts';
import type { CaptureCase } from './test-file.ts';
import type { AskedRules, TestRules } from './test-rules.ts';

/** A case about a capture while its events are read. */
export class CaptureRun {
  readonly #case: CaptureCase;
  readonly #rules: TestRules;
  readonly #asked: AskedRules;
  readonly #where: Filter | undefined;
  readonly #read: ReadValues;
  readonly #coverage: CoverageRecorder | undefined;
  readonly #options: RunOptions;
  readonly #routes: TestRoutes | undefined;
  readonly #alerts: FoundAlert[] = [];
  readonly #started = performance.now();

  /** The condition of the case has been checked. */
  constructor(
    testCase: CaptureCase,
    rules: TestRules,
    matching: Matching,
    options: RunOptions = {},
    routes?: TestRoutes,
  ) {
    const { coverage } = options;
    this.#coverage = coverage;
    coverage?.begin(testCase, rules);
    this.#options = options;
    this.#routes = routes;
    this.#case = testCase;
    this.#rules = rules;
    this.#asked = rulesToAsk(testCase, rules, matching);
    this.#where =
      testCase.where &&
      compileFilter(testCase.where.value, rules.loaded, rules.language, rules.sourceOf(testCase));
    this.#read = valueReader(testCase.expected, rules.language.anyField);
  }

  /** The sources that the capture may be of. */
  get sources(): readonly Source[] {
    return this.#rules.language.others;
  }

  /** Whether events of a type can matter. */
  asks(code: EventCode): boolean {
    return this.#asked.asks(code);
  }

  /** Takes an event that rules see. */
  take(event: Event): void {
    this.#coverage?.see(event, this.#asked.rules, this.#case, this.#rules);
    const matches = this.#asked.match(event);
    if (matches.length === 0 || this.#where?.matches(event) === false) return;
    for (const rule of matches) {
      const alert = makeAlert(this.#rules.alertRule(rule), event, HOST);
      this.#alerts.push({ alert, event: event.num, values: this.#read(event) });
    }
  }

  /** The rules that are to be explained, by the `evt.num` of the events: of alerts that came and should not have, and of those that did not come. */
  questions({ differences }: CaseResult): ReadonlyMap<number, LoadedRule> {
    const found = new Map<number, LoadedRule>();
    for (const { question } of differences) {
      const rule = question && this.#rules.find(question.rule);
      if (rule !== undefined && question?.event !== undefined && found.size < MOST_EXPLAINED)
        found.set(question.event, rule);
    }
    return found;
  }

  /** Explains an event when the capture is read once more. */
  explain(rule: LoadedRule, event: Event, explain: Explain): Explanation {
    const decision = decisionOf(rule, event, this.#asked, this.#rules);
    return { of: 'event', rule: fromBytes(rule.name), event: event.num, ...explain(decision) };
  }

  /** What came of it. `error` is what ended the capture early. */
  result(error?: Diagnostic): CaseResult {
    const testCase = this.#case;
    const routed =
      this.#routes &&
      testCase.expected.routing &&
      routeFound(testCase, this.#alerts, undefined, this.#routes, this.#options);
    const differences = [...judge(testCase, this.#alerts), ...(routed?.differences ?? [])];
    const place = testCase.capture.place;
    const message = error && `the capture cannot be read: ${error.message}`;
    return {
      case: headOf(testCase),
      outcome: error === undefined ? outcomeOf(testCase, differences.length === 0) : 'broken',
      differences: error === undefined ? differences : [],
      alerts: this.#options.keepAlerts === true ? this.#alerts.map(caseAlert) : [],
      events: [],
      explanations: routed?.explanations ?? [],
      ...(message !== undefined && {
        diagnostic: diagnosticOfProblem({ code: 'TEST_CAPTURE', message, place, hint: error?.hint }),
      }),
      duration: performance.now() - this.#started,
    };
  }
}
