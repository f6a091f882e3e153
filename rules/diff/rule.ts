import type { ByteString } from '../../engine/index.ts';
import type { LoadedRule } from '../compiler.ts';
import { withExceptions } from '../exceptions.ts';
import type { ExceptionEntry, RuleException } from '../items.ts';
import { without } from './parts.ts';

/** A key of a rule with one value, as rule files have it. Numbers and switches are as text. */
export interface PropertyChange {
  readonly key:
    | 'desc'
    | 'source'
    | 'priority'
    | 'output'
    | 'enabled'
    | 'capture'
    | 'capture_duration'
    | 'warn_evttypes'
    | 'skip-if-unknown-filter';
  readonly old: ByteString;
  readonly next: ByteString;
}

/** What came to a set and what left it. */
export interface SetChange {
  readonly added: readonly ByteString[];
  readonly removed: readonly ByteString[];
}

/** An exception that came, left or changed; `fields` and `comps` are given where they differ. */
export interface ExceptionChange {
  readonly name: ByteString;
  readonly change: 'added' | 'removed' | 'changed';
  readonly fields?: { readonly old: ByteString; readonly next: ByteString };
  readonly comps?: { readonly old: ByteString; readonly next: ByteString };
  /** Values as YAML has them in one line: `[cat, /etc/shadow]`. */
  readonly values: SetChange;
}

/** The condition of a rule as written, exceptions added, before lists and macros are replaced. */
export const writtenCondition = ({ definition: { condition, exceptions } }: LoadedRule): ByteString =>
  exceptions.length > 0 ? withExceptions(condition, exceptions).condition : condition;

/** Whether two texts differ in more than their blanks. */
export const isRewritten = (old: ByteString, next: ByteString): boolean =>
  old !== next && blanksAlike(old) !== blanksAlike(next);

const blanksAlike = (text: ByteString): ByteString => text.trim().replace(/[ \t\r\n]+/g, ' ');

const KEYS: readonly (readonly [PropertyChange['key'], (rule: LoadedRule) => ByteString])[] = [
  ['desc', ({ desc }) => desc],
  ['source', ({ source }) => source],
  ['priority', ({ priority }) => priority],
  ['enabled', ({ enabled }) => String(enabled)],
  ['capture', ({ capture }) => String(capture)],
  ['capture_duration', ({ captureDuration }) => String(captureDuration)],
  ['warn_evttypes', ({ warnEvttypes }) => String(warnEvttypes)],
  ['skip-if-unknown-filter', ({ definition }) => String(definition.skipIfUnknownFilter)],
  ['output', ({ definition }) => definition.output],
];

/** The keys that differ between two versions of a rule, texts that differ in blanks only left out. */
export function propertyChanges(old: LoadedRule, next: LoadedRule): readonly PropertyChange[] {
  return KEYS.flatMap(([key, read]) => {
    const [before, after] = [read(old), read(next)];
    const differs = key === 'output' ? before !== after : isRewritten(before, after);
    return differs ? [{ key, old: before, next: after }] : [];
  });
}

/** What was added and removed, order and repetition left out. */
export const setChange = (old: readonly ByteString[], next: readonly ByteString[]): SetChange => ({
  added: without(next, old),
  removed: without(old, next),
});

/** Whether a set did not change. */
export const isEmpty = ({ added, removed }: SetChange): boolean => added.length + removed.length === 0;

/** The exceptions that differ between two versions of a rule. */
export function exceptionChanges(
  old: readonly RuleException[],
  next: readonly RuleException[],
): readonly ExceptionChange[] {
  const before = new Map(old.map((exception) => [exception.name, exception]));
  const after = new Map(next.map((exception) => [exception.name, exception]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name): ExceptionChange[] => {
    const [a, b] = [before.get(name), after.get(name)];
    const values = setChange(valuesOf(a), valuesOf(b));
    if (a === undefined || b === undefined)
      return [{ name, change: a === undefined ? 'added' : 'removed', values }];
    const fields = { old: entryText(a.fields), next: entryText(b.fields) };
    const comps = { old: entryText(a.comps), next: entryText(b.comps) };
    if (isEmpty(values) && fields.old === fields.next && comps.old === comps.next) return [];
    return [
      {
        name,
        change: 'changed',
        ...(fields.old !== fields.next && { fields }),
        ...(comps.old !== comps.next && { comps }),
        values,
      },
    ];
  });
}

const valuesOf = (exception: RuleException | undefined): readonly ByteString[] =>
  exception?.values.map(entryText) ?? [];

function entryText({ isList, item, items }: ExceptionEntry): ByteString {
  return isList ? `[${items.map(entryText).join(', ')}]` : item;
}
