/** Writes test files. */
import type { Fact, FactValue } from '../scene/index.ts';

/** One case of a test. */
export interface SkeletonCase {
  readonly facts: readonly Fact[];
  readonly name?: string | undefined;
  readonly why?: string | undefined;
}

/** One test, as it is to be written. */
export interface SkeletonTest {
  readonly rule: string;
  readonly todo?: string | undefined;
  readonly fires: readonly SkeletonCase[];
  readonly silent: readonly SkeletonCase[];
}

/** A test file. `rules`: the rule files, unless it is the one beside the test file. */
export function skeletonText(tests: readonly SkeletonTest[], rules: readonly string[] | undefined): string {
  const head = rules === undefined ? '' : `rules: [${rules.map(scalar).join(', ')}]\n`;
  return `${head}tests:\n${tests.map(testText).join('')}`;
}

function testText({ rule, todo, fires, silent }: SkeletonTest): string {
  const shared = sharedFacts([...fires, ...silent]);
  const lines = [
    `  - rule: ${scalar(rule)}`,
    ...(todo === undefined ? [] : [`    todo: ${scalar(todo)}`]),
    `    base: ${flowMap(shared, {})}`,
    ...casesText('fires', fires, shared),
    ...casesText('silent', silent, shared),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function casesText(key: string, cases: readonly SkeletonCase[], shared: readonly Fact[]): string[] {
  if (cases.length === 0) return [];
  return [
    `    ${key}:`,
    ...cases.map(({ facts, name, why }) => {
      const own = facts.filter((fact) => !shared.some((other) => same(fact, other)));
      return `      - ${flowMap(own, { name, why })}`;
    }),
  ];
}

/** What all cases say, in the order of the first. */
function sharedFacts([first, ...others]: readonly SkeletonCase[]): readonly Fact[] {
  return (first?.facts ?? []).filter((fact) =>
    others.every(({ facts }) => facts.some((other) => same(fact, other))),
  );
}

const same = (a: Fact, b: Fact): boolean => a.field === b.field && written(a.value) === written(b.value);

function flowMap(
  facts: readonly Fact[],
  keys: { readonly name?: string | undefined; readonly why?: string | undefined },
): string {
  const entries = [
    ...(keys.name === undefined ? [] : [`name: ${scalar(keys.name)}`]),
    ...facts.map(({ field, value }) => `${scalar(field)}: ${written(value)}`),
    ...(keys.why === undefined ? [] : [`why: ${scalar(keys.why)}`]),
  ];
  return `{${entries.join(', ')}}`;
}

function written(value: FactValue): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return `[${value.map(written).join(', ')}]`;
  return typeof value === 'string' ? scalar(value) : String(value);
}

/** Text without quotes where it means itself there, and nobody could take it for something else. */
const scalar = (text: string): string =>
  /^(?!null$|~)[\w./][\w./@+~-]*(?: [\w./@+~-]+)*$/i.test(text) ? text : JSON.stringify(text);
