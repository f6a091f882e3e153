import { fromBytes, type ByteString, type Diagnostic, type FieldLookup } from '../../engine/index.ts';
import type { RuleFile } from '../loader.ts';
import { YamlError } from '../yaml/node.ts';
import { TestDocument } from './document.ts';
import { factsKey } from './expand.ts';
import { diagnosticOfProblem, type Problem } from './problem.ts';
import { readTest } from './read-test.ts';
import type { RawTestFile } from './schema.ts';
import { checkShape } from './shape.ts';
import { asksRoutes, fullName, type Override, type TestCase, type TestFile } from './test-file.ts';

/**
 * Reads a test file as far as it can be judged without the rules. Everything that is wrong is in the diagnostics; with any, there is no file.
 *
 * @param fields The fields that it may name. Default: those of system calls.
 */
export function readTestFile(
  file: RuleFile,
  fields?: FieldLookup,
): {
  readonly testFile?: TestFile;
  readonly diagnostics: readonly Diagnostic[];
} {
  const problems: Problem[] = [];
  const report = (problem: Problem): void => void problems.push(problem);
  let document: TestDocument;
  try {
    document = new TestDocument(file, fields);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column } = error.mark;
    return {
      diagnostics: [
        diagnosticOfProblem({
          code: 'TEST_YAML',
          message: fromBytes(error.message.replace(/^.*?column \d+: /s, '')),
          place: { file: file.name, line: line + 1, column: column + 1 },
          hint: bracketHint(file.content, line),
        }),
      ],
    };
  }
  const [, second] = document.documents;
  if (second)
    report({ code: 'TEST_SHAPE', message: 'a test file is one document', place: document.placeOf(second) });
  const plain = document.plain(({ node, ...problem }) =>
    report({ code: 'TEST_SHAPE', place: document.placeOf(node), ...problem }),
  );
  if (document.root.kind === 'sequence')
    report({
      code: 'TEST_SHAPE',
      message: 'expected a map, found a list: this looks like a rule file',
      place: document.placeOf(document.root),
      hint: 'the tests of rules stand in a file of their own: NAME.test.yaml beside NAME.yaml',
    });
  const raw = problems.length > 0 ? undefined : checkShape(plain, document, report);
  const testFile = raw && build(raw, document, report);
  if (testFile?.routes === undefined) {
    const first = testFile?.cases.find(asksRoutes);
    if (first !== undefined)
      report({
        code: 'TEST_NO_ROUTES',
        message: 'there are no routes for the alerts of this case',
        place: first.place,
        hint: 'name the configuration under `routes` at the top of the file: `routes: tiercel.yaml`',
      });
  }
  const diagnostics = problems.map(diagnosticOfProblem);
  return testFile === undefined || diagnostics.length > 0 ? { diagnostics } : { testFile, diagnostics };
}

/** Between braces, a bracket ends a key that has no quotes. */
function bracketHint(content: ByteString, line: number): string | undefined {
  const [key] = /[\w.]+\.\w+\[[^\]'"]*\](?=:)/.exec(content.split(/\r\n|\r|\n/)[line] ?? '') ?? [];
  return key === undefined
    ? undefined
    : `between braces a key with brackets needs quotes: "${fromBytes(key)}"`;
}

function build(raw: RawTestFile, document: TestDocument, report: (problem: Problem) => void): TestFile {
  const cases = raw.tests.flatMap((test, i) => readTest(test, ['tests', i], document, report));
  checkDuplicates(cases, report);
  const { rules, routes, override = {}, rule_matching: matching = 'first' } = raw;
  const named = typeof rules === 'string' ? [rules] : rules;
  const overrides = [
    ...Object.entries(override.lists ?? {}).map(([name, value]) => overrideOf('list', name, value, document)),
    ...Object.entries(override.macros ?? {}).map(([name, value]) =>
      overrideOf('macro', name, value, document),
    ),
  ];
  return {
    name: document.name,
    rules: named?.map((value, i) => ({
      value,
      place: document.placeAt(typeof rules === 'string' ? ['rules'] : ['rules', i]),
    })),
    routes:
      typeof routes === 'string' ? { value: routes, place: document.placeAt(['routes']) } : routes && 'here',
    overrides,
    matching,
    cases: distinct(cases),
  };
}

const overrideOf = (
  kind: Override['kind'],
  name: string,
  value: Override['value'],
  document: TestDocument,
): Override => ({ kind, name, value, place: document.placeOfKey(['override', `${kind}s`], name) });

/** What makes two cases the same. */
function sameKey(testCase: TestCase): string {
  const { rule } = testCase;
  const facts = factsOf(testCase);
  // A rule cannot both fire and be silent.
  const kind = testCase.kind === 'silent' ? 'fires' : testCase.kind;
  return JSON.stringify([kind, rule?.value, facts]);
}

function factsOf(testCase: TestCase): unknown {
  switch (testCase.kind) {
    case 'capture':
      return [testCase.capture.value, testCase.where?.value];
    case 'alerts':
      return [
        String(testCase.expected.routing?.until),
        ...testCase.alerts.map(({ content: { fields, ...said }, at }) => [
          said,
          factsKey(fields),
          String(at),
        ]),
      ];
    default:
      return testCase.events.map(({ facts, at }) => [factsKey(facts), String(at)]);
  }
}

function checkDuplicates(cases: readonly TestCase[], report: (problem: Problem) => void): void {
  const byName = new Map<string, TestCase>();
  const byFacts = new Map<string, TestCase>();
  for (const testCase of cases) {
    const { place } = testCase;
    const key = sameKey(testCase);
    const twin = byFacts.get(key);
    const namesake = testCase.named ? byName.get(fullName(testCase)) : undefined;
    if (twin !== undefined)
      report({
        code: 'TEST_DUPLICATE',
        message:
          twin.kind === testCase.kind
            ? 'another case says the same of the same facts'
            : 'another case says the opposite of the same facts',
        place,
        note: { message: 'the other one', place: twin.place },
      });
    else if (namesake !== undefined)
      report({
        code: 'TEST_DUPLICATE',
        message: `another case has the name "${testCase.name}"`,
        place,
        note: { message: 'the other one', place: namesake.place },
      });
    byFacts.set(key, twin ?? testCase);
    if (testCase.named) byName.set(fullName(testCase), namesake ?? testCase);
  }
}

/** Cases with a number behind names that others have, too: names that are made of facts may be cut alike. */
function distinct(cases: readonly TestCase[]): TestCase[] {
  const seen = new Map<string, number>();
  return cases.map((testCase) => {
    const name = fullName(testCase);
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    return nth === 1 ? testCase : { ...testCase, name: `${testCase.name} #${nth}` };
  });
}
