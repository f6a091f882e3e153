/** What a test file says, checked and expanded. Text is ordinary text, not byte strings. */
import type { Matching, Priority, SourcePlace } from '../../engine/index.ts';
import type { OutputPattern } from './pattern.ts';
import type { Fact } from './scene/index.ts';

/** Something that a test file says, and where. */
export interface Placed<T> {
  readonly value: T;
  readonly place: SourcePlace;
}

/** All of a test file. */
export interface TestFile {
  readonly name: string;
  /** As they are written; undefined for the file beside it. */
  readonly rules: readonly Placed<string>[] | undefined;
  /** The file that has the routes, as it is written; `here` if they stand in the test file. */
  readonly routes: Placed<string> | 'here' | undefined;
  readonly overrides: readonly Override[];
  readonly matching: Matching;
  readonly cases: readonly TestCase[];
}

/** A list or a macro that is another one in the tests. */
export interface Override {
  readonly kind: 'list' | 'macro';
  readonly name: string;
  /** The items, or the condition. */
  readonly value: readonly string[] | string;
  readonly place: SourcePlace;
}

export type TestCase = EventCase | CaptureCase | AlertsCase;

interface CaseBase {
  readonly file: string;
  readonly place: SourcePlace;
  /** The name of the test that the case belongs to: its `name`, or that of its rule. */
  readonly suite: string | undefined;
  /** Its own `name`, or what it says. */
  readonly name: string;
  /** Whether the file gives it its name. */
  readonly named: boolean;
  readonly why: string | undefined;
  /** The reason, or an empty text, of a case that is known to fail. */
  readonly todo: string | undefined;
  readonly only: boolean;
  /** The rule under test: no other rule is asked. */
  readonly rule: Placed<string> | undefined;
  readonly expected: Expectation;
}

/** Events that are made of facts. Cases under `fires` and `silent` have one. */
export interface EventCase extends CaseBase {
  readonly kind: 'fires' | 'silent' | 'events';
  readonly events: readonly CaseEvent[];
}

/** An event of a case, as facts. */
export interface CaseEvent {
  readonly facts: readonly Fact[];
  /** The record that facts are put into, of events of another source than system calls. */
  readonly record: Placed<string> | undefined;
  /** Nanoseconds since the first event. */
  readonly at: bigint;
  readonly place: SourcePlace;
}

/** The events of a capture. */
export interface CaptureCase extends CaseBase {
  readonly kind: 'capture';
  /** As it is written. */
  readonly capture: Placed<string>;
  readonly where: Placed<string> | undefined;
}

/** Alerts as Falco prints them, one after the other. */
export interface AlertsCase extends CaseBase {
  readonly kind: 'alerts';
  readonly alerts: readonly GivenAlert[];
  /** The time from which others count: nanoseconds since 1970. */
  readonly origin: bigint;
}

/** An alert of a case, and where it must go. */
export interface GivenAlert {
  readonly place: SourcePlace;
  readonly content: AlertContent;
  /** Fields that are told as keys of the alert itself, where those of Falco are expected. */
  readonly keys: readonly Fact[];
  /** Nanoseconds since 1970. */
  readonly at: bigint;
  /** The outputs that get it, and no others; undefined where nothing is said. */
  readonly outputs: readonly ExpectedDelivery[] | undefined;
  /** What keeps it from going on; undefined where nothing is said. */
  readonly heldBack: readonly ExpectedHold[] | undefined;
}

/** What an alert says. */
export interface AlertContent {
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  readonly hostname: string;
  readonly tags: readonly string[];
  readonly output: string;
  readonly fields: readonly Fact[];
  /** The input that it comes from. */
  readonly input: string;
  /** Undefined: when it comes. */
  readonly time: string | undefined;
}

/** A stage of a route that holds alerts back. */
export interface ExpectedHold {
  readonly place: SourcePlace;
  readonly stage: string;
  /** By name or place; undefined for any. */
  readonly route: string | undefined;
}

