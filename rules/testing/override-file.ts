import {
  didYouMean,
  fromBytes,
  toBytes,
  type ByteString,
  type Diagnostic,
  type SourcePlace,
} from '../../engine/index.ts';
import type { LoadResult } from '../load.ts';
import type { RuleFile } from '../loader.ts';
import type { Problem } from './problem.ts';
import type { Override } from './test-file.ts';

/** Lines of each item in the file that overrides become. */
const LINES = 2;

/** The rule file that overrides stand for, loaded after the others. */
export function overrideFile(overrides: readonly Override[], testFile: string): RuleFile {
  const items = overrides.map(({ kind, name, value }) =>
    typeof value === 'string'
      ? `- ${kind}: ${quoted(name)}\n  condition: ${quoted(value)}\n`
      : `- ${kind}: ${quoted(name)}\n  items: [${value.map(quoted).join(', ')}]\n`,
  );
  return { name: overrideName(testFile), content: items.join('') };
}

const overrideName = (testFile: string): string => `${testFile} (override)`;

/** In double quotes YAML has all that JSON has. */
const quoted = (text: string): ByteString => toBytes(JSON.stringify(text));

/** What is overridden and does not exist. */
export function unknownOverrides(overrides: readonly Override[], { lists, macros }: LoadResult): Problem[] {
  return overrides.flatMap(({ kind, name, place }) => {
    const known = kind === 'list' ? lists : macros;
    if (known.has(toBytes(name))) return [];
    const isOther = (kind === 'list' ? macros : lists).has(toBytes(name));
    const hint = isOther
      ? `it is a ${kind === 'list' ? 'macro' : 'list'}`
      : didYouMean(name, Array.from(known.keys(), fromBytes));
    return [
      { code: 'TEST_UNKNOWN_OVERRIDE', message: `the rule files have no ${kind} ${name}`, place, hint },
    ];
  });
}

/** A finding in the file that overrides become, at the place of the override. */
export function atOverride(
  diagnostic: Diagnostic,
  overrides: readonly Override[],
  testFile: string,
): Diagnostic {
  const name = overrideName(testFile);
  const placeOf = ({ file, line = 1 }: SourcePlace): SourcePlace | undefined =>
    file === name ? overrides[Math.floor((line - 1) / LINES)]?.place : undefined;
  const own = placeOf(diagnostic);
  const { code, severity, message, hint, notes, ...place } = diagnostic;
  return {
    code,
    severity,
    message,
    ...(own ?? place),
    ...(hint !== undefined && { hint }),
    ...(notes && {
      notes: notes.map(({ message: text, ...at }) => ({ message: text, ...(placeOf(at) ?? at) })),
    }),
  };
}
