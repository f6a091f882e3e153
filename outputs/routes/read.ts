/** Settings of routes from YAML or JSON, held against their schema. */
import type * as z from 'zod';
import { didYouMean } from '../../engine/index.ts';
import type { RouteProblem } from './problem.ts';
import { routingSettings, type RoutingSettings } from './schema.ts';

type Path = RouteProblem['path'];
type Read<T> = { readonly settings: T } | { readonly problems: readonly RouteProblem[] };

/** Checks the keys `routes`, `default` and `silences`; others must not be there. */
export const readRouting = (raw: unknown): Read<RoutingSettings> => readSettings(routingSettings, raw);

function readSettings<T>(schema: z.ZodType<T>, raw: unknown): Read<T> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { settings: parsed.data };
  return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, schema, raw)) };
}

/** What is wrong, in people's words. */
export function problemsOf(
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  raw: unknown,
  before: Path = [],
): readonly RouteProblem[] {
  const path: Path = [...before, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const known = keysAt(schema, path);
        const hint =
          didYouMean(key, known) ?? (known.length > 0 ? `known are ${known.join(', ')}` : undefined);
        return {
          path: [...path, key],
          severity: 'error',
          isKey: true,
          message: `there is no setting ${key} here`,
          ...(hint !== undefined && { hint }),
        };
      });
    case 'invalid_union': {
      // The option that came furthest says best what is wrong.
      const deepest = issue.errors
        .filter((errors) => errors.some((one) => one.path.length > 0 || one.code === 'unrecognized_keys'))
        .at(-1);
      if (deepest !== undefined) return deepest.flatMap((one) => problemsOf(one, schema, raw, path));
      const value = valueAt(raw, path);
      if (value === undefined) return [missing(path)];
      const expected = new Set(issue.errors.flat().flatMap(expectedIn));
      return [
        {
          path,
          severity: 'error',
          message: `expected ${[...expected].join(' or ')}, found ${shown(value)}`,
        },
      ];
    }
    case 'invalid_type': {
      const value = valueAt(raw, path);
      if (value === undefined) return [missing(path)];
      const message = `expected ${expectedIn(issue).join(' or ')}, found ${shown(value)}`;
      return [{ path, severity: 'error', message }];
    }
    case 'invalid_value': {
      const value = valueAt(raw, path);
      if (value === undefined) return [missing(path)];
      const expected = issue.values.map(String);
      const hint = typeof value === 'string' ? didYouMean(value, expected) : undefined;
      const message = `expected ${expected.length > 1 ? 'one of ' : ''}${expected.join(', ')}, found ${shown(value)}`;
      return [{ path, severity: 'error', message, ...(hint !== undefined && { hint }) }];
    }
    default:
      return [{ path, severity: 'error', message: issue.message }];
  }
}

const missing = (path: Path): RouteProblem => ({
  path,
  severity: 'error',
  message: `${path.at(-1) ?? 'it'} is missing`,
});

function expectedIn(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_type') return [kindNames[issue.expected] ?? issue.expected];
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a set of keys',
  record: 'a set of keys',
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
};

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a set of keys' : JSON.stringify(value);
}

function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** The keys that a schema has at a place. */
function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const { def } = schema._zod as { def: z.core.$ZodTypes['_zod']['def'] };
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return keysAt(def.innerType, path);
    case 'pipe':
      return keysAt(def.in, path);
    case 'array':
      return typeof path[0] === 'number' ? keysAt(def.element, path.slice(1)) : [];
    case 'union':
      return [...new Set(def.options.flatMap((option) => keysAt(option, path)))];
    case 'object': {
      const [key, ...rest] = path;
      if (key === undefined) return Object.keys(def.shape);
      const inner = def.shape[key];
      return inner === undefined ? [] : keysAt(inner, rest);
    }
    default:
      return [];
  }
}
