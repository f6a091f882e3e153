import type { ByteString } from '../bytes.ts';
import type { ValueTest } from './compare.ts';
import type { Check } from './condition.ts';

/** Operators whose constants can be looked up together. */
const TABLED: ReadonlySet<string> = new Set(['=', '==', 'in', 'startswith', 'endswith']);

/** Whether a check of a text can share a table with others. */
export function isTabled({ accepts, expr, left, values }: Check): boolean {
  return (
    accepts !== undefined &&
    left.shape.type === 'CHARBUF' &&
    !left.shape.list &&
    TABLED.has(expr.op) &&
    !('modifier' in expr && expr.modifier !== undefined) &&
    values.every((value) => typeof value === 'string' && !value.includes('\0'))
  );
}

/** Whether any of several checks accepts a text: with one look at all whole texts, one at all beginnings, and one at the endings that end in the same byte. */
export function acceptAny(checks: readonly Check[]): ValueTest {
  const whole = new Set<ByteString>();
  const beginnings: ByteString[] = [];
  const endings: ByteString[][] = Array.from({ length: 256 }, () => []);
  let always = false;
  for (const { expr, values } of checks)
    for (const text of (expr.op === 'in' ? values : values.slice(0, 1)) as readonly ByteString[])
      if (expr.op !== 'startswith' && expr.op !== 'endswith') whole.add(text);
      else if (text === '') always = true;
      else if (expr.op === 'startswith') beginnings.push(text);
      else endings[text.charCodeAt(text.length - 1)]!.push(text);
  const startsWithAny = beginningTest(beginnings);
  return (value) => {
    const text = value as ByteString;
    // What texts are up to a NUL differs from check to check.
    if (text.includes('\0')) return checks.some(({ accepts }) => accepts!(value));
    if (always || whole.has(text) || startsWithAny(text)) return true;
    if (text === '') return false;
    for (const ending of endings[text.charCodeAt(text.length - 1)]!) if (text.endsWith(ending)) return true;
    return false;
  };
}

/** Whether a text begins with one of others. */
function beginningTest(beginnings: readonly ByteString[]): (text: ByteString) => boolean {
  const sorted: ByteString[] = [];
  // One that begins with another says nothing new; all that do stand behind that one.
  for (const text of [...new Set(beginnings)].sort())
    if (sorted.length === 0 || !text.startsWith(sorted.at(-1)!)) sorted.push(text);
  return (text) => {
    // Only the last that does not stand behind the text can be its beginning.
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! <= text) low = middle + 1;
      else high = middle;
    }
    return low > 0 && text.startsWith(sorted[low - 1]!);
  };
}
