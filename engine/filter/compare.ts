import type { ByteString } from '../bytes.ts';
import type { FieldType, FieldValue } from '../fields/define.ts';
import type { BinaryOperator, Modifier } from './ast.ts';
import { compileGlob } from './glob.ts';
import { networkTest } from './network.ts';
import type { Operator } from './operators.ts';
import { compilePathPrefixes } from './path-prefixes.ts';
import { compileRegex } from './regex.ts';

/** A test of one value that a field has. */
export type ValueTest = (value: FieldValue) => boolean;

const ALWAYS: ValueTest = () => true;
const NEVER: ValueTest = () => false;

/** Text up to its first NUL: what Falco's string functions see of a value. */
export function cString(text: ByteString): ByteString {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** Text with the ASCII letters in lower case, other bytes as they are. */
export const lowerText = (text: ByteString): ByteString =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Text with the ASCII letters in upper case, other bytes as they are. */
export const upperText = (text: ByteString): ByteString =>
  text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** Text without the NULs at its end: what Falco looks up in sets, and matches with patterns. */
export function withoutEndNuls(text: ByteString): ByteString {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return end === text.length ? text : text.slice(0, end);
}

/**
 * The test of one value with an operator and its constants, modifiers left aside: list operators use all `values`, others the first
 * (a field's own comparison may leave several there). Throws a `ValueError` for a bad pattern.
 */
export function valueTest(op: Operator, type: FieldType, values: readonly FieldValue[]): ValueTest {
  if (op === 'exists') return ALWAYS;
  if (op === 'in' || op === 'intersects') return setTest(type, values);
  if (op === 'pmatch') return pathTest(values as readonly ByteString[]);
  const constant = values[0];
  return constant === undefined ? NEVER : constantTest(op, type, constant);
}

/** The test of one value with an operator, its modifier and its constants. Throws a `ValueError` for a bad pattern. */
export function modifiedTest(
  op: BinaryOperator,
  modifier: Modifier,
  type: FieldType,
  values: readonly FieldValue[],
): ValueTest {
  if (values.length === 0) return NEVER;
  // Falco looks these up in a set of constants, where an address never equals a network.
  if (modifier === 'anyof' && (op === '=' || op === '=='))
    return type === 'IPNET' ? NEVER : setTest(type, values);
  if (modifier === 'allof' && op === '!=') {
    if (type === 'IPNET') return ALWAYS;
    const contains = setTest(type, values);
    return (value) => !contains(value);
  }
  const tests = values.map((value) => constantTest(op, type, value));
  switch (modifier) {
    case 'oneof':
      return (value) => tests.reduce((count, test) => (test(value) ? count + 1 : count), 0) === 1;
    case 'anyof':
      return (value) => tests.some((test) => test(value));
    case 'allof':
      return (value) => tests.every((test) => test(value));
  }
}

/** The test of all values that a list field has: `in` wants each of them among the constants, `intersects` one. */
export function listTest(
  op: Operator,
  type: FieldType,
  values: readonly FieldValue[],
): (extracted: readonly FieldValue[]) => boolean {
  if (op === 'exists') return () => true;
  const constants = new Set(values);
  const networks = type === 'IPNET' ? values.map((value) => networkTest(value as ByteString)) : undefined;
  const contains: ValueTest = (value) =>
    networks === undefined ? constants.has(value) : networks.some((test) => test(value));
  return op === 'in' ? (extracted) => extracted.every(contains) : (extracted) => extracted.some(contains);
}

/** The test of two values, where the right one comes from a field as well. */
export function pairTest(
  op: BinaryOperator,
  type: FieldType,
): (left: FieldValue, right: FieldValue) => boolean {
  const isText = type === 'CHARBUF';
  if (op === 'in' || op === 'intersects') {
    // What is looked up loses its NULs, what it is compared with does not.
    return isText ? (a, b) => withoutEndNuls(a as ByteString) === b : (a, b) => a === b;
  }
  const test = PAIR_TESTS[op];
  return isText ? (a, b) => test(cString(a as ByteString), cString(b as ByteString)) : test;
}

type TextPairTest = (left: ByteString, right: ByteString) => boolean;
const onTexts = (test: TextPairTest) => test as (left: FieldValue, right: FieldValue) => boolean;

const PAIR_TESTS: Readonly<
  Record<Exclude<BinaryOperator, 'in' | 'intersects'>, (left: FieldValue, right: FieldValue) => boolean>
> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  contains: onTexts((a, b) => a.includes(b)),
  bcontains: onTexts((a, b) => a.includes(b)),
  icontains: onTexts((a, b) => lowerText(a).includes(lowerText(b))),
  startswith: onTexts((a, b) => a.startsWith(b)),
  bstartswith: onTexts((a, b) => a.startsWith(b)),
  endswith: onTexts((a, b) => a.endsWith(b)),
  glob: onTexts((a, b) => compileGlob(b)(a)),
  iglob: onTexts((a, b) => compileGlob(b, true)(a)),
  // Neither takes a field on its right side.
  pmatch: () => false,
  regex: () => false,
};

