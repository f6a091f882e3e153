/** Writes outputs as they are now into test files, where they are plain texts. */
import { fromBytes, toBytes, type ByteString, type SourcePlace } from '../../engine/index.ts';
import type { RuleFile } from '../loader.ts';
import type { YamlNode, YamlScalar } from '../yaml/node.ts';
import { scalarPlaces } from '../yaml/scalar-places.ts';
import { TestDocument, type Path, type Plain } from './document.ts';
import { outputPattern } from './pattern.ts';
import { readTestFile } from './read-test-file.ts';
import type { CaseResult } from './result.ts';

/** An expected output, where it stands, and what it is to be. */
export interface OutputUpdate {
  readonly place: SourcePlace;
  readonly from: string;
  readonly to: string;
  /** Why it is left as it is. */
  readonly refused?: string;
}

/** A test file with outputs brought up to date. */
export interface UpdatedFile {
  /** The same file, but for the outputs. */
  readonly content: ByteString;
  readonly updates: readonly OutputUpdate[];
}

/** Looks for outputs that differ, and puts those that came in the place of those that were expected. All else stays, byte for byte. */
export function updateOutputs(file: RuleFile, results: readonly CaseResult[]): UpdatedFile {
  const wanted = new Map<string, OutputUpdate>();
  const sites = siteCounts(file);
  for (const { outcome, differences } of results) {
    if (outcome !== 'failed') continue;
    const here = new Map(
      differences
        .filter(({ golden }) => golden)
        .map((difference) => [placeKey(difference.place), difference]),
    );
    for (const [key, { place, expected, got }] of here) {
      sites.set(key, (sites.get(key) ?? 0) - 1);
      const known = wanted.get(key);
      wanted.set(
        key,
        known === undefined || known.to === got
          ? { place, from: expected, to: got }
          : { ...known, refused: 'the cases that expect it give different outputs' },
      );
    }
  }
  const updates: OutputUpdate[] = [];
  let { content } = file;
  // From the end on, so that places before stay what they are.
  for (const [key, update] of [...wanted].sort(([, a], [, b]) => order(b.place, a.place))) {
    const others = sites.get(key) !== 0;
    const refused =
      update.refused ?? (others ? 'another case expects it, and passes or was not run' : undefined);
    const changed = refused === undefined ? replaceOutput({ ...file, content }, update) : undefined;
    if (changed !== undefined) content = changed;
    const reason =
      refused ?? (changed === undefined ? 'it is written in a way that cannot be changed' : undefined);
    updates.unshift({ ...update, ...(reason !== undefined && { refused: reason }) });
  }
  return { content, updates };
}

const placeKey = ({ line, column }: SourcePlace): string => `${line}:${column}`;

const order = (a: SourcePlace, b: SourcePlace): number =>
  (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);

/** How many cases expect the output at each place. */
function siteCounts(file: RuleFile): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { expected } of readTestFile(file).testFile?.cases ?? []) {
    const keys = expected.alerts.flatMap(({ output }) => (output ? [placeKey(output.place)] : []));
    for (const key of new Set(keys)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The file with another text at a place; undefined where that cannot be done without changing something else. */
function replaceOutput(file: RuleFile, { place, to }: OutputUpdate): ByteString | undefined {
  const document = new TestDocument(file);
  const start = file.content.length - document.text.length;
  // A file in another encoding is none that bytes could be put into.
  if (file.content.slice(start) !== document.text) return undefined;
  const found = findScalar(document, document.root, [], placeKey(place));
  if (found === undefined) return undefined;
  const { node, path } = found;
  const [from, end] = rangeOf(document, node);
  const before = JSON.stringify(
    withValue(
      document.plain(() => {}),
      path,
      to,
    ),
  );
  const isLiteral = path.at(-1) === 'equals' || isPlainPattern(to);
  for (const written of isLiteral
    ? spellings(document.text[from] ?? '', to)
    : [`{equals: ${JSON.stringify(to)}}`]) {
    const content = file.content.slice(0, start + from) + toBytes(written) + file.content.slice(start + end);
    const now = readPlain({ ...file, content });
    const wanted = isLiteral
      ? before
      : JSON.stringify(
          withValue(
            document.plain(() => {}),
            path,
            { equals: to },
          ),
        );
    if (now !== undefined && JSON.stringify(now) === wanted) return content;
  }
  return undefined;
}

/** Whether a text as a pattern fits itself and nothing else. */
function isPlainPattern(text: string): boolean {
  try {
    return outputPattern(text).literal;
  } catch {
    return false;
  }
}

/** Ways to write a text, the one that is there first. */
function spellings(style: string, text: string): readonly string[] {
  const single = `'${text.replaceAll("'", "''")}'`;
  const double = JSON.stringify(text);
  if (style === "'") return [single, double];
  return style === '"' ? [double] : [text, double];
}

function findScalar(
  document: TestDocument,
  node: YamlNode,
  path: Path,
  key: string,
): { readonly node: YamlScalar; readonly path: Path } | undefined {
  if (node.kind === 'scalar') return placeKey(document.placeOf(node)) === key ? { node, path } : undefined;
  const children: readonly (readonly [string | number, YamlNode])[] =
    node.kind === 'sequence'
      ? node.items.map((item, i) => [i, item])
      : node.kind === 'map'
        ? node.pairs.map(([name, value]) => [name.kind === 'scalar' ? fromBytes(name.value) : '', value])
        : [];
  for (const [step, child] of children) {
    const found = findScalar(document, child, [...path, step], key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where a scalar begins and ends, quotes included. */
function rangeOf(document: TestDocument, node: YamlScalar): readonly [from: number, end: number] {
  const places = scalarPlaces(document.yaml, node);
  const { text } = document;
  const from = node.mark.offset;
  const style = text[from];
  if (style === "'" || style === '"') {
    const quoted = style === "'" ? /'(?:[^']|'')*'/y : /"(?:[^"\\]|\\[^])*"/y;
    quoted.lastIndex = from;
    return [from, quoted.test(text) ? quoted.lastIndex : from];
  }
  // A block ends with its line feed, which is to stay.
  const last = node.value.replace(/\n+$/, '').length - 1;
  return [from, (places[last] ?? from) + 1];
}

/** The same value with another one at a path. */
function withValue(value: Plain, path: Path, to: Plain): Plain {
  const [step, ...rest] = path;
  if (step === undefined) return to;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? withValue(item, rest, to) : item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === step ? withValue(item, rest, to) : item]),
  );
}

function readPlain(file: RuleFile): Plain | undefined {
  try {
    return new TestDocument(file).plain(() => {});
  } catch {
    return undefined;
  }
}
