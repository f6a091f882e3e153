import { didYouMean, DiagnosticError, fromBytes, type ByteString } from '../engine/index.ts';
import type { ModelRule } from '../rules/index.ts';

/** The rule of a name. Throws a `DiagnosticError` if there is none. `paths`: where the rules are from. */
export function ruleNamed(
  name: ByteString,
  rules: readonly ModelRule[],
  paths: readonly string[],
): ModelRule {
  const rule = rules.find((one) => one.name === name);
  if (rule !== undefined) return rule;
  const hint = didYouMean(
    fromBytes(name),
    rules.map((one) => fromBytes(one.name)),
  );
  throw new DiagnosticError({
    code: 'UNKNOWN_RULE',
    severity: 'error',
    message: `there is no rule "${fromBytes(name)}" in ${paths.join(', ')}`,
    ...(hint !== undefined && { hint }),
  });
}