function setTest(type: FieldType, values: readonly FieldValue[]): ValueTest {
  if (values.length === 0) return NEVER;
  if (type === 'IPNET') {
    const tests = values.map((value) => networkTest(value as ByteString));
    return (value) => tests.some((test) => test(value));
  }
  if (type === 'CHARBUF') return textSetTest(values as readonly ByteString[]);
  if (values.length === 1) {
    const [only] = values;
    return (value) => value === only;
  }
  const constants = new Set(values);
  return (value) => constants.has(value);
}

// A new string must be hashed before a set can be asked, which costs ten times the look at its length and ends.
// Many sets are never asked, so they are made when they are.
function textSetTest(constants: readonly ByteString[]): ValueTest {
  let set: ReadonlySet<ByteString> | undefined;
  let shapes: Uint8Array;
  return (value) => {
    if (set === undefined) {
      set = new Set(constants);
      shapes = new Uint8Array(4096);
      for (const constant of set) shapes[shapeOf(constant)] = 1;
    }
    const text = value as ByteString;
    if (text.charCodeAt(text.length - 1) === 0) return set.has(withoutEndNuls(text));
    return shapes[shapeOf(text)] === 1 && set.has(text);
  };
}

const shapeOf = (text: ByteString): number =>
  (text.length + text.charCodeAt(0) * 37 + text.charCodeAt(text.length - 1) * 211) & 4095;

function pathTest(paths: readonly ByteString[]): ValueTest {
  const matches = compilePathPrefixes(paths);
  return (value) => matches(withoutEndNuls(value as ByteString));
}

function constantTest(op: Operator, type: FieldType, constant: FieldValue): ValueTest {
  switch (type) {
    case 'CHARBUF':
      return textTest(op, constant as ByteString);
    case 'BYTEBUF':
      return bufferTest(op, constant as ByteString);
    case 'IPNET': {
      const test = networkTest(constant as ByteString);
      return op === '!=' ? (value) => !test(value) : test;
    }
    default:
      return orderTest(op, constant);
  }
}

function orderTest(op: Operator, constant: FieldValue): ValueTest {
  switch (op) {
    case '=':
    case '==':
      return (value) => value === constant;
    case '!=':
      return (value) => value !== constant;
    case '<':
      return (value) => value < constant;
    case '<=':
      return (value) => value <= constant;
    case '>':
      return (value) => value > constant;
    case '>=':
      return (value) => value >= constant;
    default:
      return NEVER;
  }
}

function bufferTest(op: Operator, constant: ByteString): ValueTest {
  switch (op) {
    case 'contains':
    case 'bcontains':
      return (value) => (value as ByteString).includes(constant);
    case 'startswith':
    case 'bstartswith':
      return (value) => (value as ByteString).startsWith(constant);
    case 'endswith':
      return (value) => (value as ByteString).endsWith(constant);
    default:
      return orderTest(op, constant);
  }
}

const onText = (test: (text: ByteString) => boolean): ValueTest => {
  return (value) => test(cString(value as ByteString));
};

/** Equal up to a NUL of the value; constants hold none. */
function equalText(constant: ByteString): ValueTest {
  const { length } = constant;
  return (value) =>
    value === constant ||
    ((value as ByteString).length > length &&
      (value as ByteString).charCodeAt(length) === 0 &&
      (value as ByteString).startsWith(constant));
}

function textTest(op: Operator, constant: ByteString): ValueTest {
  switch (op) {
    case '=':
    case '==':
      return equalText(constant);
    case '!=': {
      const equals = equalText(constant);
      return (value) => !equals(value);
    }
    case 'startswith':
      return (value) => (value as ByteString).startsWith(constant);
    case 'endswith':
      return onText((text) => text.endsWith(constant));
    case 'contains':
      return (value) => {
        const text = value as ByteString;
        const at = text.indexOf(constant);
        return at >= 0 && (at === 0 || text.lastIndexOf('\0', at - 1) < 0);
      };
    case 'icontains': {
      const lower = lowerText(constant);
      return onText((text) => lowerText(text).includes(lower));
    }
    case 'glob':
      return onText(compileGlob(constant));
    case 'iglob':
      return onText(compileGlob(constant, true));
    case 'regex': {
      const matches = compileRegex(constant);
      return (value) => matches(withoutEndNuls(value as ByteString));
    }
    default: {
      const test = orderTest(op, constant);
      return (value) => test(cString(value as ByteString));
    }
  }
}
