import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  allFields,
  bindField,
  byteString,
  compileCondition,
  ConditionError,
  eventCodes,
  parse,
  print,
  Ruleset,
  toBytes,
  type Condition,
  type Event,
  type Expr,
  type Operand,
  type TransformerArg,
} from '../../engine/index.ts';
import { madeUp, WORDS } from './grammar.ts';
import { heldEvents } from './held-events.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';
import { mutateText } from './text.ts';

const root = join(import.meta.dirname, '../..');
const ASKED = 4;

/** Conditions of the rules that we ship, and of the reference data where they are. */
function seedConditions(): string[] {
  const library = join(root, 'rules/library');
  const official = join(root, '../shared/oracle/rules');
  const rules = [library, official]
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.yaml'))
    .flatMap((path) => {
      const text = toBytes(readFileSync(path, 'utf8'));
      return [...text.matchAll(/^ {2}condition: *>?-?([^\n]*(?:\n {4,}[^\n]*)*)/gm)].map((found) =>
        found[1]!.trim(),
      );
    });
  const oracle = join(root, '../shared/oracle/conditions.jsonl');
  if (!existsSync(oracle)) return rules;
  const lines = readFileSync(oracle, 'utf8').trimEnd().split('\n');
  const cases = lines.map((line) => toBytes((JSON.parse(line) as { condition: string }).condition));
  return [...rules, ...cases.filter((condition) => condition !== '' && condition.length < 2000)];
}

/** Conditions, through parser, printer, checker and both evaluators. */
export function conditions(): Target {
  const seeds = seedConditions();
  const events = heldEvents();
  return {
    slow: 2000,
    make(random) {
      const { text, how } = condition(random, seeds);
      const asked = Array.from({ length: ASKED }, () => random.pick(events));
      return {
        how,
        extension: 'condition',
        bytes: Uint8Array.from(Buffer.from(text, 'latin1')),
        run: () => run(text, asked),
      };
    },
  };
}

/** A condition by chance, a byte string. */
function condition(random: Random, seeds: readonly string[]): { text: string; how: string } {
  if (random.below(2000) === 0) return { text: nested(random), how: 'nested' };
  if (random.below(5) < 3) {
    const text = madeUp(random);
    if (random.below(3) > 0) return { text, how: 'made up' };
    const mutated = mutateText(text, random, WORDS, seeds);
    return { text: mutated.text, how: `made up, ${mutated.how}` };
  }
  return mutateText(random.pick(seeds), random, WORDS, seeds);
}

/** What nests deeply, in its kinds. */
function nested(random: Random): string {
  const times = random.pick([90, 999, 1000, 1001, 20_000]);
  const one = 'proc.name = a';
  return random.pick([
    () => `${'('.repeat(times)}${one}${')'.repeat(times)}`,
    () => `${'not '.repeat(times)}${one}`,
    () => `${'not('.repeat(times)}${one}${')'.repeat(times)}`,
    () => `${'tolower('.repeat(times)}proc.name${')'.repeat(times)} = a`,
    () => `${one} and `.repeat(times) + one,
    () => `${one} or(`.repeat(times) + one + ')'.repeat(times),
    () => '('.repeat(times),
    () => `proc.name in (${'a, '.repeat(times)}a)`,
  ])();
}

function run(text: string, asked: readonly Event[]): string {
  let expr: Expr;
  try {
    expr = parse(text);
  } catch (error) {
    return refused('no condition', error, text);
  }
  const printed = print(expr);
  if (isReversible(expr)) {
    const again = print(parse(printed));
    if (again !== printed) throw new Error(`printed as ${printed}, and then as ${again}`);
  }
  let condition: Condition;
  try {
    condition = compileCondition(expr, bindField);
    eventCodes(expr);
  } catch (error) {
    return refused('not of this language', error, text);
  }
  if (readsStateful(expr)) return 'compiled, but different with each reading';
  const ruleset = new Ruleset(
    [[0, { name: 'r', condition, priority: 'Debug', source: 'syscall', enabled: true }]],
    { matching: 'all', walks: 0 },
  );
  let matched = false;
  for (const event of asked) {
    const generated = ruleset.match(event).length;
    if (generated !== ruleset.trace(event).length)
      throw new Error(
        `the generated code ${generated > 0 ? 'matches' : 'does not match'} event ${event.num} (${event.info.name}), the walk disagrees`,
      );
    matched ||= generated > 0;
  }
  return matched ? 'compiled and matched' : 'compiled';
}

function refused(outcome: string, error: unknown, text: string): string {
  if (!(error instanceof ConditionError)) throw error;
  const { index, line, column } = error.position;
  const wrong = error.message === '' || index < 0 || index > text.length || line < 1 || column < 1;
  // What is wrong in the text is reported in its bytes.
  if (wrong || !isByteString(error.message))
    throw new Error('an error without its place or words', { cause: error });
  return outcome;
}

const isByteString = (text: string): boolean =>
  byteString(Buffer.from(text, 'latin1'), 0, text.length) === text;

const stateful: ReadonlySet<string> = new Set(
  allFields.flatMap(({ fields }) => fields.filter((field) => field.stateful).map(({ name }) => name)),
);

type Part = Expr | Operand | TransformerArg;

function* partsOf(part: Part): Generator<Part> {
  yield part;
  switch (part.kind) {
    case 'and':
    case 'or':
    case 'transformer-list':
      for (const child of part.children) yield* partsOf(child);
      break;
    case 'not':
      yield* partsOf(part.child);
      break;
    case 'unary':
      yield* partsOf(part.left);
      break;
    case 'binary':
      yield* partsOf(part.left);
      if (part.right.kind !== 'list') yield* partsOf(part.right);
      break;
    case 'transformer':
      for (const value of part.values) yield* partsOf(value);
  }
}

const readsStateful = (expr: Expr): boolean =>
  [...partsOf(expr)].some((part) => part.kind === 'field' && stateful.has(part.name));

/**
 * Whether the printed form can be read again. Falco's puts constants in quotes only for the sake of blanks, escapes and `=`, so
 * those that are empty, end in a backslash, or hold brackets, commas or bytes that are no text change what it means; so does `not not`.
 */
function isReversible(expr: Expr): boolean {
  for (const part of partsOf(expr)) {
    if (part.kind === 'not' && part.child.kind === 'not') return false;
    if (part.kind === 'value' && !survives(part.value)) return false;
    if (part.kind === 'binary' && part.right.kind === 'list' && !part.right.values.every(survives))
      return false;
    if (
      (part.kind === 'field' || part.kind === 'transformer') &&
      part.arg !== undefined &&
      !/^[\w-]+$/.test(part.arg)
    )
      return false;
    // Values in transformers are printed without quotes, and only numbers may stand there so.
    if (part.kind === 'transformer' || part.kind === 'transformer-list') {
      const inner = part.kind === 'transformer' ? part.values : part.children;
      if (inner.some((one) => one.kind === 'value' && !/^[0-9]+$/.test(one.value))) return false;
    }
  }
  return true;
}

/* eslint-disable no-control-regex -- control characters are what it is about */
const survives = (value: string): boolean =>
  /^[^(),[\]\x00-\x08\v\f\x0e-\x1f\x7f-\xff]+$/.test(value) && !/^ *$|\\$/.test(value);
/* eslint-enable no-control-regex */
