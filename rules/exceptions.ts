import { OPERATORS, type ByteString } from '../engine/index.ts';
import { entryOf, isGiven, type RuleException } from './items.ts';
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

/** A condition with its exceptions as text: `(condition) and not …`, and the fields that they name. */
export function withExceptions(
  condition: ByteString,
  exceptions: readonly RuleException[],
): { readonly condition: ByteString; readonly fields: ReadonlySet<ByteString> } {
  const fields = new Set<ByteString>();
  let text = `(${condition})`;
  for (const exception of exceptions) {
    const excluded = exception.fields.isList
      ? excludeTuples(exception, fields)
      : excludeValues(exception, fields);
    if (excluded !== '') text += ` and not ${excluded}`;
  }
  return { condition: text, fields };
}

function excludeValues(exception: RuleException, fields: Set<ByteString>): ByteString {
  const { fields: field, comps, values } = exception;
  if (values.length === 0) return '';
  fields.add(field.item);
  const items = values.map((value) =>
    value.isList
      ? refuse('Expected values array to contain a list of strings', exception)
      : quoteItem(value.item),
  );
  return `(${field.item} ${comps.item} (${items.join(', ')}))`;
}

function excludeTuples(exception: RuleException, names: Set<ByteString>): ByteString {
  const { fields, comps, values } = exception;
  if (values.length === 0) return '';
  const tuples = values.map((tuple) => {
    if (fields.items.length !== tuple.items.length)
      refuse('Fields and values lists must have equal length', exception);
    const checks = fields.items.map(({ item: field }, i) => {
      names.add(field);
      const value = tuple.items[i]!;
      // Replaced exceptions are not checked, so comparisons may be missing; Falco crashes there.
      const comp = comps.items[i]?.item ?? refuse('Fields and comps lists must have equal length', exception);
      let right = value.item;
      if (value.isList) right = `(${value.items.map(({ item }) => quoteItem(item)).join(', ')})`;
      else if (LIST_OPERATORS.has(comp) || WITH_MODIFIER.test(comp)) {
        if (!right.startsWith('(')) right = `(${right})`;
      } else right = quoteItem(right);
      return ` ${field} ${comp} ${right}`;
    });
    return `(${checks.join(' and ')})`;
  });
  return `(${tuples.join(' or ')})`;
}
