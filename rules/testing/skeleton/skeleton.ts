import { fromBytes, type AlertValues } from '../../../engine/index.ts';
import type { LoadedRule } from '../../compiler.ts';
import type { TestRules } from '../test-rules.ts';
import { fieldsRead, firingFactsOf } from './alert-facts.ts';
import { isProven } from './prove.ts';
import { reduceFacts } from './reduce.ts';
import { firingFacts } from './satisfy.ts';
import { silentFacts } from './silence.ts';
import { Trial } from './trial.ts';
import type { SkeletonTest } from './write.ts';

/** A test to begin with. */
export interface Skeleton {
  readonly test: SkeletonTest;
  /** Whether an event was found at which the rule fires, and one at which it does not. */
  readonly fires: boolean;
  readonly silent: boolean;
}

/**
 * Makes a test of a rule with one event at which it fires and, by the change of one fact, one at which it does not.
 *
 * @param values Of an alert of the rule; without them, the facts are looked for in its condition.
 */
export function makeSkeleton(rules: TestRules, rule: LoadedRule, values?: AlertValues): Skeleton {
  const trial = new Trial(rules, rule);
  const name = fromBytes(rule.name);
  const found = values === undefined ? firingFacts(trial) : firingFactsOf(values, trial);
  if (found !== undefined) {
    const facts = reduceFacts(found, (fewer) => trial.fires(fewer));
    const silent = silentFacts(trial, facts);
    const test = { rule: name, fires: [{ facts }], silent: silent === undefined ? [] : [silent] };
    if (isProven(test, rules)) return { test, fires: true, silent: silent !== undefined };
  }
  return { test: unknownTest(trial, name), fires: false, silent: false };
}

/** A test that is known to fail, for people to mend. */
function unknownTest(trial: Trial, rule: string): SkeletonTest {
  const todo = 'say at what event the rule fires';
  if (trial.rule.source !== 'syscall') {
    const [field] = fieldsRead(trial.rules.modelOf(trial.rule), trial.fields);
    return {
      rule,
      todo,
      fires: [{ facts: field === undefined ? [] : [{ field, value: 'sample' }] }],
      silent: [],
    };
  }
  const types = trial.rules.eventNames(trial.rule);
  const type = types.find((name) => trial.attempt([{ field: 'evt.type', value: name }]).error === undefined);
  const facts = [{ field: 'evt.type', value: type ?? 'execve' }];
  return { rule, todo, fires: [{ facts }], silent: [] };
}
