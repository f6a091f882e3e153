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

/** An argument of a plug-in's field: the text in brackets, and the number that it is. */
export interface PluginArgument {
  readonly key: ByteString | undefined;
  readonly index: number | undefined;
}

const LARGEST_INDEX = 2n ** 64n - 1n;

/**
 * Reads the argument of a plug-in's field, which is there if it must be (sinsp_filter_check_plugin::extract_arg_index of libsinsp). An error in Falco's
 * words where it should be a number and is none; a field that takes both has then only the text.
 */
export function pluginArgument(
  { name, arg: allowed }: { readonly name: ByteString; readonly arg?: Field['arg'] },
  arg: ByteString | undefined,
): PluginArgument | FieldError {
  if (arg === undefined || allowed === undefined) return { key: undefined, index: undefined };
  const key = allowed.key === undefined ? undefined : arg;
  if (allowed.index === undefined) return { key, index: undefined };
  const problem = indexProblem(arg);
  if (problem === undefined) return { key, index: Number(arg) };
  return allowed.key === undefined
    ? { error: `filter ${name}[${arg}] ${name}${problem}: ${arg}` }
    : { key, index: undefined };
}

function indexProblem(arg: ByteString): string | undefined {
  if (/[^0-9]/.test(arg)) return ' has an invalid index argument not composed only by digits';
  if (arg === '' || /^0./.test(arg)) return ' has an invalid index argument starting with 0';
  return BigInt(arg) > LARGEST_INDEX
    ? ' has an invalid index argument not representable on 64 bit'
    : undefined;
}
