import type { AuditPolicy } from '../../../daemon/audit-policy/policy.ts';
import { readAuditPolicy } from '../../../daemon/audit-policy/read-policy.ts';

/** A policy of which only what matters is given. */
export function policyOf(text: string): AuditPolicy {
  const { policy, diagnostics } = readAuditPolicy(whole(text), 'policy.yaml');
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return policy;
}

/** The same as text. */
export const whole = (text: string): string =>
  text.startsWith('apiVersion') ? text : `apiVersion: audit.k8s.io/v1\nkind: Policy\n${text}\n`;

/** What the policy asks that Falco's k8saudit plug-in comes with. */
export const FALCO_LIKE = `
omitStages: [RequestReceived]
rules:
  - { level: RequestResponse, resources: [{ group: "", resources: [pods, deployments] }] }
  - { level: RequestResponse, resources: [{ group: rbac.authorization.k8s.io, resources: [clusterroles, clusterrolebindings] }] }
  - { level: Metadata, resources: [{ group: "", resources: [pods/log, pods/status] }] }
  - { level: None, resources: [{ group: "", resources: [configmaps], resourceNames: [controller-leader] }] }
  - { level: None, users: ["system:kube-proxy"], verbs: [watch], resources: [{ group: "", resources: [endpoints, services] }] }
  - { level: None, userGroups: ["system:authenticated"], nonResourceURLs: [/api*, /version] }
  - { level: Request, namespaces: [kube-system], resources: [{ group: "", resources: [configmaps] }] }
  - { level: RequestResponse, resources: [{ group: "", resources: [configmaps] }] }
  - { level: Metadata, resources: [{ group: "", resources: [secrets] }] }
  - { level: Request, resources: [{ group: "" }, { group: extensions }] }
  - { level: Metadata, omitStages: [RequestReceived] }`;

/** What the example in the documentation of Kubernetes asks. */
export const DOCUMENTED = `
omitStages: [RequestReceived]
rules:
  - { level: RequestResponse, resources: [{ group: "", resources: [pods] }] }
  - { level: Metadata, resources: [{ group: "", resources: [pods/log, pods/status] }] }
  - { level: None, resources: [{ group: "", resources: [configmaps], resourceNames: [controller-leader] }] }
  - { level: None, users: ["system:kube-proxy"], verbs: [watch], resources: [{ group: "", resources: [endpoints, services] }] }
  - { level: None, userGroups: ["system:authenticated"], nonResourceURLs: [/api*, /version] }
  - { level: Request, namespaces: [kube-system], resources: [{ group: "", resources: [configmaps] }] }
  - { level: Metadata, resources: [{ group: "", resources: [secrets, configmaps] }] }
  - { level: Request, resources: [{ group: "" }, { group: extensions }] }
  - { level: Metadata, omitStages: [RequestReceived] }`;
