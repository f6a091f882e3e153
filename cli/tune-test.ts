import { loadRulesToTest } from '../daemon/index.ts';
import { fromBytes } from '../engine/index.ts';
import { pinChange, skeletonText, type AlertGroup, type ModelRule, type RuleFile } from '../rules/index.ts';
import { rulePaths } from './test/new.ts';
import { writeOutput } from './test/output-file.ts';

/** What is known when rules have been tuned. */
export interface TunedRules {
  readonly rule: ModelRule;
  readonly files: readonly RuleFile[];
  /** What was written to silence alerts. */
  readonly local: RuleFile;
  readonly groups: readonly AlertGroup[];
  /** Numbers of the groups that it silences, from 1. */
  readonly silence: readonly number[];
}

/** Writes a test for what was tuned: one silent case for each group that was silenced, and one that fires for each other. Gives what is to be said of it. */
export async function writeTuneTest(
  { rule, files, local, groups, silence }: TunedRules,
  path: string,
): Promise<string> {
  const before = (await loadRulesToTest(files)).rules;
  const after = (await loadRulesToTest([...files, local])).rules;
  if (before === undefined || after === undefined) return 'No test: the rules do not load together.\n';
  const { test, lacking } = pinChange(
    before,
    after,
    rule.name,
    groups.map(({ alerts, values }, i) => ({
      alert: alerts[0]!,
      fields: [...values.keys()],
      silenced: silence.includes(i + 1),
    })),
  );
  if (test === undefined)
    return `No test: what is known of the alerts of ${fromBytes(rule.name)} does not suffice to give them again.\n`;
  const names = [...files, local].map(({ name }) => name);
  writeOutput(path, skeletonText([test], rulePaths(names, path)));
  const numbers = lacking.map((i) => i + 1).join(', ');
  const note = lacking.length === 0 ? '' : ` (group ${numbers} could not be given again from its alerts)`;
  return `Written: ${path}${note}\n`;
}
