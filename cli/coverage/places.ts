import type { Coverage, LeafCoverage } from '../../rules/index.ts';

/** What tests show of a check where it is written: of a macro, in all rules together. */
export interface PlacedCheck {
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  readonly text: string;
  readonly kind: LeafCoverage['kind'];
  held: number;
  failed: number;
  canHold: boolean;
  canFail: boolean;
}

/** What tests show of a file of rules or routes. */
export interface FileCoverage {
  readonly file: string;
  /** By line, then column. */
  readonly checks: readonly PlacedCheck[];
  readonly rules: readonly { readonly name: string; readonly line: number; readonly fires: number }[];
}

/** The coverage of rules and routes by the files and places where their checks are written. */
export function coverageByFile(coverage: Coverage): readonly FileCoverage[] {
  const files = new Map<
    string,
    { checks: Map<string, PlacedCheck>; rules: FileCoverage['rules'][number][] }
  >();
  const fileOf = (
    name: string,
  ): { checks: Map<string, PlacedCheck>; rules: FileCoverage['rules'][number][] } => {
    let file = files.get(name);
    if (file === undefined) files.set(name, (file = { checks: new Map(), rules: [] }));
    return file;
  };
  for (const { name, place, fires, leaves } of [...coverage.rules, ...coverage.routes]) {
    if (place.file !== undefined && place.line !== undefined)
      fileOf(place.file).rules.push({ name, line: place.line, fires });
    for (const leaf of leaves)
      if (leaf.place.file !== undefined && leaf.place.line !== undefined)
        add(fileOf(leaf.place.file).checks, leaf);
  }
  return [...files].map(([file, { checks, rules }]) => ({
    file,
    checks: [...checks.values()].sort((a, b) => a.line - b.line || a.column - b.column),
    rules,
  }));
}

function add(
  checks: Map<string, PlacedCheck>,
  { place, kind, text, held, failed, canHold, canFail }: LeafCoverage,
): void {
  const { line = 1, column = 1, endColumn = column + 1 } = place;
  const key = `${line}:${column}`;
  const known = checks.get(key);
  if (known === undefined) {
    checks.set(key, { line, column, endColumn, kind, text, held, failed, canHold, canFail });
    return;
  }
  known.held += held;
  known.failed += failed;
  known.canHold ||= canHold;
  known.canFail ||= canFail;
}
