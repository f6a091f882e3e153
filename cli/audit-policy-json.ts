import type { RuleAtPolicyRule, RuleAudit } from '../daemon/index.ts';
import { fromBytes, type Diagnostic, type SourcePlace } from '../engine/index.ts';
import { writtenCheck } from '../rules/index.ts';

/** What `tiercel audit-policy --json` shows. */
export interface AuditPolicyReport {
  readonly audits: readonly RuleAudit[];
  readonly findings: readonly Diagnostic[];
  /** A policy that was written. */
  readonly text?: string;
}

/** The report as one JSON document. */
export function auditPolicyJson({ audits, findings, text }: AuditPolicyReport): string {
  const report = {
    ...(text !== undefined && { policy: text }),
    rules: audits.map(({ rule, verdict, oddly, at }) => ({
      rule: fromBytes(rule.name),
      ...placeJson(rule.place),
      verdict,
      ...(verdict === 'never' && { oddly }),
      policy_rules: at.map(atJson),
    })),
    diagnostics: findings,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** The policy's rule is null where none matches. */
const atJson = (found: RuleAtPolicyRule): object => ({
  policy_rule: found.decidedBy === undefined ? null : found.decidedBy.number,
  ...(found.decidedBy !== undefined && placeJson(found.decidedBy.place)),
  level: found.decidedBy?.level ?? 'None',
  outcome: found.outcome,
  stages: found.stages,
  needs_level: found.needs,
  empty_checks: found.emptyChecks.map(({ node, field, negated }) => ({
    check: fromBytes(writtenCheck(node)),
    field: fromBytes(field.text),
    negated,
    ...placeJson(node.place),
  })),
  empty_output: found.emptyOutput.map(({ text }) => fromBytes(text)),
});

const placeJson = ({ file, line, column }: SourcePlace): object => ({ file, line, column });
