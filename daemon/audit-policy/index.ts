/** Audit policies of Kubernetes: what they say, what they let rules see, and what rules need. */
export { auditRules, type RuleAtPolicyRule, type RuleAudit } from './audit.ts';
export { auditFindings } from './findings.ts';
export { policyFindings } from './policy-findings.ts';
export { readAuditPolicy } from './read-policy.ts';
export { suggestPolicy } from './suggest.ts';
