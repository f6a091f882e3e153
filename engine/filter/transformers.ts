import type { ByteString } from '../bytes.ts';
import type { Extracted, FieldType, FieldValue } from '../fields/define.ts';
import type { TransformerName } from './ast.ts';
import { cString, lowerText, upperText, withoutEndNuls } from './compare.ts';

/** The transformers of one argument. */
export type SimpleTransformer = Exclude<TransformerName, 'join' | 'concat' | 'getopt'>;

const SIMPLE: readonly string[] = ['tolower', 'toupper', 'b64', 'basename', 'len'];

export const isSimple = (name: string): name is SimpleTransformer => SIMPLE.includes(name);

/** What a value is: its type, and whether there may be several. */
export interface Shape {
  readonly type: FieldType;
  readonly list: boolean;
}

/** What a transformer makes of values of this shape; undefined if it takes none such. */
export function transformedShape(name: SimpleTransformer, shape: Shape): Shape | undefined {
  const isText = shape.type === 'CHARBUF';
  switch (name) {
    case 'tolower':
    case 'toupper':
    case 'basename':
      return isText ? shape : undefined;
    case 'b64':
      return isText || shape.type === 'BYTEBUF' ? shape : undefined;
    case 'len':
      return shape.list || isText || shape.type === 'BYTEBUF' ? { type: 'UINT64', list: false } : undefined;
  }
}

/**
 * The function of a transformer for values of this shape. What it makes of a text ends in a NUL, as in libsinsp, where list operators
 * and comparisons of buffers see it. `undefined`: no value.
 */
export function transform(name: SimpleTransformer, shape: Shape): (value: Extracted) => Extracted {
  if (name === 'len') return length(shape);
  const change = TEXT_TRANSFORMERS[name];
  const one = (value: FieldValue): FieldValue | undefined => {
    const changed = change(withoutEndNuls(value as ByteString));
    return changed === undefined || changed.endsWith('\0') ? changed : `${changed}\0`;
  };
  return (value) => {
    if (!isSeveral(value)) return value === undefined ? undefined : one(value);
    const changed = value.map(one);
    return changed.includes(undefined) ? undefined : (changed as FieldValue[]);
  };
}

/** Tells a list of values from one. */
export const isSeveral = (value: Extracted): value is readonly FieldValue[] => Array.isArray(value);

const TEXT_TRANSFORMERS: Readonly<
  Record<Exclude<SimpleTransformer, 'len'>, (text: ByteString) => ByteString | undefined>
> = {
  tolower: lowerText,
  toupper: upperText,
  b64: decodeBase64,
  basename: (text) => text.slice(text.lastIndexOf('/') + 1),
};

function length({ type, list }: Shape): (value: Extracted) => Extracted {
  return (value) => {
    if (list) return isSeveral(value) ? value.length : undefined;
    // Of a list that is not declared as one (getopt's) Falco measures the first value.
    const first = isSeveral(value) ? value[0] : value;
    if (first === undefined) return undefined;
    return type === 'BYTEBUF' ? (first as ByteString).length : cString(first as ByteString).length;
  };
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The bytes that a base64 text stands for, with or without `=` at its end; undefined if it is no base64, or if bits are left over. */
export function decodeBase64(text: ByteString): ByteString | undefined {
  if (text === '') return '';
  let end = text.length;
  if (text[end - 1] === '=') end--;
  if (end < text.length && text[end - 1] === '=') end--;
  if (end === 0 || end % 4 === 1) return undefined;
  let bytes = '';
  let bits = 0;
  let pending = 0;
  for (let i = 0; i < end; i++) {
    const digit = BASE64.indexOf(text[i]!);
    if (digit < 0) return undefined;
    pending = ((pending << 6) | digit) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += String.fromCharCode((pending >> bits) & 0xff);
    }
  }
  return (pending & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}
