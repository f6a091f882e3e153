import type { Event } from '../../../engine/event.ts';
import type { BoundField, Extracted, Field, FieldClass, FieldError } from '../../../engine/fields/define.ts';

/** What tests need of a bound field. */
export type Bound = Partial<BoundField> & { readonly get: BoundField['get'] };

/** `name`, `name[argument]` or `name.argument`: the field and its argument. */
function split(classes: readonly FieldClass[], text: string): [Field, string | undefined, boolean] {
  const fields = classes.flatMap((each) => each.fields);
  const [, name = '', arg] = /^([^[]+)(?:\[(.*)\])?$/.exec(text)!;
  const whole = fields.find((field) => field.name === name);
  if (whole !== undefined) return [whole, arg, false];
  const dot = name.lastIndexOf('.');
  const field = fields.find((each) => each.name === name.slice(0, dot));
  if (field === undefined) throw new Error(`There is no field ${text}`);
  return [field, name.slice(dot + 1), true];
}

/** Falco's error for the use of a field; undefined if there is no such field. */
export function bindError(
  classes: readonly FieldClass[],
  text: string,
): Partial<BoundField> | FieldError | undefined {
  const [field, arg, dotted] = split(classes, text);
  return field.bind?.(arg, dotted);
}

/** The field with its argument, as written in conditions and outputs. */
export function bindField(classes: readonly FieldClass[], text: string): { field: Field; bound: Bound } {
  const [field, arg, dotted] = split(classes, text);
  const bound = field.bind === undefined ? {} : field.bind(arg, dotted);
  if (bound === undefined || 'error' in bound)
    throw new Error(`${text}: ${bound?.error ?? 'no such argument'}`);
  return { field, bound: { get: field.get, ...bound } };
}

/** Reads a field of an event. */
export function readField(classes: readonly FieldClass[], event: Event, text: string): Extracted {
  return bindField(classes, text).bound.get(event);
}
