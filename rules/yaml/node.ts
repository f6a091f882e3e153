import type { ByteString } from '../../engine/index.ts';

/** A place in a YAML text: bytes from its start (after a byte order mark), line and column from 0, in bytes. */
export interface Mark {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A node of a YAML document as Falco's loader sees it: no types but text, and keys may occur twice (the first one counts). */
export type YamlNode = YamlScalar | YamlNull | YamlSequence | YamlMap;

/** A text, with quotes and escapes resolved. */
export interface YamlScalar {
  readonly kind: 'scalar';
  readonly mark: Mark;
  readonly value: ByteString;
}

/** `~`, `null`, or nothing at all. */
export interface YamlNull {
  readonly kind: 'null';
  readonly mark: Mark;
}

/** `- a`, or `[a, b]`. */
export interface YamlSequence {
  readonly kind: 'sequence';
  readonly mark: Mark;
  readonly items: readonly YamlNode[];
}

/** `key: value`, or `{key: value}`; in the order of the text. */
export interface YamlMap {
  readonly kind: 'map';
  readonly mark: Mark;
  readonly pairs: readonly (readonly [key: YamlNode, value: YamlNode])[];
}

/** A text that is no YAML. The message is worded as yaml-cpp words it, place included, and ends at a NUL. */
export class YamlError extends Error {
  readonly mark: Mark;
  constructor(problem: string, mark: Mark) {
    super(
      `yaml-cpp: error at line ${mark.line + 1}, column ${mark.column + 1}: ${problem.replace(/\0[^]*/, '')}`,
    );
    this.name = 'YamlError';
    this.mark = mark;
  }
}

/** A node that cannot be used as it is used (`bad conversion`, …), worded as yaml-cpp words it. */
export class YamlUseError extends Error {
  readonly mark: Mark;
  /** `placed`: whether yaml-cpp names the place. */
  constructor(problem: string, mark: Mark, placed = true) {
    super(
      placed ? `yaml-cpp: error at line ${mark.line + 1}, column ${mark.column + 1}: ${problem}` : problem,
    );
    this.name = 'YamlUseError';
    this.mark = mark;
  }
}

/** The value of the first key of this name; `undefined` without one, and for nodes that are no maps. */
export function lookup(node: YamlNode, key: ByteString): YamlNode | undefined {
  if (node.kind !== 'map') return undefined;
  return node.pairs.find(([k]) => k.kind === 'scalar' && k.value === key)?.[1];
}

/** A node as text. Nulls read `null`; sequences and maps throw a `YamlUseError`. */
export function asText(node: YamlNode): ByteString {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'null') return 'null';
  throw new YamlUseError('bad conversion', node.mark);
}

/** A scalar as boolean (words of YAML 1.1 in lower, UPPER or Title case); `undefined` if it is none. */
export function readBoolean(text: ByteString): boolean | undefined {
  if (!/^(?:[a-z]+|[A-Z][a-z]*|[A-Z]+)$/.test(text)) return undefined;
  switch (text.toLowerCase()) {
    case 'y':
    case 'yes':
    case 'true':
    case 'on':
      return true;
    case 'n':
    case 'no':
    case 'false':
    case 'off':
      return false;
    default:
      return undefined;
  }
}

/** A scalar as unsigned 32-bit integer: decimal, `0x…`, or octal with a leading 0; `undefined` if it is none. */
export function readUint32(text: ByteString): number | undefined {
  const digits = /^\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)[ \t\n\v\f\r]*$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const value = /^0[0-7]/.test(digits) ? parseInt(digits, 8) : Number(digits);
  return value <= 0xffffffff ? value : undefined;
}
