/**
 * The longest run of elements that two sequences have in the same order, as pairs of their places. Each element counts once; elements that
 * a sequence has twice are paired from the front, which need not be the best way.
 */
export function commonInOrder<T>(
  old: readonly T[],
  next: readonly T[],
): (readonly [old: number, next: number])[] {
  const places = new Map<T, number[]>();
  for (let i = next.length - 1; i >= 0; i--) {
    const ofElement = places.get(next[i]!);
    if (ofElement === undefined) places.set(next[i]!, [i]);
    else ofElement.push(i);
  }
  return longestRise(
    old.flatMap((element, i) => {
      const place = places.get(element)?.pop();
      return place === undefined ? [] : [[i, place] as const];
    }),
  );
}

/** The longest part of pairs whose second numbers rise, by the ends of the best runs of each length. */
function longestRise(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const ends: number[] = [];
  const before = new Int32Array(pairs.length).fill(-1);
  pairs.forEach(([, place], i) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]!]![1] < place) low = middle + 1;
      else high = middle;
    }
    before[i] = ends[low - 1] ?? -1;
    ends[low] = i;
  });
  const run: (readonly [number, number])[] = [];
  for (let i = ends.at(-1) ?? -1; i >= 0; i = before[i]!) run.push(pairs[i]!);
  return run.reverse();
}