/** What routes must do. */
export interface ExpectedRouting {
  readonly place: SourcePlace;
  /** Outputs that are not named get nothing; undefined where nothing is said of outputs. */
  readonly outputs: readonly OutputExpectation[] | undefined;
  /** How many alerts stages hold back. */
  readonly heldBack: readonly {
    readonly stage: string;
    readonly count: number;
    readonly place: SourcePlace;
  }[];
  /** Until when time passes: nanoseconds since the first alert; undefined: until nothing waits. */
  readonly until: bigint | undefined;
}

/** What one output must get: so many alerts, these, or whatever comes. */
export interface OutputExpectation {
  readonly output: string;
  readonly place: SourcePlace;
  readonly gets: number | 'any' | readonly ExpectedDelivery[];
}

/** An alert that an output must get. What is undefined does not count. */
export interface ExpectedDelivery {
  readonly place: SourcePlace;
  readonly outputName: string;
  /** Which alert of the case it is, from 1. */
  readonly alert: number | undefined;
  /** How many alerts it sums up. */
  readonly summary: number | undefined;
  readonly route: string | undefined;
  /** Nanoseconds since the first alert. */
  readonly at: bigint | undefined;
  readonly rule: string | undefined;
  readonly priority: Priority | undefined;
  readonly source: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly output: ExpectedOutput | undefined;
  readonly fields: readonly Fact[];
  readonly text: ExpectedOutput | undefined;
  readonly settings: Readonly<Record<string, string>> | undefined;
}

/** Which alerts must come. */
export interface Expectation {
  readonly place: SourcePlace;
  /** In their order. */
  readonly alerts: readonly ExpectedAlert[];
  /** How many in all. */
  readonly count: number | undefined;
  /** How many of each rule. */
  readonly rules: readonly RuleCount[];
  /** Whether other rules may give alerts, and those that are named more than is said. */
  readonly others: 'none' | 'any';
  /** Where the alerts must go; undefined where nothing is said. */
  readonly routing: ExpectedRouting | undefined;
}

/** How often a rule is to fire. */
export interface RuleCount {
  readonly rule: string;
  readonly count: number;
  readonly place: SourcePlace;
}

export type ExpectedOutput = OutputPattern & { readonly place: SourcePlace };

/** What an alert is to be; what is undefined may be anything. */
export interface ExpectedAlert {
  readonly place: SourcePlace;
  readonly rule: Placed<string>;
  /** Which event gives it, from 1; undefined for any. */
  readonly event: number | undefined;
  readonly output: ExpectedOutput | undefined;
  readonly priority: Priority | undefined;
  readonly source: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly fields: readonly Fact[];
  readonly exact: boolean;
}

/** The name of a case among all: what `--run` is held against. */
export const fullName = ({ suite, name }: Pick<TestCase, 'suite' | 'name'>): string =>
  suite === undefined ? name : `${suite} › ${name}`;

/** Whether a case needs rules: others give their alerts themselves. */
export const asksRules = (testCase: TestCase): testCase is EventCase | CaptureCase =>
  testCase.kind !== 'alerts';

/** Whether the alerts of a case go through routes. */
export const asksRoutes = (testCase: TestCase): boolean =>
  testCase.kind === 'alerts' || testCase.expected.routing !== undefined;

/** The rules that a case is about. */
export function rulesOf(testCase: TestCase): readonly Placed<string>[] {
  if (testCase.kind === 'alerts')
    return testCase.alerts.map(({ content, place }) => ({ value: content.rule, place }));
  const { rule, expected } = testCase;
  return [
    ...(rule ? [rule] : []),
    ...expected.alerts.map((alert) => alert.rule),
    ...expected.rules.map(({ rule: value, place }) => ({ value, place })),
  ];
}

/** The alerts that outputs are expected to get, as far as they are listed. */
export const deliveriesOf = (routing: ExpectedRouting | undefined): readonly ExpectedDelivery[] =>
  (routing?.outputs ?? []).flatMap(({ gets }) => (typeof gets === 'object' ? gets : []));
