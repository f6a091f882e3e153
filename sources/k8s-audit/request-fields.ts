import { jsonText, type ByteString } from '../../engine/index.ts';
import { member, put, reaching, type AuditField } from './values.ts';
import { queryParameter } from './uri.ts';
import { rulesTexts } from './role-fields.ts';

/** Who asked for what, and what became of it. */
export const requestFields: readonly AuditField[] = [
  member(
    'ka.auditid',
    'Identifier of the request; all audit events about one request have the same.',
    ['auditID'],
    { lasts: false },
  ),
  member(
    'ka.stage',
    'How far the request had come: `RequestReceived`, `ResponseStarted`, `ResponseComplete` or `Panic`.',
    ['stage'],
  ),
  annotation(
    'ka.auth.decision',
    'Whether the request was allowed: `allow` or `forbid`.',
    'authorization.k8s.io/decision',
  ),
  annotation('ka.auth.reason', 'Why the request was allowed or forbidden.', 'authorization.k8s.io/reason'),
  annotation(
    'ka.auth.openshift.decision',
    'Whether the API server of OpenShift let the user in. Only there.',
    'authentication.openshift.io/decision',
  ),
  annotation(
    'ka.validations.admission.policy.failure',
    'What a ValidatingAdmissionPolicy had against the request.',
    'validation.policy.admission.k8s.io/validation_failure',
  ),
  annotation(
    'ka.security.pod.violations',
    'How the pod violates the level of Pod Security that is audited.',
    'pod-security.kubernetes.io/audit-violations',
  ),
  annotation(
    'ka.auth.openshift.username',
    'Name of the user that the API server of OpenShift authenticated. Only there.',
    'authentication.openshift.io/username',
  ),
  member('ka.user.name', 'Name of the user who made the request.', ['user', 'username'], { lasts: true }),
  member('ka.user.groups', 'Groups that the user belongs to.', ['user', 'groups'], { list: true }),
  member('ka.impuser.name', 'Name of the user in whose name the request was made.', [
    'impersonatedUser',
    'username',
  ]),
  member(
    'ka.verb',
    'What was asked for: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` …',
    ['verb'],
    { lasts: true },
  ),
  member('ka.uri', 'The URI of the request as the client sent it, with its query.', ['requestURI'], {
    lasts: false,
  }),
  {
    name: 'ka.uri.param',
    arg: { required: true, key: 'NAME' },
    desc: 'Value of a parameter in the query of the URI: for `/exec?command=id`, `ka.uri.param[command]` is `id`. The first one, if there are several.',
    set: (record, [value], { key = '' }) => {
      const uri = record.get(['requestURI']) ?? '/';
      if (value === undefined) return;
      const parameter = `${escaped(key)}=${escaped(value)}`;
      record.set(['requestURI'], jsonText(`${uri}${uri.includes('?') ? '&' : '?'}${parameter}`));
    },
    get: (event, { key = '' }) => {
      const uri = event.get('requestURI');
      return uri && queryParameter(uri.text, key);
    },
  },
  member('ka.target.name', 'Name of the object that the request is about.', ['objectRef', 'name'], {
    lasts: true,
  }),
  member('ka.target.namespace', 'Namespace of the object.', ['objectRef', 'namespace'], { lasts: true }),
  member(
    'ka.target.resource',
    'What kind of object it is, in the plural: `pods`, `configmaps`.',
    ['objectRef', 'resource'],
    { lasts: true },
  ),
  member(
    'ka.target.subresource',
    'The part of the object that the request is about: `exec`, `status`.',
    ['objectRef', 'subresource'],
    { lasts: true },
  ),
  {
    name: 'ka.target.pod.name',
    desc: 'Name of the pod in the response, for requests about a pod itself.',
    set: (record, values) => {
      if (values.length > 0) record.set(['objectRef', 'resource'], '"pods"');
      put(record, ['responseObject', 'metadata', 'name'], values);
    },
    get: (event) => {
      if (event.get('objectRef', 'resource')?.string !== 'pods') return undefined;
      if (event.get('objectRef', 'subresource')?.string) return undefined;
      return event.get('responseObject', 'metadata', 'name')?.text;
    },
  },
];

/** The answer, and where the request came from. */
export const responseFields: readonly AuditField[] = [
  member('ka.resp.name', 'Name of the object in the response.', ['responseObject', 'metadata', 'name'], {
    lasts: false,
  }),
  member('ka.response.code', 'Status code of the response: `200`, `403`.', ['responseStatus', 'code']),
  member('ka.response.reason', 'Reason in the status of the response, which mostly failures have.', [
    'responseStatus',
    'reason',
  ]),
  member('ka.useragent', 'What the client said of itself: `kubectl/v1.30.0 …`.', ['userAgent'], {
    lasts: true,
  }),
  reaching(
    'ka.sourceips',
    "Meant to be the addresses that the request came from. The plug-in looks for `sourceIPs` in the rules of the request's object, where there are none, so that it is missing; `jevt.value[/sourceIPs/0]` has the first one.",
    ['requestObject', 'rules', 'sourceIPs'],
    { value: rulesTexts },
  ),
  annotation(
    'ka.cluster.name',
    'Name of the cluster, where a collector of logs has added it.',
    'cluster_name',
  ),
];

function annotation(name: string, desc: string, key: string): AuditField {
  return member(name, desc, ['annotations', key]);
}

/** A text as a part of a query. */
const escaped = (text: ByteString): ByteString =>
  text.replace(/[^\w.~-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`);
