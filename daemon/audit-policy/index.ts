/** Audit policies of Kubernetes: what they say, what they let rules see, and what rules need. */
export { auditRules, type EmptyCheck, type RuleAtPolicyRule, type RuleAudit, type Verdict } from './audit.ts';
export { auditDecision, auditLevel, type ApiRequest, type AuditDecision } from './evaluate.ts';
export { auditFindings } from './findings.ts';
export { LEVELS, STAGES, type AuditPolicy, type Level, type PolicyRule, type Stage } from './policy.ts';
export { policyFindings } from './policy-findings.ts';
export { readAuditPolicy, type PolicyResult } from './read-policy.ts';
export { suggestPolicy, type SuggestedPolicy } from './suggest.ts';
