import type { ByteString } from './bytes.ts';
import type { FieldClass } from './fields/define.ts';

/** An entry of `append_output` in falco.yaml, as byte strings. */
export interface AppendOutput {
  readonly source?: ByteString;
  readonly tags?: readonly ByteString[];
  readonly rule?: ByteString;
  readonly extraOutput?: ByteString;
  /** Names of fields, or names with an output of their own. */
  readonly extraFields?: readonly (ByteString | { readonly key: ByteString; readonly format: ByteString })[];
  readonly suggestedOutput?: boolean;
}

/** One thing that is added to the rules that match: text behind the output, after a blank, or a field of the alert. */
export interface Addition {
  readonly source?: ByteString;
  readonly tags?: readonly ByteString[];
  readonly rule?: ByteString;
  readonly format?: ByteString;
  readonly field?: { readonly key: ByteString; readonly format: ByteString; readonly raw: boolean };
}

/**
 * What the entries of `append_output` add, in Falco's order; `suggested_output` stands for the fields that are meant for outputs.
 *
 * @param classes The fields of each source.
 */
export function additionsOf(
  entries: readonly AppendOutput[],
  classes: ReadonlyMap<ByteString, readonly FieldClass[]>,
): readonly Addition[] {
  return entries.flatMap((entry) => {
    const { source, tags, rule } = entry;
    const match = { ...(source && { source }), ...(tags && { tags }), ...(rule && { rule }) };
    const additions: Addition[] = [];
    if (entry.extraOutput) additions.push({ ...match, format: entry.extraOutput });
    if (entry.suggestedOutput)
      for (const [of, ofSource] of classes)
        if (!source || source === of)
          for (const name of suggestedNames(ofSource))
            additions.push({ ...match, source: of, format: `${name.replaceAll('.', '_')}=%${name}` });
    const named = (entry.extraFields ?? []).map((field) =>
      typeof field === 'string' ? { key: field, format: `%${field}`, raw: true } : { ...field, raw: false },
    );
    // Plain fields come last, so that they win over outputs of the same name.
    for (const raw of [false, true])
      for (const field of named) if (field.raw === raw) additions.push({ ...match, field });
    return additions;
  });
}

function suggestedNames(classes: readonly FieldClass[]): ByteString[] {
  return classes.flatMap(({ fields }) =>
    fields.filter((field) => field.suggested === true).map((field) => field.name),
  );
}
