/** Holds a document against the schema, and says in people's words what does not fit. */
import type * as z from 'zod';
import { didYouMean } from '../../engine/index.ts';
import type { Path, Plain, TestDocument } from './document.ts';
import type { Problem } from './problem.ts';
import { isFieldKey, testFileSchema, type RawTestFile } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** The document with its values decoded, if it has the right shape. */
export function checkShape(
  plain: Plain,
  document: TestDocument,
  report: (problem: Problem) => void,
): RawTestFile | undefined {
  let fine = true;
  const unknown: Path[] = [];
  const fail = (problem: Problem): void => {
    fine = false;
    report(problem);
  };
  findUnknownKeys(testFileSchema, plain, [], (path, key, known) => {
    unknown.push([...path, key]);
    fail({
      code: 'TEST_UNKNOWN_KEY',
      message: `there is no key "${key}" here`,
      place: document.placeOfKey(path, key),
      hint: didYouMean(key, known) ?? `known keys: ${known.join(', ')}`,
    });
  });
  const parsed = testFileSchema.safeParse(plain);
  if (parsed.success) return fine ? parsed.data : undefined;
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys') continue;
    const { path, message } = describe(issue, plain);
    // What stands under a key that is misspelt was said already.
    if (unknown.some((start) => start.every((step, i) => path[i] === step))) continue;
    const key = path.findLast((step) => typeof step === 'string');
    const place =
      valueAt(plain, path) === undefined ? document.placeAt(path.slice(0, -1)) : document.placeAt(path);
    fail({ code: 'TEST_SHAPE', message: key === undefined ? message : `${key}: ${message}`, place });
  }
  return undefined;
}

/** Keys that no map of the schema has at its place. */
function findUnknownKeys(
  schema: z.core.$ZodType,
  value: Plain | undefined,
  path: Path,
  report: (path: Path, key: string, known: readonly string[]) => void,
): void {
  const { def } = schema._zod as { def: z.core.$ZodTypes['_zod']['def'] };
  switch (def.type) {
    case 'optional':
      return findUnknownKeys(def.innerType, value, path, report);
    case 'array':
      if (Array.isArray(value))
        value.forEach((item, i) => findUnknownKeys(def.element, item, [...path, i], report));
      return;
    case 'record':
      if (isMap(value))
        for (const key of Object.keys(value))
          findUnknownKeys(def.valueType, value[key], [...path, key], report);
      return;
    case 'union':
      for (const option of def.options) findUnknownKeys(option, value, path, report);
      return;
    case 'object': {
      if (!isMap(value)) return;
      const open = def.catchall?._zod.def.type !== 'never';
      for (const key of Object.keys(value))
        if (Object.hasOwn(def.shape, key))
          findUnknownKeys(def.shape[key]!, value[key], [...path, key], report);
        else if (!open || !isFieldKey(key)) report(path, key, Object.keys(def.shape));
    }
  }
}

const isMap = (value: Plain | undefined): value is { [key: string]: Plain } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function valueAt(plain: Plain, path: Path): Plain | undefined {
  let value: Plain | undefined = plain;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, Plain>)[step];
  }
  return value;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  null: 'nothing',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function kindOf(value: Plain | undefined): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : `"${value.slice(0, 40)}"`;
  return value === null || value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : 'a map';
}

/** An issue in people's words. Of a union, that of the option which the value comes nearest to. */
function describe(issue: Issue, plain: Plain, before: Path = []): { path: Path; message: string } {
  const path = [...before, ...(issue.path as Path)];
  const value = valueAt(plain, path);
  const found = kindOf(value);
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return { path, message: 'this key is missing' };
      return { path, message: `expected ${KINDS[issue.expected] ?? issue.expected}, found ${found}` };
    case 'invalid_value':
      return { path, message: `expected ${issue.values.join(' or ')}, found ${found}` };
    case 'invalid_union': {
      const inside = issue.errors.filter((errors) => errors[0]?.path.length !== 0);
      if (inside.length > 0) return describe(inside[0]![0]!, plain, path);
      const options = [
        ...new Set(
          issue.errors.flatMap(([first]) => {
            if (first?.code === 'invalid_type') return KINDS[first.expected] ?? first.expected;
            if (first?.code === 'invalid_value') return first.values.map(String);
            if (first?.code === 'custom') return first.message.replace(/^expected /, '');
            return [];
          }),
        ),
      ];
      const last = options.pop();
      return {
        path,
        message: `expected ${options.length > 0 ? `${options.join(', ')} or ` : ''}${last}, found ${found}`,
      };
    }
    default:
      return {
        path,
        message: `${issue.message}${issue.message.startsWith('expected') ? `, found ${found}` : ''}`,
      };
  }
}
