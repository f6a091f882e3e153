import { lowerText, type ByteString, type Check } from '../../../engine/index.ts';

/** What a check says for certain of the text that it accepts. */
interface Shape {
  readonly prefix: ByteString;
  readonly suffix: ByteString;
  /** Texts that are in it. */
  readonly parts: readonly ByteString[];
}

const NOTHING: Shape = { prefix: '', suffix: '', parts: [] };

const shapes = new WeakMap<Check, Shape>();

function shapeOf(check: Check): Shape {
  let shape = shapes.get(check);
  if (shape === undefined) shapes.set(check, (shape = readShape(check)));
  return shape;
}

function readShape({ expr }: Check): Shape {
  if (expr.kind === 'unary' || expr.modifier !== undefined || expr.right.kind !== 'value') return NOTHING;
  const { value } = expr.right;
  switch (expr.op) {
    case 'startswith':
      return { prefix: value, suffix: '', parts: [value] };
    case 'endswith':
      return { prefix: '', suffix: value, parts: [value] };
    case 'contains':
      return { prefix: '', suffix: '', parts: [value] };
    case 'glob':
      return globShape(value);
    default:
      return NOTHING;
  }
}

/** Backslashes and classes make a pattern too hard to tell. */
function globShape(pattern: ByteString): Shape {
  if (/[[\]\\]/.test(pattern)) return NOTHING;
  const parts = pattern.split(/[*?]+/);
  return { prefix: parts[0]!, suffix: parts.at(-1)!, parts };
}

/** Whether no text satisfies both checks, for certain. */
export function excludes(one: Check, other: Check): boolean {
  const a = shapeOf(one);
  const b = shapeOf(other);
  return (
    !(a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) ||
    !(a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix))
  );
}

/** Whether every text that satisfies `one` satisfies `other`, for certain. */
export function implies(one: Check, other: Check): boolean {
  const { expr } = other;
  if (one.key === other.key || expr.kind === 'unary') return true;
  if (expr.modifier !== undefined || expr.right.kind === 'transformer') return false;
  const shape = shapeOf(one);
  if (shape === NOTHING) return false;
  const { prefix, suffix, parts } = shape;
  const values = expr.right.kind === 'list' ? expr.right.values : [expr.right.value];
  switch (expr.op) {
    case 'startswith':
      return prefix.startsWith(values[0]!);
    case 'endswith':
      return suffix.endsWith(values[0]!);
    case 'contains':
      return parts.some((part) => part.includes(values[0]!));
    case 'icontains':
      return parts.some((part) => lowerText(part).includes(lowerText(values[0]!)));
    case 'pmatch':
      return values.some((path) => /^\/[^*?[\]\\]*[^*?[\]\\/]$/.test(path) && prefix.startsWith(`${path}/`));
    default:
      return false;
  }
}
