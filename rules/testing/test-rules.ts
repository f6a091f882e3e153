import {
  Engine,
  eventNames,
  fromBytes,
  Ruleset,
  toBytes,
  type AlertRule,
  type ByteString,
  type Diagnostic,
  type Event,
  type EventCode,
  type Matching,
} from '../../engine/index.ts';
import { alertRuleOf } from '../alert-rule.ts';
import type { LoadedRule } from '../compiler.ts';
import { engineLanguage, type Language } from '../language.ts';
import { loadRules, type LoadResult } from '../load.ts';
import type { RuleFile } from '../loader.ts';
import { RuleModel, type ModelRule } from '../model/model.ts';
import { atOverride, overrideFile, unknownOverrides } from './override-file.ts';
import { fieldOfKey } from './field-value.ts';
import { diagnosticOfProblem } from './problem.ts';
import { rulesOf, type Override, type TestCase } from './test-file.ts';

/** Rules that are asked together. */
export interface AskedRules {
  readonly rules: readonly LoadedRule[];
  /** Those that match an event, in their order. */
  match(event: Event): readonly LoadedRule[];
  /** Whether one of them can match events of a type. */
  asks(code: EventCode): boolean;
}

/** Rules that load, ready to be tested. */
export class TestRules {
  readonly files: readonly RuleFile[];
  readonly loaded: LoadResult;
  readonly language: Language;
  /** The same rules without other lists and macros in them. */
  readonly plain: TestRules;
  #model: RuleModel | undefined;
  readonly #byName: ReadonlyMap<string, LoadedRule>;
  readonly #alone = new Map<LoadedRule, AskedRules>();
  readonly #together = new Map<string, AskedRules>();
  readonly #eventNames = new Map<LoadedRule, readonly string[]>();
  readonly #alertRules = new Map<LoadedRule, AlertRule>();

  constructor(
    files: readonly RuleFile[],
    loaded: LoadResult,
    language: Language = engineLanguage,
    plain?: TestRules,
  ) {
    this.files = files;
    this.loaded = loaded;
    this.language = language;
    this.plain = plain ?? this;
    this.#byName = new Map(loaded.rules.map((rule) => [rule.name, rule]));
  }

  /** The rule of a name, which is ordinary text. */
  find(name: string): LoadedRule | undefined {
    return this.#byName.get(toBytes(name));
  }

  /** The source of the events that a case is about: that of its facts, or else of the rule that is named first. */
  sourceOf(testCase: TestCase): ByteString {
    const facts = 'events' in testCase ? testCase.events.flatMap((event) => event.facts) : [];
    const others = this.language.sources.filter((source) => source !== 'syscall');
    const bySource = facts.flatMap(({ field }) =>
      fieldOfKey(field) === undefined
        ? others.filter((source) => fieldOfKey(field, this.language.lookup(source)) !== undefined)
        : [],
    );
    const [named] = rulesOf(testCase);
    return bySource[0] ?? (named && this.find(named.value)?.source) ?? 'syscall';
  }

  /** The rules with the places of their parts, made when they are first asked for. */
  get model(): RuleModel {
    return (this.#model ??= new RuleModel(this.files, this.loaded, this.language));
  }

  /** A rule with the places of its parts. */
  modelOf(rule: LoadedRule): ModelRule {
    return this.model.rules[this.loaded.rules.indexOf(rule)]!;
  }

  /** One rule by itself, enabled or not. */
  alone(rule: LoadedRule): AskedRules {
    let asked = this.#alone.get(rule);
    if (asked === undefined) {
      const ruleset = new Ruleset([[0, rule]], { matching: 'all' });
      const found = [rule];
      asked = {
        rules: found,
        match: (event) => (ruleset.match(event).length > 0 ? found : []),
        asks: (code) => ruleset.asks(code),
      };
      this.#alone.set(rule, asked);
    }
    return asked;
  }

  /** All rules that are enabled, and those that are named: as Falco asks them. */
  together(matching: Matching, named: readonly string[]): AskedRules {
    const names = new Set(named.map(toBytes));
    const rules = this.loaded.rules.filter(({ enabled, name }) => enabled || names.has(name));
    const key = JSON.stringify([matching, rules.filter(({ enabled }) => !enabled).map(({ name }) => name)]);
    let asked = this.#together.get(key);
    if (asked === undefined) {
      const engine = new Engine(
        rules.map((rule) => ({ ...rule, enabled: true })),
        { matching },
      );
      asked = {
        rules,
        match: (event) => Array.from(engine.match(event), (index) => rules[index]!),
        asks: (code) => engine.asks(code),
      };
      this.#together.set(key, asked);
    }
    return asked;
  }

  /** The names of the events that a rule is asked about. */
  eventNames(rule: LoadedRule): readonly string[] {
    let names = this.#eventNames.get(rule);
    if (names === undefined)
      this.#eventNames.set(rule, (names = Array.from(eventNames(rule.condition.expr), fromBytes).sort()));
    return names;
  }

  alertRule(rule: LoadedRule): AlertRule {
    let alertRule = this.#alertRules.get(rule);
    if (alertRule === undefined) this.#alertRules.set(rule, (alertRule = alertRuleOf(rule)));
    return alertRule;
  }
}

/** Rules for tests, or why there are none. */
export type LoadedTestRules =
  | { readonly rules: TestRules; readonly diagnostics: readonly [] }
  | { readonly rules: undefined; readonly diagnostics: readonly Diagnostic[] };

/** Loads rule files for tests; warnings are for `tiercel validate` to tell. */
export function loadTestRules(
  files: readonly RuleFile[],
  language: Language = engineLanguage,
  plain?: TestRules,
): LoadedTestRules {
  const loaded = loadRules(files, language);
  const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { rules: undefined, diagnostics: errors };
  return { rules: new TestRules(files, loaded, language, plain), diagnostics: [] };
}

/** The same rules with other lists and macros in them. */
export function withOverrides(
  plain: TestRules,
  overrides: readonly Override[],
  testFile: string,
): LoadedTestRules {
  const { files, loaded } = plain;
  const unknown = unknownOverrides(overrides, loaded);
  if (unknown.length > 0) return { rules: undefined, diagnostics: unknown.map(diagnosticOfProblem) };
  const result = loadTestRules([...files, overrideFile(overrides, testFile)], plain.language, plain);
  if (result.rules !== undefined) return result;
  return {
    rules: undefined,
    diagnostics: result.diagnostics.map((diagnostic) => atOverride(diagnostic, overrides, testFile)),
  };
}
