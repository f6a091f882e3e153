import { toBytes } from '../../../engine/index.ts';
import { checkCases } from '../check-cases.ts';
import { readTestFile } from '../read-test-file.ts';
import { runEventCase } from '../run.ts';
import type { TestRules } from '../test-rules.ts';
import { skeletonText, type SkeletonTest } from './write.ts';

/** Whether a test reads well and does what it says, run as it will be: from its text. */
export function isProven(test: SkeletonTest, rules: TestRules): boolean {
  const { testFile } = readTestFile(
    { name: 'test', content: toBytes(skeletonText([test], undefined)) },
    rules.language.anyField,
  );
  if (testFile === undefined || checkCases(testFile.cases, rules).length > 0) return false;
  const wanted = test.todo === undefined ? 'passed' : 'todo';
  return testFile.cases.every(
    (one) =>
      one.kind !== 'capture' &&
      one.kind !== 'alerts' &&
      runEventCase(one, rules, testFile.matching).outcome === wanted,
  );
}
