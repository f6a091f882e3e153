import { defineSource, type RawJson } from '../../engine/index.ts';
import { jsonFields } from '../json/fields.ts';
import { parseAudit } from './event.ts';
import { sampleEvent } from './sample.ts';
import {
  configMapFields,
  otherContainerFields,
  podFields,
  podSecurityFields,
  serviceFields,
  volumeFields,
} from './pod-fields.ts';
import { requestFields, responseFields } from './request-fields.ts';
import { bindingFields, roleFields } from './role-fields.ts';
import type { AuditField } from './values.ts';

/** In the order of Falco's plug-in. */
const fields: readonly AuditField[] = [
  ...requestFields,
  ...bindingFields,
  ...configMapFields,
  ...podFields,
  ...roleFields,
  ...podSecurityFields,
  ...serviceFields,
  ...volumeFields,
  ...responseFields,
  ...otherContainerFields,
];

/** What has no `auditID` has none of these fields either. */
const ofAuditEvents = fields.map((field): AuditField => ({
  ...field,
  get: (event, arg, whole) => (event.get('auditID') === undefined ? undefined : field.get(event, arg, whole)),
}));

/** Audit events of a Kubernetes API server, as Falco's plug-in `k8saudit` gives them. */
export default defineSource<RawJson, 'json'>({
  name: 'k8s_audit',
  plugin: { name: 'k8saudit', version: '0.18.0' },
  // They bring the same events from managed clusters.
  aliases: [
    { name: 'k8saudit-aks', version: '0.6.0' },
    { name: 'k8saudit-eks', version: '0.12.0' },
    { name: 'k8saudit-gke', version: '0.9.0' },
    { name: 'k8saudit-ovh', version: '0.6.0' },
  ],
  summary: 'Audit events of the API server of Kubernetes.',
  fields: [
    {
      desc: 'What an audit event of Kubernetes says: who asked the API server for what, and what it answered.',
      fields: ofAuditEvents,
    },
    jsonFields((event) => event),
  ],
  records: 'json',
  parse: parseAudit,
  describe: (event) => event.json,
  line: '%ka.user.name %ka.verb %ka.uri %ka.response.code',
  counts: [
    { name: 'users', title: 'USER', formats: ['%ka.user.name'] },
    { name: 'verbs', title: 'VERB', formats: ['%ka.verb'] },
    {
      name: 'resources',
      title: 'RESOURCE',
      formats: ['%ka.target.resource/%ka.target.subresource', '%ka.target.resource'],
    },
    { name: 'namespaces', title: 'NAMESPACE', formats: ['%ka.target.namespace'] },
    { name: 'codes', title: 'STATUS CODE', formats: ['%ka.response.code'] },
  ],
  sample: sampleEvent,
});
