import type { Event, FieldLookup } from '../../../engine/index.ts';
import type { LoadedRule } from '../../compiler.ts';
import { sceneOf, SceneError, type Fact } from '../scene/index.ts';
import type { TestRules } from '../test-rules.ts';

/** What came of facts: an event, and whether the rule fires at it; or why there is no such event. */
export type Attempt =
  | { readonly event: Event; readonly fires: boolean; readonly error?: undefined }
  | { readonly error: SceneError };

/** So many events are made for one rule at most. */
const MOST_ATTEMPTS = 3_000;

/** Tries facts on one rule, each in a scene of its own. */
export class Trial {
  readonly rules: TestRules;
  readonly rule: LoadedRule;
  #attempts = 0;

  constructor(rules: TestRules, rule: LoadedRule) {
    this.rules = rules;
    this.rule = rule;
  }

  /** The fields of events that the rule is about. */
  get fields(): FieldLookup {
    return this.rules.language.lookup(this.rule.source);
  }

  /** Whether no more is tried. */
  get isOver(): boolean {
    return this.#attempts >= MOST_ATTEMPTS;
  }

  attempt(facts: readonly Fact[]): Attempt {
    this.#attempts++;
    try {
      const { event, visible } = sceneOf(this.rule.source, this.rules.language).apply(facts);
      return { event, fires: visible && this.rules.alone(this.rule).match(event).length > 0 };
    } catch (error) {
      if (!(error instanceof SceneError)) throw error;
      return { error };
    }
  }

  fires(facts: readonly Fact[]): boolean {
    const attempt = this.attempt(facts);
    return attempt.error === undefined && attempt.fires;
  }

  /** Whether there is such an event, at which the rule is asked, and stays silent. */
  isSilent(facts: readonly Fact[]): boolean {
    const attempt = this.attempt(facts);
    return (
      attempt.error === undefined &&
      !attempt.fires &&
      this.rules.modelOf(this.rule).codes.has(attempt.event.code)
    );
  }
}
