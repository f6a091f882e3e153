import type { AlertValues, ByteString } from '../../engine/index.ts';
import { candidateFields, usable, type TuningFields } from './distinguishing.ts';
import { subjectOf } from './subjects.ts';

/** A comparison of an exception: with the value itself, or with the beginning that values have in common. */
export type Comparison = '=' | 'startswith';

/** An exception that would silence alerts. */
export interface ProposedException {
  readonly fields: readonly ByteString[];
  /** As many as fields. */
  readonly comps: readonly Comparison[];
  /** Each as long as fields. */
  readonly values: readonly (readonly ByteString[])[];
  /** Whether the rule declares an exception with these fields and comparisons: its name. */
  readonly existing: ByteString | undefined;
  /** Of the other alerts, those that it silences too. */
  readonly others: readonly AlertValues[];
}

/** An exception that a rule declares, as a proposal may fill it. */
export interface DeclaredException {
  readonly name: ByteString;
  readonly fields: readonly ByteString[];
  readonly comps: readonly ByteString[];
}

/** An exception has so many fields and values at most: people must be able to judge it. */
const MOST_FIELDS = 3;
const MOST_VALUES = 24;

/** So many fields are tried together; the rest lasts less long. */
const MOST_CANDIDATES = 12;

/** What counts against an exception, and for it: another alert that it silences, that it is only about what the rule looks for, that the rule declares it. */
const COST = { other: 1000, blind: 12, declared: 3 } as const;

/** From so many different paths on, their common folder stands for them. */
const MANY_PATHS = 6;

/**
 * Exceptions that silence some alerts of a rule: the best first. Good is what silences nothing else, names few fields and few values, fields
 * that mean the same tomorrow, and not only what the rule looks for; what the rule declares already is best. The last proposal is a narrow one, with as many fields as an
 * exception may have, about as many things as possible: what is silenced by little may let an attacker through who looks like it.
 *
 * @param unwanted The alerts to silence.
 * @param wanted The others of the rule.
 * @param looksFor What the rule looks for (`subjectsOf`).
 */
export function proposeExceptions(
  unwanted: readonly AlertValues[],
  wanted: readonly AlertValues[],
  declared: readonly DeclaredException[] = [],
  {
    most = 3,
    by,
    looksFor = new Set(),
  }: {
    readonly most?: number;
    readonly by?: TuningFields;
    readonly looksFor?: ReadonlySet<ByteString>;
  } = {},
): readonly ProposedException[] {
  const candidates = candidateFields(unwanted, by)
    .filter((field) => unwanted.every((values) => usable(values.get(field)) !== undefined))
    .slice(0, MOST_CANDIDATES);
  const proposals: (ProposedException & { readonly cost: number })[] = [];
  const consider = (fields: readonly ByteString[], existing: DeclaredException | undefined): void => {
    for (const comps of existing === undefined
      ? comparisonsFor(fields, unwanted)
      : [existing.comps as Comparison[]]) {
      const values = tuplesOf(unwanted, fields, comps);
      if (values === undefined || values.length > MOST_VALUES) continue;
      const others = wanted.filter((alert) => values.some((tuple) => matches(alert, fields, comps, tuple)));
      const rank = fields.reduce((sum, field) => sum + 1 + candidates.indexOf(field) / 4, 0);
      const loose = comps.filter((comp) => comp === 'startswith').length;
      const isBlind = existing === undefined && fields.every((field) => looksFor.has(subjectOf(field)));
      const cost =
        others.length * COST.other +
        rank * 2 +
        values.length +
        loose * 2 +
        (isBlind ? COST.blind : 0) -
        (existing === undefined ? 0 : COST.declared);
      proposals.push({ fields, comps, values, existing: existing?.name, others, cost });
    }
  };
  for (const one of declared)
    if (
      one.comps.every((comp) => comp === '=' || comp === 'startswith') &&
      one.fields.every((field) => candidates.includes(field))
    )
      consider(one.fields, one);
  for (const fields of subsets(candidates, MOST_FIELDS)) consider(fields, undefined);
  proposals.sort((a, b) => a.cost - b.cost);
  const best = distinct(proposals).slice(0, most);
  const narrow = narrowest(
    proposals.filter(({ fields, comps }) => fields.length === MOST_FIELDS && !comps.includes('startswith')),
  );
  return narrow === undefined || best.includes(narrow) ? best : [...best, narrow];
}

