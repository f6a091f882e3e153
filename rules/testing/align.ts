/** Which of two sequences belong together, in their order. */
export interface Alignment<A, B> {
  readonly pairs: readonly (readonly [A, B])[];
  /** Of the first, without a partner. */
  readonly missing: readonly A[];
  /** Of the second, without one. */
  readonly extra: readonly B[];
}

/** Larger tables are not made: then each takes the first partner that is left. */
const LARGEST_TABLE = 1_000_000;

/** More than any pair costs. */
const ALONE = 1_000;

/**
 * Pairs as many as can be paired in their order, and among the ways to do so the one that costs least.
 *
 * @param cost What a pair costs; undefined for two that can be no pair.
 */
export function align<A, B>(
  first: readonly A[],
  second: readonly B[],
  cost: (a: A, b: B) => number | undefined,
): Alignment<A, B> {
  const [rows, columns] = [first.length, second.length];
  if (rows * columns > LARGEST_TABLE) return alignGreedily(first, second, cost);
  // The least cost of what is left of both from a place on.
  const width = columns + 1;
  const least = new Float64Array((rows + 1) * width);
  const costs = new Float64Array((rows + 1) * width).fill(Infinity);
  for (let i = rows; i >= 0; i--)
    for (let j = columns; j >= 0; j--) {
      const at = i * width + j;
      if (i === rows || j === columns) {
        least[at] = (rows - i + columns - j) * ALONE;
        continue;
      }
      costs[at] = cost(first[i]!, second[j]!) ?? Infinity;
      least[at] = Math.min(
        costs[at] + least[at + width + 1]!,
        ALONE + least[at + width]!,
        ALONE + least[at + 1]!,
      );
    }
  const pairs: [A, B][] = [];
  const missing: A[] = [];
  const extra: B[] = [];
  let [i, j] = [0, 0];
  while (i < rows && j < columns) {
    const at = i * width + j;
    if (least[at] === costs[at]! + least[at + width + 1]!) pairs.push([first[i++]!, second[j++]!]);
    else if (least[at] === ALONE + least[at + width]!) missing.push(first[i++]!);
    else extra.push(second[j++]!);
  }
  missing.push(...first.slice(i));
  extra.push(...second.slice(j));
  return { pairs, missing, extra };
}

function alignGreedily<A, B>(
  first: readonly A[],
  second: readonly B[],
  cost: (a: A, b: B) => number | undefined,
): Alignment<A, B> {
  const pairs: [A, B][] = [];
  const missing: A[] = [];
  const extra: B[] = [];
  let next = 0;
  for (const a of first) {
    const found = second.findIndex((b, j) => j >= next && cost(a, b) !== undefined);
    if (found < 0) {
      missing.push(a);
      continue;
    }
    for (; next < found; next++) extra.push(second[next]!);
    pairs.push([a, second[next++]!]);
  }
  for (; next < second.length; next++) extra.push(second[next]!);
  return { pairs, missing, extra };
}
