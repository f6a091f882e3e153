/** Letters of a name that may be wrong: a third of them, no more than this. */
const MOST_WRONG = 4;

/** From this length on, the beginning of a name stands for the name. */
const SHORTEST_BEGINNING = 3;

/** How far apart two names are that differ in what was left away only. */
const PART_MISSING = 1;

/**
 * The known names that a misspelt one may have meant, best first; none where nothing is near. Near is what a few wrong, missing, added
 * or swapped letters turn into the name (a third of its letters at most), what goes on where it ends (`proc.cmd`), and what ends with it
 * after a dot (`cmdline`). Case does not count.
 *
 * @param most How many names to give at most.
 */
export function nearestNames(misspelt: string, known: Iterable<string>, most = 3): string[] {
  const wanted = misspelt.toLowerCase();
  const limit = Math.min(MOST_WRONG, Math.floor((wanted.length + 1) / 3));
  const found: { name: string; distance: number }[] = [];
  for (const name of new Set(known)) {
    const distance = nameDistance(wanted, name.toLowerCase(), limit);
    if (distance !== undefined) found.push({ name, distance });
  }
  found.sort(
    (a, b) =>
      a.distance - b.distance ||
      commonBeginning(wanted, b.name) - commonBeginning(wanted, a.name) ||
      a.name.length - b.name.length ||
      (a.name < b.name ? -1 : 1),
  );
  const best = found[0]?.distance ?? 0;
  const worst = best === 0 ? 0 : best + 1;
  return found
    .filter(({ distance }) => distance <= worst)
    .slice(0, most)
    .map(({ name }) => name);
}

/** `did you mean proc.name or proc.pname?`: a hint for a diagnostic; undefined where nothing is near. */
export function didYouMean(misspelt: string, known: Iterable<string>): string | undefined {
  const names = nearestNames(misspelt, known);
  const last = names.pop();
  if (last === undefined) return undefined;
  return `did you mean ${names.length === 0 ? '' : `${names.join(', ')} or `}${last}?`;
}

function nameDistance(wanted: string, name: string, limit: number): number | undefined {
  const distance = editDistance(wanted, name, limit);
  if (distance !== undefined && distance <= PART_MISSING) return distance;
  const isPart =
    wanted.length >= SHORTEST_BEGINNING && (name.startsWith(wanted) || name.endsWith(`.${wanted}`));
  return isPart ? PART_MISSING : distance;
}

/**
 * How many letters must be changed, left away, added, or swapped with the next to get from one text to the other (optimal string
 * alignment); undefined if it is more than `limit`.
 */
export function editDistance(a: string, b: string, limit: number): number | undefined {
  if (Math.abs(a.length - b.length) > limit) return undefined;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let distance = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, beforePrevious[j - 2]! + 1);
      row.push(distance);
      least = Math.min(least, distance);
    }
    // Rows differ by one at most, and a swap goes on from the row before this one: both are then beyond the limit.
    if (least > limit + 1) return undefined;
    beforePrevious = previous;
    previous = row;
  }
  const distance = previous[b.length]!;
  return distance <= limit ? distance : undefined;
}

function commonBeginning(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
