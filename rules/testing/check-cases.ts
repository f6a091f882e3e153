import { DiagnosticError, didYouMean, fromBytes, toBytes, type Diagnostic } from '../../engine/index.ts';
import { compileFilter } from '../filter.ts';
import { isOutputField } from './found-alert.ts';
import { diagnosticOfProblem, type Problem } from './problem.ts';
import type { CaptureCase, EventCase, TestCase } from './test-file.ts';
import { rulesOf } from './test-file.ts';
import type { TestRules } from './test-rules.ts';

/** What is wrong with cases that only the rules can tell. */
export function checkCases(cases: readonly TestCase[], rules: TestRules): Diagnostic[] {
  const problems: Problem[] = [];
  for (const testCase of cases) {
    problems.push(...unknownRules(testCase, rules), ...hiddenFields(testCase, rules));
    if (testCase.kind !== 'capture' && testCase.kind !== 'alerts' && expectsNothing(testCase))
      problems.push(...vacuous(testCase, rules));
    if (testCase.kind === 'capture') problems.push(...wrongCondition(testCase, rules));
  }
  // All cases of a test have its rule.
  const told = new Set<string>();
  return problems.map(diagnosticOfProblem).filter((diagnostic) => {
    const { code, file, line, column } = diagnostic;
    const key = [code, file, line, column].join(':');
    return told.has(key) ? false : told.add(key);
  });
}

function unknownRules(testCase: TestCase, rules: TestRules): Problem[] {
  // A test may be there before its rule.
  if (testCase.todo !== undefined) return [];
  return rulesOf(testCase).flatMap(({ value: name, place }) => {
    if (rules.find(name) !== undefined) return [];
    const names = rules.loaded.rules.map((rule) => fromBytes(rule.name));
    const files = rules.files.map((file) => file.name).join(', ');
    return [
      {
        code: 'TEST_UNKNOWN_RULE',
        message: `there is no rule "${name}" in ${files}`,
        place,
        hint: isLeftOut(name, rules)
          ? 'it is there, and left out when the files load: `tiercel validate` says why'
          : (didYouMean(name, names) ?? 'which files are loaded is said under `rules`'),
      },
    ];
  });
}

/** Rules of plug-ins that are not loaded are passed over. */
function isLeftOut(name: string, { files }: TestRules): boolean {
  const written = toBytes(name);
  return files.some(({ content }) =>
    Array.from(content.matchAll(/^\s*-\s+rule:\s*(.*?)\s*$/gm), ([, text = '']) =>
      text.replace(/^(["'])(.*)\1$/, '$2'),
    ).includes(written),
  );
}

function hiddenFields({ expected }: TestCase, { language }: TestRules): Problem[] {
  return expected.alerts.flatMap(({ fields }) =>
    fields.flatMap(({ field, place }): Problem[] =>
      isOutputField(field, language.anyField)
        ? []
        : [
            {
              code: 'TEST_UNKNOWN_FIELD',
              message: `${field} is for conditions only`,
              place: place ?? expected.place,
            },
          ],
    ),
  );
}

const expectsNothing = ({ rule, expected: { alerts, rules, count, others } }: TestCase): boolean =>
  rule !== undefined && alerts.length + rules.length === 0 && (count === 0 || others === 'none');

/** A rule that is not asked about any of the events is silent, whatever it says. */
function vacuous({ rule: tested, events, place }: EventCase, rules: TestRules): Problem[] {
  const rule = tested && rules.find(tested.value);
  if (rule?.source !== 'syscall') return [];
  const names = rules.eventNames(rule);
  const types = events.map(({ facts }) => facts.find(({ field }) => field === 'evt.type'));
  if (!types.every((type) => typeof type?.value === 'string' && !names.includes(type.value))) return [];
  // Every rule is asked about events of plug-ins.
  const meant = names.filter((name) => name !== 'asyncevent');
  const shown = meant.length > MOST_NAMES ? `${meant.slice(0, MOST_NAMES).join(', ')}, …` : meant.join(', ');
  return [
    {
      code: 'TEST_VACUOUS',
      message: `the rule is never asked about ${String(types[0]?.value)}, and so it would be silent whatever it says`,
      place: types[0]?.place ?? place,
      hint: `it is asked about ${shown}`,
    },
  ];
}

const MOST_NAMES = 8;

function wrongCondition(testCase: CaptureCase, rules: TestRules): Problem[] {
  const { where } = testCase;
  if (where === undefined) return [];
  try {
    compileFilter(where.value, rules.loaded, rules.language, rules.sourceOf(testCase));
    return [];
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    const { message, hint } = error.diagnostic;
    return [{ code: 'TEST_CONDITION', message, place: where.place, hint }];
  }
}
