import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type {
  BoundField,
  Extracted,
  FieldError,
  FieldType,
  FieldValue,
  PrintFormat,
} from '../fields/define.ts';
import type { FieldExpr, Transformer, TransformerArg } from './ast.ts';
import { valueText } from '../value-text.ts';
import { cString } from './compare.ts';
import { getopt } from './getopt.ts';
import { isSeveral, isSimple, transform, transformedShape, type Shape } from './transformers.ts';
import { ValueError } from './value-error.ts';

/** Finds a field by its name and argument: undefined if there is none, an error in Falco's words if it is used wrongly. */
export type FieldLookup = (
  name: ByteString,
  arg: ByteString | undefined,
) => BoundField | FieldError | undefined;

/** One side of a check: a field, or what transformers make of fields and constants. */
export interface Operand {
  /** Equal operands have equal keys. */
  readonly key: string;
  /** The name of the field in error messages: without argument, `NA` where there is none. */
  readonly name: ByteString;
  /** Of what `get` gives. */
  readonly shape: Shape;
  /** Before transformers; several of Falco's checks look at this one. */
  readonly declared: Shape;
  readonly format: PrintFormat;
  readonly noRightSide: boolean;
  readonly noTransformer: boolean;
  /** Reading it twice may give two values. */
  readonly stateful: boolean;
  /** The field, if no transformer is applied. */
  readonly field: BoundField | undefined;
  /** The field, below transformers. */
  readonly base: BoundField | undefined;
  readonly get: (event: Event) => Extracted;
}

const TEXT: Shape = { type: 'CHARBUF', list: false };
const TEXTS: Shape = { type: 'CHARBUF', list: true };

/** Whether a look-up failed with Falco's words. */
export const isFieldError = (found: BoundField | FieldError): found is FieldError => 'error' in found;

/** Binds one side of a check to its fields. Throws a `ValueError` in Falco's words. */
export function bindOperand(expr: TransformerArg, lookup: FieldLookup): Operand {
  switch (expr.kind) {
    case 'field':
      return fieldOperand(expr, lookup);
    case 'value': {
      const { value } = expr;
      return computed(JSON.stringify(value), 'NA', TEXT, [], () => value);
    }
    case 'transformer-list':
      return listOperand(expr.children.map((child) => bindOperand(child, lookup)));
    case 'transformer':
      return transformerOperand(expr, lookup);
  }
}

/** Operands of fields that are the same each time. */
const known = new WeakMap<BoundField, Operand>();

function fieldOperand(expr: FieldExpr, lookup: FieldLookup): Operand {
  const found = lookup(expr.name, expr.arg);
  const written = expr.arg === undefined ? expr.name : `${expr.name}[${expr.arg}]`;
  if (found === undefined) throw new ValueError(`filter_check called with nonexistent field ${written}`);
  if (isFieldError(found)) throw new ValueError(found.error);
  let operand = known.get(found);
  if (operand === undefined) known.set(found, (operand = boundOperand(found, written)));
  return operand;
}

function boundOperand(found: BoundField, written: string): Operand {
  const { field } = found;
  const shape = { type: found.type, list: found.list };
  return {
    key: written,
    name: field.name,
    shape,
    declared: shape,
    format: found.format,
    noRightSide: field.noRightSide === true,
    noTransformer: field.noTransformer === true,
    stateful: field.stateful === true,
    field: found,
    base: found,
    get: found.get,
  };
}

/** An operand without a field of its own. */
function computed(
  key: string,
  name: string,
  shape: Shape,
  parts: readonly Operand[],
  get: (event: Event) => Extracted,
): Operand {
  return {
    key,
    name,
    shape,
    declared: TEXT,
    format: 'na',
    noRightSide: false,
    noTransformer: false,
    stateful: parts.some((part) => part.stateful),
    field: undefined,
    base: undefined,
    get,
  };
}

const keyOf = (name: string, parts: readonly Operand[], arg = ''): string =>
  `${name}(${parts.map((part) => part.key).join(',')})${arg}`;

function transformerOperand(expr: Transformer, lookup: FieldLookup): Operand {
  const { name, arg } = expr;
  const parts = expr.values.map((value) => bindOperand(value, lookup));
  const [first] = parts;
  if (name === 'val') {
    if (arg !== undefined)
      throw new ValueError(`filter error: transformer 'val' does not support field arguments`);
    return first!;
  }
  if (parts.length === 1) {
    if (arg !== undefined)
      throw new ValueError(`filter error: transformer '${name}' does not support field arguments`);
    if (first!.noTransformer) throw new ValueError(`field '${first!.name}' does not support transformers`);
    // Falco's own misspelling.
    if (!isSimple(name)) throw new ValueError(`unknown field transfomer '${name}'`);
    return transformed(name, first!);
  }
  switch (name) {
    case 'join':
      return joinOperand(parts, arg);
    case 'concat':
      return concatOperand(parts, arg);
    case 'getopt':
      return getoptOperand(parts, arg);
    default:
      // Falco ends here with "Runtime error: unknown multivalue transformer".
      throw new ValueError(`transformer '${name}' takes one argument`);
  }
}

