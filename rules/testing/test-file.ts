/** What a test file says, checked and expanded. Text is ordinary text, not byte strings. */
import type { Matching, Priority, SourcePlace } from '../../engine/index.ts';
import type { OutputPattern } from './pattern.ts';
import type { Fact } from './scene/index.ts';

export interface Placed<T> {
  readonly value: T;
  readonly place: SourcePlace;
}

export interface TestFile {
  readonly name: string;
  /** As they are written; undefined for the file beside it. */
  readonly rules: readonly Placed<string>[] | undefined;
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

export type TestCase = EventCase | CaptureCase;

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
}

export interface RuleCount {
  readonly rule: string;
  readonly count: number;
  readonly place: SourcePlace;
}

export type ExpectedOutput = OutputPattern & { readonly place: SourcePlace };

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

/** The rules that a case is about. */
export function rulesOf({ rule, expected }: TestCase): readonly Placed<string>[] {
  return [
    ...(rule ? [rule] : []),
    ...expected.alerts.map((alert) => alert.rule),
    ...expected.rules.map(({ rule: value, place }) => ({ value, place })),
  ];
}
