import { OPERATORS, type ByteString } from '../engine/index.ts';
import { entryOf, isGiven, type ExceptionEntry, type RuleException } from './items.ts';
import { RuleError } from './result.ts';

const LIST_OPERATORS: ReadonlySet<string> = new Set(['intersects', 'in', 'pmatch']);
const WITH_MODIFIER =
  /^(?:==?|!=|i?contains|bcontains|startswith|bstartswith|endswith|i?glob|regex) (?:oneof|anyof|allof)$/;

function refuse(message: ByteString, { context }: RuleException): never {
  throw new RuleError('LOAD_ERR_VALIDATE', message, context);
}

const trim = (text: ByteString): ByteString => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');

/** Checks the fields and comparisons of an exception and fills in the comparisons that are left away. */
export function checkException(exception: RuleException, isField: (field: ByteString) => boolean): void {
  const { fields, comps } = exception;
  if (!fields.isList) {
    if (!isGiven(comps)) {
      comps.isList = false;
      comps.item = 'in';
    }
    if (comps.isList) refuse('Fields and comps must both be strings', exception);
    comps.item = trim(comps.item);
    if (!LIST_OPERATORS.has(comps.item) && !WITH_MODIFIER.test(comps.item))
      refuse(
        'When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator (e.g. startswith oneof)',
        exception,
      );
    if (!isField(fields.item)) refuse(`'${fields.item}' is not a supported filter field`, exception);
    return;
  }
  if (!isGiven(comps)) {
    comps.isList = true;
    comps.items = fields.items.map(() => entryOf('='));
  }
  if (fields.items.length !== comps.items.length)
    refuse('Fields and comps lists must have equal length', exception);
  for (const comp of comps.items) {
    comp.item = trim(comp.item);
    if (!OPERATORS.includes(comp.item) && !WITH_MODIFIER.test(comp.item))
      refuse(`'${comp.item}' is not a supported comparison operator`, exception);
  }
  for (const { item } of fields.items)
    if (!isField(item)) refuse(`'${item}' is not a supported filter field`, exception);
}

/** Items with a blank are put in quotes, unless they begin with one. Nothing is escaped. */
export const quoteItem = (item: ByteString): ByteString =>
  item.includes(' ') && !/^["']/.test(item) ? `"${item}"` : item;

/** Where Falco joins items with commas, empty ones before the first that is not empty vanish. */
export function withoutFirstEmpty<T>(items: readonly T[], textOf: (item: T) => ByteString): readonly T[] {
  const first = items.findIndex((item) => textOf(item) !== '');
  return first < 0 ? [] : items.slice(first);
}

/** Items with commas between them, as Falco joins them. */
export const joinItems = (items: readonly ByteString[]): ByteString =>
  withoutFirstEmpty(items, (item) => item)
    .map(quoteItem)
    .join(', ');

/** A piece of the text that exceptions add to a condition. */
export interface ExceptionPiece {
  readonly text: ByteString;
  readonly exception: RuleException;
  /** What the piece was made of; absent in brackets, commas and the like. */
  readonly entry?: ExceptionEntry;
}

/** A condition with its exceptions as text: `(condition) and not …`, and the fields that they name. */
export function withExceptions(
  condition: ByteString,
  exceptions: readonly RuleException[],
): { readonly condition: ByteString; readonly fields: ReadonlySet<ByteString> } {
  const fields = new Set<ByteString>();
  let text = `(${condition})`;
  for (const piece of exceptionPieces(exceptions, fields)) text += piece.text;
  return { condition: text, fields };
}

/** What exceptions add behind a condition in brackets; the fields that they name go to `fields`. */
export function exceptionPieces(
  exceptions: readonly RuleException[],
  fields: Set<ByteString> = new Set(),
): ExceptionPiece[] {
  return exceptions.flatMap((exception) => {
    if (exception.values.length === 0) return [];
    const excluded = exception.fields.isList
      ? excludeTuples(exception, fields)
      : excludeValues(exception, fields);
    return [' and not ', ...excluded].map((piece) =>
      typeof piece === 'string' ? { text: piece, exception } : { ...piece, exception },
    );
  });
}

/** Text, or an entry and the text that it gives. */
type Piece = ByteString | { readonly text: ByteString; readonly entry: ExceptionEntry };

const asIs = (entry: ExceptionEntry): Piece => ({ text: entry.item, entry });
const asItem = (entry: ExceptionEntry): Piece => ({ text: quoteItem(entry.item), entry });

const joined = (parts: readonly (readonly Piece[])[], separator: ByteString): Piece[] =>
  parts.flatMap((part, i) => (i === 0 ? part : [separator, ...part]));

function excludeValues(exception: RuleException, fields: Set<ByteString>): Piece[] {
  const { fields: field, comps, values } = exception;
  fields.add(field.item);
  const items = values.map((value) =>
    value.isList ? refuse('Expected values array to contain a list of strings', exception) : [asItem(value)],
  );
  return ['(', asIs(field), ' ', asIs(comps), ' (', ...joined(items, ', '), '))'];
}

function excludeTuples(exception: RuleException, names: Set<ByteString>): Piece[] {
  const { fields, comps, values } = exception;
  const tuples = values.map((tuple) => {
    if (fields.items.length !== tuple.items.length)
      refuse('Fields and values lists must have equal length', exception);
    const checks = fields.items.map((field, i): Piece[] => {
      names.add(field.item);
      const value = tuple.items[i]!;
      // Replaced exceptions are not checked, so comparisons may be missing; Falco crashes there.
      const comp = comps.items[i] ?? refuse('Fields and comps lists must have equal length', exception);
      const check = [' ', asIs(field), ' ', asIs(comp), ' '];
      if (value.isList) {
        const items = withoutFirstEmpty(value.items, ({ item }) => item);
        return [
          ...check,
          '(',
          ...joined(
            items.map((item) => [asItem(item)]),
            ', ',
          ),
          ')',
        ];
      }
      const takesList = LIST_OPERATORS.has(comp.item) || WITH_MODIFIER.test(comp.item);
      if (!takesList) return [...check, asItem(value)];
      return value.item.startsWith('(') ? [...check, asIs(value)] : [...check, '(', asIs(value), ')'];
    });
    return ['(', ...joined(checks, ' and '), ')'];
  });
  return ['(', ...joined(tuples, ' or '), ')'];
}