function transformed(name: Parameters<typeof transform>[0], inner: Operand): Operand {
  const shape = transformedShape(name, inner.shape);
  if (shape === undefined)
    throw new ValueError(
      `can't add field transformer: type '${inner.shape.type}' is not supported by '${name}' transformer applied on ` +
        `${inner.shape.list ? 'list ' : ''}field '${inner.name}'`,
    );
  // While it runs, Falco knows only the declared shape of what getopt gives.
  const seen = inner.base === undefined && inner.shape.list && !inner.declared.list ? TEXT : inner.shape;
  const apply = transform(name, seen);
  const { get } = inner;
  return {
    ...inner,
    key: keyOf(name, [inner]),
    shape,
    field: undefined,
    get: (event) => apply(get(event)),
  };
}

function listOperand(parts: readonly Operand[]): Operand {
  const readers = parts.map(({ get, format, declared: { type }, shape }) => {
    if (type !== 'INT64' && type !== 'UINT64') {
      if (shape.type === 'CHARBUF' || shape.type === 'BYTEBUF') return get;
      // Numbers that Falco does not print are taken for texts: their bytes in memory, up to the first zero.
      const text = (value: FieldValue): ByteString => cString(asBytes(value, shape.type));
      return (event: Event): Extracted => {
        const value = get(event);
        return isSeveral(value) ? value.map(text) : value === undefined ? undefined : text(value);
      };
    }
    return (event: Event): Extracted => {
      const value = get(event);
      return typeof value === 'number' || typeof value === 'bigint'
        ? valueText(value, type, format, 'normal')
        : value;
    };
  });
  return {
    ...computed(keyOf('', parts), 'NA', TEXTS, parts, (event) => {
      const values: FieldValue[] = [];
      for (const read of readers) {
        const value = read(event);
        if (value === undefined) return undefined;
        if (isSeveral(value)) values.push(...value);
        else values.push(value);
      }
      return values;
    }),
    declared: TEXTS,
  };
}

function joinOperand(parts: readonly Operand[], arg: ByteString | undefined): Operand {
  const [separator, list] = parts;
  if (parts.length !== 2) throw new ValueError('join() requires exactly 2 arguments: separator and list');
  if (separator!.declared.list)
    throw new ValueError('join() first argument (separator) must be a single value, not a list');
  if (!list!.declared.list) throw new ValueError('join() second argument must be a list');
  refuseArgument('join', arg);
  return computed(keyOf('join', parts), 'NA', TEXT, parts, (event) => {
    const between = single(separator!.get(event));
    const values = list!.get(event);
    if (between === undefined || !isSeveral(values)) return undefined;
    return values
      .map((value) => cString(asBytes(value, 'CHARBUF')))
      .join(asBytes(between, separator!.shape.type));
  });
}

function concatOperand(parts: readonly Operand[], arg: ByteString | undefined): Operand {
  for (const { declared } of parts)
    if (declared.type !== 'CHARBUF' || declared.list)
      throw new ValueError('concat() arguments must be strings');
  refuseArgument('concat', arg);
  return computed(keyOf('concat', parts), 'NA', TEXT, parts, (event) => {
    let text = '';
    for (const part of parts) {
      const value = single(part.get(event));
      if (value === undefined) return undefined;
      text += cString(asBytes(value, part.shape.type));
    }
    return text;
  });
}

function getoptOperand(parts: readonly Operand[], arg: ByteString | undefined): Operand {
  const [args, letters] = parts;
  if (parts.length !== 2)
    throw new ValueError('getopt() requires exactly 2 arguments: args list and optstring');
  if (!args!.declared.list) throw new ValueError('getopt() first argument must be a list');
  if (letters!.declared.list)
    throw new ValueError('getopt() second argument (optstring) must be a single value');
  if (args!.declared.type !== 'CHARBUF' || letters!.declared.type !== 'CHARBUF')
    throw new ValueError('getopt() arguments must be strings');
  if (arg !== undefined && arg.length !== 1)
    throw new ValueError('getopt() field argument must be a single option character');
  const list = arg === undefined;
  const key = keyOf('getopt', parts, list ? '' : `[${arg}]`);
  return computed(key, list ? 'INTERNAL' : 'NA', list ? TEXTS : TEXT, parts, (event) => {
    const known = single(letters!.get(event));
    const values = args!.get(event);
    if (known === undefined || !isSeveral(values)) return undefined;
    return getopt(
      values.map((value) => asBytes(value, 'CHARBUF')),
      asBytes(known, letters!.shape.type),
      arg,
    );
  });
}

function refuseArgument(name: string, arg: ByteString | undefined): void {
  if (arg !== undefined) throw new ValueError(`transformer '${name}' does not support field arguments`);
}

const single = (value: Extracted): FieldValue | undefined => (isSeveral(value) ? value[0] : value);

/** What Falco sees when it takes any value for text: the bytes that hold it in memory. */
function asBytes(value: FieldValue, type: FieldType): ByteString {
  if (typeof value === 'string') return value;
  let rest = BigInt.asUintN(64, BigInt(value));
  if (type === 'IPADDR')
    return String.fromCharCode(...[24n, 16n, 8n, 0n].map((shift) => Number((rest >> shift) & 255n)));
  let bytes = '';
  for (; rest > 0n; rest >>= 8n) bytes += String.fromCharCode(Number(rest & 255n));
  return bytes;
}
