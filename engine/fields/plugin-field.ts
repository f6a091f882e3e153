import type { ByteString } from '../bytes.ts';
import type { Field, FieldError } from './define.ts';

/**
 * Finds the field of a plug-in, and its argument, in a field as written: that with the longest name which the text begins with
 * (sinsp_filter_check_plugin::parse_field_name of libsinsp). `undefined`: there is no such field; an error in Falco's words where
 * the argument is wrong.
 */
export function splitPluginField(
  fields: readonly Field[],
  text: ByteString,
): { readonly field: Field; readonly arg: ByteString | undefined } | FieldError | undefined {
  let field: Field | undefined;
  for (const candidate of fields)
    if (text.startsWith(candidate.name) && candidate.name.length > (field?.name.length ?? 0))
      field = candidate;
  if (field === undefined) return undefined;
  // An argument with a blank is cut there.
  const [seen = ''] = text.split(' ', 1);
  const error = (problem: string): FieldError => ({ error: `filter '${seen}': ${field.name}${problem}` });
  const open = seen.indexOf('[');
  if (open < 0) {
    if (field.arg?.required) return error(' requires an argument but none provided');
    return text.length === field.name.length ? { field, arg: undefined } : undefined;
  }
  if (open !== field.name.length) return undefined;
  if (open === seen.length - 1) return error(' terminates with incomplete argument brackets');
  const close = seen.indexOf(']', open);
  if (close < 0) return error(' has unbalanced argument brackets');
  const arg = seen.slice(open + 1, close);
  if (field.arg === undefined)
    return error(` does not allow nor require an argument but one is provided: ${arg}`);
  return close === text.length - 1 ? { field, arg } : undefined;
}