/** The first of those that are about the most different things. */
function narrowest<T extends ProposedException>(sorted: readonly T[]): T | undefined {
  const breadth = ({ fields }: ProposedException) => new Set(fields.map(subjectOf)).size;
  const most = Math.max(...sorted.map(breadth));
  return sorted.find((proposal) => breadth(proposal) === most);
}

/** Fields that add nothing to a proposal before are left out: a proposal with more fields must silence fewer others. */
function distinct<T extends ProposedException>(sorted: readonly T[]): readonly T[] {
  const kept: T[] = [];
  for (const proposal of sorted) {
    const isWeaker = kept.some(
      ({ fields, others }) =>
        fields.every((field) => proposal.fields.includes(field)) && others.length <= proposal.others.length,
    );
    if (!isWeaker) kept.push(proposal);
  }
  return kept;
}

/** All sets of up to `most` items, the smaller and earlier first. */
function* subsets<T>(items: readonly T[], most: number, from = 0): Generator<readonly T[]> {
  if (most === 0) return;
  for (let i = from; i < items.length; i++) {
    yield [items[i]!];
    for (const rest of subsets(items, most - 1, i + 1)) yield [items[i]!, ...rest];
  }
}

/** Comparisons with the values themselves, and where there are many paths also with their common folder. */
function comparisonsFor(
  fields: readonly ByteString[],
  alerts: readonly AlertValues[],
): readonly (readonly Comparison[])[] {
  const exact = fields.map((): Comparison => '=');
  const loose = fields.map((field): Comparison =>
    commonFolder(field, alerts) === undefined ? '=' : 'startswith',
  );
  return loose.includes('startswith') ? [exact, loose] : [exact];
}

/** The folder in which all values of a field are, with its slash; undefined if they are few, no paths, or all over the place. */
function commonFolder(field: ByteString, alerts: readonly AlertValues[]): ByteString | undefined {
  const values = new Set(alerts.map((alert) => usable(alert.get(field))!));
  if (values.size < MANY_PATHS) return undefined;
  const parts = [...values].map((value) => value.split('/'));
  const common: ByteString[] = [];
  for (let i = 0; parts.every((part) => i < part.length - 1 && part[i] === parts[0]![i]); i++)
    common.push(parts[0]![i]!);
  // `/` and `/usr` are no places of their own.
  return common.length >= 3 && common[0] === '' ? `${common.join('/')}/` : undefined;
}

function tuplesOf(
  alerts: readonly AlertValues[],
  fields: readonly ByteString[],
  comps: readonly Comparison[],
): readonly (readonly ByteString[])[] | undefined {
  const folders = fields.map((field, i) =>
    comps[i] === 'startswith' ? commonFolder(field, alerts) : undefined,
  );
  if (comps.some((comp, i) => comp === 'startswith' && folders[i] === undefined)) return undefined;
  const tuples = new Map<string, readonly ByteString[]>();
  for (const alert of alerts) {
    const tuple = fields.map((field, i) => folders[i] ?? usable(alert.get(field))!);
    tuples.set(JSON.stringify(tuple), tuple);
  }
  return [...tuples.values()];
}

function matches(
  alert: AlertValues,
  fields: readonly ByteString[],
  comps: readonly Comparison[],
  tuple: readonly ByteString[],
): boolean {
  return fields.every((field, i) => {
    const value = usable(alert.get(field));
    if (value === undefined) return false;
    return comps[i] === 'startswith' ? value.startsWith(tuple[i]!) : value === tuple[i];
  });
}
