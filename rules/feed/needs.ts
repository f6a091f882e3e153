import {
  carriageOf,
  fieldsIn,
  keyOf,
  parseOperand,
  type BoundField,
  type ByteString,
  type Carriage,
  type FieldExpr,
  type FieldLookup,
  type FieldUse,
} from '../../engine/index.ts';
import type { LoadedRule } from '../compiler.ts';

/** A field that a rule reads, and how it travels. */
export interface FieldNeed {
  /** As Falco prints it: `proc.aname[2]`. */
  readonly key: ByteString;
  readonly use: FieldUse;
  readonly field: BoundField;
  readonly carriage: Carriage;
}

/** The fields that a rule reads, each once per use: those of its condition, then those of its output and of what `append_output` adds. */
export function needsOf(rule: LoadedRule, lookup: FieldLookup): readonly FieldNeed[] {
  const outputs = [rule.output, ...[...rule.extraFields.values()].map(({ output }) => output)];
  return [
    ...distinct(fieldsIn(rule.condition.expr), 'condition', lookup),
    ...distinct(
      outputs.flatMap(({ names }) => names.flatMap((name) => fieldsIn(parseOperand(name).operand))),
      'output',
      lookup,
    ),
  ];
}

function distinct(written: readonly FieldExpr[], use: FieldUse, lookup: FieldLookup): FieldNeed[] {
  const needs = new Map<ByteString, FieldNeed>();
  for (const { name, arg } of written) {
    const key = keyOf(name, arg);
    if (needs.has(key)) continue;
    const field = lookup(name, arg);
    if (field === undefined || 'error' in field) continue;
    needs.set(key, { key, use, field, carriage: carriageOf(field, key, use) });
  }
  return [...needs.values()];
}
