import { fromBytes, type SourcePlace } from '../../engine/index.ts';
import { lookup } from '../yaml/node.ts';
import type { Path, TestDocument } from './document.ts';
import { combinations, factsName, patched } from './expand.ts';
import { readFacts, readMatrix } from './field-value.ts';
import type { Problem } from './problem.ts';
import { ALERT_KEYS, checkExact, readAlertParts, readExpectation } from './read-expectation.ts';
import { readAlerts, readRoutedTo } from './read-routing.ts';
import type { Fact } from './scene/index.ts';
import { isFieldKey, type RawTest } from './schema.ts';
import {
  deliveriesOf,
  type AlertContent,
  type CaseEvent,
  type EventCase,
  type Expectation,
  type ExpectedAlert,
  type Placed,
  type TestCase,
} from './test-file.ts';
import { readTime, STEP } from './time.ts';

/** More combinations than anybody means. */
const MOST_CASES = 10_000;

/** Longer names of cases are cut, where they are made of facts. */
const LONGEST_NAME = 100;

/** The cases of one entry of `tests`. */
export function readTest(
  raw: RawTest,
  path: Path,
  document: TestDocument,
  report: (problem: Problem) => void,
): TestCase[] {
  return new TestReader(raw, path, document, report).cases();
}

type AlertParts = ReturnType<typeof readAlertParts>;

/** What stands at a case that belongs to a rule's test. */
type RawCase = NonNullable<RawTest['fires']>[number];

class TestReader {
  readonly #raw: RawTest;
  readonly #path: Path;
  readonly #document: TestDocument;
  readonly #report: (problem: Problem) => void;
  readonly #place: SourcePlace;
  readonly #rule: Placed<string> | undefined;
  readonly #base: readonly Fact[];

  constructor(raw: RawTest, path: Path, document: TestDocument, report: (problem: Problem) => void) {
    this.#raw = raw;
    this.#path = path;
    this.#document = document;
    this.#report = report;
    this.#place = document.placeAt(path);
    this.#rule =
      raw.rule === undefined ? undefined : { value: raw.rule, place: document.placeAt([...path, 'rule']) };
    this.#base =
      raw.base === undefined ? [] : readFacts(document.nodeAt([...path, 'base']), document, report);
  }

