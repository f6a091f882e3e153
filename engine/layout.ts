/** Kept, as V8 forgets a layout that no object has. */
const samples: object[] = [];

/**
 * Tells V8 what the fields of a class may hold, by one object that holds it. V8 lays a field out for small integers while it has held nothing else; what
 * comes later changes the layout of the class, and all machine code that was made for the old one is thrown away in the middle of a replay.
 *
 * A fraction makes a field one for numbers, which are written in place; a `bigint` one for anything, which costs nothing while it holds a small integer.
 */
export function settleLayout<T extends object>(sample: T, values: Partial<T>): void {
  samples.push(Object.assign(sample, values));
}
