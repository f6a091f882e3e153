import { expect } from 'chai';
import { toBytes, type Diagnostic } from '../../../engine/index.ts';
import {
  checkCases,
  loadTestRules,
  readTestFile,
  runEventCase,
  withOverrides,
  type CaseResult,
  type EventCase,
} from '../../../rules/index.ts';

const RULES = `
- list: shells
  items: [bash, sh]
- macro: never_true
  condition: (evt.num = 0)
- macro: user_known
  condition: (never_true)
- rule: Shell
  desc: d
  condition: evt.type = execve and proc.name in (shells) and not user_known
  output: shell=%proc.name parent=%proc.pname uid=%user.uid
  priority: WARNING
  tags: [shell, host]
- rule: Any program
  desc: d
  condition: evt.type = execve
  output: program=%proc.name
  priority: INFO
- rule: Off
  desc: d
  condition: evt.type in (open, openat) and fd.name = /etc/shadow
  output: file=%fd.name
  priority: CRITICAL
  enabled: false
`;

interface Ran {
  readonly diagnostics: readonly Diagnostic[];
  readonly results: readonly CaseResult[];
}

/** Runs the tests of a text over a few rules. */
export function runTests(tests: string, rules = RULES): Ran {
  const { testFile, diagnostics } = readTestFile({ name: 'x.test.yaml', content: toBytes(tests) });
  expect(diagnostics).to.deep.equal([]);
  const { overrides, cases, matching } = testFile!;
  const plain = loadTestRules([{ name: 'x.yaml', content: toBytes(rules) }]);
  if (plain.rules === undefined) return { diagnostics: plain.diagnostics, results: [] };
  const loaded = overrides.length > 0 ? withOverrides(plain.rules, overrides, 'x.test.yaml') : plain;
  if (loaded.rules === undefined) return { diagnostics: loaded.diagnostics, results: [] };
  const found = checkCases(cases, loaded.rules);
  if (found.length > 0) return { diagnostics: found, results: [] };
  return {
    diagnostics: [],
    results: cases.map((one) => runEventCase(one as EventCase, loaded.rules, matching)),
  };
}

/** What came of each case: its outcome, and its differences as `alert key - expected + got`. */
export function outcomes(tests: string, rules?: string): string[] {
  const { diagnostics, results } = runTests(tests, rules);
  expect(diagnostics).to.deep.equal([]);
  return results.map(({ outcome, differences }) =>
    [
      outcome,
      ...differences.map(
        ({ alert, key, expected, got }) =>
          `${alert === undefined ? '' : `[${alert}] `}${key} -${expected} +${got}`,
      ),
    ].join('; '),
  );
}

/** What is said of tests against their rules: `line:column code message | hint`. */
export const objections = (tests: string, rules?: string): string[] =>
  runTests(tests, rules).diagnostics.map(
    ({ line, column, code, message, hint }) =>
      `${line}:${column} ${code} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  );