  cases(): TestCase[] {
    const raw = this.#raw;
    const hasCases = raw.fires !== undefined || raw.silent !== undefined || raw.events !== undefined;
    const own = Object.keys(raw).some(isFieldKey) || (raw.record !== undefined && !hasCases);
    const forms = [
      ...(raw.fires !== undefined || raw.silent !== undefined ? ['fires/silent'] : []),
      ...(['events', 'alerts', 'capture'] as const).filter((key) => raw[key] !== undefined),
      ...(own ? ['facts of its own'] : []),
    ];
    if (forms.length > 1) {
      const hint = own ? 'facts that all cases share stand under `base`' : 'make two tests of it';
      this.#fail('TEST_SHAPE', `a test has one of ${forms.join(' and ')}, not both`, this.#path, hint);
      return [];
    }
    switch (forms[0]) {
      case undefined:
        this.#fail(
          'TEST_NO_EXPECTATION',
          'nothing is tested here',
          this.#path,
          'a test has `rule` with `fires` or `silent`; or `events`, `capture` or `alerts` with what is expected',
        );
        return [];
      case 'fires/silent':
        return this.#ruleCases();
      case 'alerts':
        return this.#alerts(raw.alerts!);
      default:
        return this.#expecting();
    }
  }

  #fail(code: Problem['code'], message: string, path: Path, hint?: string): void {
    this.#report({ code, message, place: this.#document.placeAt(path), hint });
  }

  /** Says that keys have no meaning where they stand. */
  #refuse(keys: readonly string[], because: string): void {
    for (const key of keys)
      if (Object.hasOwn(this.#raw, key))
        this.#report({
          code: 'TEST_SHAPE',
          message: `${key}: ${because}`,
          place: this.#document.placeOfKey(this.#path, key),
        });
  }

  #ruleCases(): TestCase[] {
    const { fires = [], silent = [] } = this.#raw;
    const rule = this.#rule;
    if (rule === undefined) {
      this.#fail('TEST_SHAPE', 'rule: this key is missing', this.#path, 'which rule fires, or stays silent?');
      return [];
    }
    this.#refuseAlertsBase();
    this.#refuse(['expect'], '`fires` and `silent` say what is expected; this is for `events` and `capture`');
    this.#refuse(['where'], 'this is for `capture`');
    if (fires.length === 0) this.#refuse(ALERT_KEYS, 'a rule that stays silent gives no alert');
    if (fires.length + silent.length === 0)
      this.#fail('TEST_NO_EXPECTATION', `there is no case`, this.#path, 'under `fires` or `silent`');
    const shared = readAlertParts(this.#raw, this.#path, this.#document, this.#report);
    return [
      ...fires.flatMap((raw, i) => {
        const path = [...this.#path, 'fires', i];
        return this.#ruleCase('fires', raw, path, rule, [
          { ...this.#firing(raw, path, shared), rule, event: undefined },
        ]);
      }),
      ...silent.flatMap((raw, i) => this.#ruleCase('silent', raw, [...this.#path, 'silent', i], rule, [])),
    ];
  }

  #ruleCase(
    kind: 'fires' | 'silent',
    raw: RawCase,
    path: Path,
    rule: Placed<string>,
    alerts: readonly ExpectedAlert[],
  ): EventCase[] {
    const document = this.#document;
    const node = document.nodeAt(path);
    const patch = readFacts(node, document, this.#report);
    const place = document.placeOf(node);
    const matrix =
      raw.matrix === undefined
        ? []
        : readMatrix(document.nodeAt([...path, 'matrix']), document, this.#report);
    if (matrix.reduce((product, { length }) => product * length, 1) > MOST_CASES) {
      this.#fail('TEST_SHAPE', `matrix: these are more than ${MOST_CASES} cases`, [...path, 'matrix']);
      return [];
    }
    const expected: Expectation = {
      place,
      alerts,
      count: undefined,
      rules: [],
      others: 'none',
      routing: undefined,
    };
    return combinations(matrix).map((combination) => ({
      ...this.#common(raw),
      kind,
      place,
      name: caseName(kind, raw.name, patch, combination),
      named: raw.name !== undefined,
      suite: this.#raw.name ?? rule.value,
      rule,
      expected,
      events: [{ facts: patched(this.#base, patch, combination), record: this.#record(path), at: 0n, place }],
    }));
  }

  /** What a firing case expects: what the test says, and the case over it. */
  #firing(raw: RawCase, path: Path, test: AlertParts): AlertParts {
    const own = readAlertParts(raw, path, this.#document, this.#report);
    const parts = {
      place: own.place,
      output: own.output ?? test.output,
      priority: own.priority ?? test.priority,
      source: own.source ?? test.source,
      tags: own.tags ?? test.tags,
      fields: patched(test.fields, own.fields),
      exact: raw.exact === undefined ? test.exact : own.exact,
    };
    checkExact(parts, this.#report);
    return parts;
  }

  #common({ why, todo, only }: Pick<RawCase, 'why' | 'todo' | 'only'>): {
    file: string;
    why: string | undefined;
    todo: string | undefined;
    only: boolean;
  } {
    return {
      file: this.#document.name,
      why: why ?? this.#raw.why,
      todo: reason(todo ?? this.#raw.todo),
      only: only ?? this.#raw.only ?? false,
    };
  }

  /** What alerts say of themselves is none of the facts about an event. */
  #refuseAlertsBase(): void {
    for (const key of Object.keys(this.#raw.base ?? {}))
      if (!isFieldKey(key))
        this.#report({
          code: 'TEST_UNKNOWN_KEY',
          message: `there is no key "${key}" here`,
          place: this.#document.placeOfKey([...this.#path, 'base'], key),
          hint: 'facts about events are fields, which have a dot; this is for tests with `alerts`',
        });
  }

  /** A test of routes. */
  #alerts(raw: NonNullable<RawTest['alerts']>): TestCase[] {
    const { name, base = {}, expect } = this.#raw;
    const [path, document, report] = [this.#path, this.#document, this.#report];
    this.#refuse(ALERT_KEYS, 'this stands at an alert, or under `base`');
    this.#refuse(['rule'], 'an alert of a test with `alerts` says itself of which rule it is');
    this.#refuse(['where'], 'this is for `capture`');
    const given = readAlerts(raw, base, path, document, report);
    const at = [...path, 'expect'];
    const isMap = typeof expect === 'object' && !Array.isArray(expect);
    if (expect === 'none' || Array.isArray(expect))
      this.#fail(
        'TEST_SHAPE',
        'expect: the alerts are given, their ways are expected',
        at,
        '`expect: {outputs: {NAME: …}}` says what outputs get; at an alert, `outputs` says where it goes',
      );
    for (const key of isMap ? Object.keys(expect) : [])
      if (!ROUTING_KEYS.includes(key))
        report({
          code: 'TEST_SHAPE',
          message: `${key}: this is for \`events\` and \`capture\``,
          place: document.placeOfKey(at, key),
          hint: `with \`alerts\`, what is expected is ${ROUTING_KEYS.join(', ')}`,
        });
    const routing = isMap ? readRoutedTo(expect, at, document, report) : undefined;
    if (
      routing === undefined &&
      !given.alerts.some(({ outputs, heldBack }) => outputs !== undefined || heldBack !== undefined)
    )
      this.#fail(
        'TEST_NO_EXPECTATION',
        'nothing is expected of these alerts',
        path,
        '`outputs` or `held_back` at an alert, or `expect: {outputs: {NAME: …}}`',
      );
    for (const { alert, place } of deliveriesOf(routing))
      if (alert !== undefined && alert > given.alerts.length)
        report({
          code: 'TEST_SHAPE',
          message: `alert: there is no alert ${alert}, there ${given.alerts.length === 1 ? 'is 1' : `are ${given.alerts.length}`}`,
          place,
        });
    const expected = {
      place: document.placeAt(path),
      alerts: [],
      count: undefined,
      rules: [],
      others: 'any',
      routing,
    } as const;
    return [
      {
        ...this.#common({}),
        ...given,
        kind: 'alerts',
        place: this.#place,
        suite: undefined,
        name: name ?? shortened(`alerts: ${alertName(given.alerts[0]?.content)}`),
        named: name !== undefined,
        rule: undefined,
        expected,
      },
    ];
  }

  /** A test with `expect`. */
  #expecting(): TestCase[] {
    const raw = this.#raw;
    if (raw.capture === undefined) this.#refuseAlertsBase();
    this.#refuse(ALERT_KEYS, 'this stands under `fires`, or at an alert under `expect`');
    if (raw.expect === undefined) {
      this.#fail(
        'TEST_NO_EXPECTATION',
        'expect: this key is missing',
        this.#path,
        'a list of alerts, counts, or `expect: none` for no alert',
      );
      return [];
    }
    const path = this.#path;
    const expected = readExpectation(
      raw.expect,
      [...path, 'expect'],
      this.#document,
      this.#rule,
      this.#report,
    );
    const base = {
      ...this.#common({}),
      place: this.#place,
      suite: undefined,
      named: raw.name !== undefined,
      rule: this.#rule,
      expected,
    };
    if (raw.capture !== undefined) {
      this.#refuse(['base', 'record'], 'the events of a capture are as they are');
      const at = (key: string): SourcePlace => this.#document.placeAt([...path, key]);
      const name = raw.name ?? `${raw.capture}${raw.where === undefined ? '' : ` where ${raw.where}`}`;
      return [
        {
          ...base,
          kind: 'capture',
          name,
          capture: { value: raw.capture, place: at('capture') },
          where: raw.where === undefined ? undefined : { value: raw.where, place: at('where') },
        },
      ];
    }
    this.#refuse(['where'], 'this is for `capture`');
    const events =
      raw.events === undefined ? [this.#event(path, undefined, undefined)] : this.#events(raw.events);
    for (const { event, place } of expected.alerts)
      if (event !== undefined && event > events.length)
        this.#report({
          code: 'TEST_SHAPE',
          message: `event: there is no event ${event}, there ${events.length === 1 ? 'is 1' : `are ${events.length}`}`,
          place,
        });
    const name =
      raw.name ?? shortened(`${this.#rule?.value ?? 'events'}: ${factsName(events[0]?.facts ?? [])}`);
    return [{ ...base, kind: 'events', name, events }];
  }

  #events(steps: NonNullable<RawTest['events']>): CaseEvent[] {
    let last: bigint | undefined;
    return steps.map((step, i) => {
      const event = this.#event([...this.#path, 'events', i], step.at as string | undefined, last);
      last = event.at;
      return event;
    });
  }

  /** The record at a case or an event, or else that of the test. */
  #record(path: Path): Placed<string> | undefined {
    for (const at of [path, this.#path]) {
      const node = lookup(this.#document.nodeAt(at), 'record');
      if (node?.kind === 'scalar')
        return { value: fromBytes(node.value), place: this.#document.placeOf(node) };
    }
    return undefined;
  }

  #event(path: Path, at: string | undefined, last: bigint | undefined): CaseEvent {
    const document = this.#document;
    const node = document.nodeAt(path);
    const next = last === undefined ? 0n : last + STEP;
    const given = at === undefined ? next : readTime(at);
    if (given === undefined)
      this.#fail('TEST_SHAPE', `at: expected a time like +2ms or 1s, found "${at}"`, [...path, 'at']);
    else if (last !== undefined && given < last)
      this.#fail(
        'TEST_SHAPE',
        `at: this is before the event before it`,
        [...path, 'at'],
        'times count from the first event',
      );
    return {
      facts: patched(this.#base, readFacts(node, document, this.#report)),
      record: this.#record(path),
      at: given ?? next,
      place: document.placeOf(node),
    };
  }
}

const ROUTING_KEYS: readonly string[] = ['outputs', 'held_back', 'until'];

/** `Terminal shell, k8s.ns.name=prod`: an alert as the name of a case. */
const alertName = (alert: AlertContent | undefined): string =>
  [alert?.rule ?? '', factsName(alert?.fields ?? [])].filter((part) => part !== '').join(', ');

const reason = (todo: string | boolean | undefined): string | undefined =>
  typeof todo === 'string' ? todo : todo === true ? '' : undefined;

const shortened = (text: string): string =>
  text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text;

function caseName(
  kind: 'fires' | 'silent',
  name: string | undefined,
  patch: readonly Fact[],
  combination: readonly Fact[],
): string {
  if (name !== undefined) return combination.length === 0 ? name : `${name} [${factsName(combination)}]`;
  const facts = [...patch, ...combination];
  return shortened(facts.length === 0 ? kind : `${kind}: ${factsName(facts)}`);
}
