import type { ByteString, RawJson } from '../../engine/index.ts';
import { member, reaching, textsOf, type AuditField } from './values.ts';

/** All texts in the lists that were reached. */
export const rulesTexts = (found: readonly (RawJson | undefined)[]): ByteString[] =>
  found.flatMap((value) => textsOf(value?.elements ?? []));

/** Roles and their bindings. */
export const bindingFields: readonly AuditField[] = [
  member(
    'ka.req.binding.subjects',
    'Whom a binding gives its role, each as JSON.',
    ['requestObject', 'subjects'],
    {
      list: true,
    },
  ),
  subjects('ka.req.binding.subjects.user_names', 'Names of the users whom a binding gives its role.', 'User'),
  subjects(
    'ka.req.binding.subjects.serviceaccount_names',
    'Names of the service accounts that a binding gives its role.',
    'ServiceAccount',
  ),
  subjects(
    'ka.req.binding.subjects.serviceaccount_ns_names',
    'Service accounts that a binding gives its role, with their namespaces: `NAMESPACE:NAME`.',
    'ServiceAccount',
    (subject) => {
      const namespace = subject.get('namespace')?.text;
      return namespace === undefined ? undefined : `${namespace}:`;
    },
  ),
  subjects(
    'ka.req.binding.subjects.group_names',
    'Names of the groups that a binding gives its role.',
    'Group',
  ),
  member('ka.req.binding.role', 'Name of the role that a binding gives.', [
    'requestObject',
    'roleRef',
    'name',
  ]),
  {
    name: 'ka.req.binding.subject.has_name',
    arg: { required: true, key: 'NAME' },
    deprecated: true,
    desc: 'Is `true` whatever the event. Left over from old rules; `ka.req.binding.subjects.user_names` and its like tell who it is.',
    get: () => 'true',
  },
];

/** The names of the subjects of one kind, each with what is put before it; without that, a subject is left out. */
function subjects(
  name: string,
  desc: string,
  kind: string,
  prefix: (subject: RawJson) => ByteString | undefined = () => '',
): AuditField {
  return {
    name,
    desc,
    list: true,
    get: (event) =>
      event.get('requestObject', 'subjects')?.elements.flatMap((subject) => {
        if (subject.get('kind')?.text !== kind) return [];
        const subjectName = subject.get('name')?.text;
        const before = prefix(subject);
        return subjectName === undefined || before === undefined ? [] : before + subjectName;
      }),
  };
}

/** What roles allow. */
export const roleFields: readonly AuditField[] = [
  member('ka.req.role.rules', 'The rules of a role, each as JSON.', ['requestObject', 'rules'], {
    list: true,
  }),
  ...(
    [
      ['apiGroups', 'The API groups in the rules of a role.'],
      ['nonResourceURLs', 'The URLs beside resources in the rules of a role.'],
      ['verbs', 'The verbs that the rules of a role allow.'],
      ['resources', 'The resources that the rules of a role are about.'],
    ] as const
  ).map(([key, desc]) =>
    reaching(`ka.req.role.rules.${key}`, desc, ['requestObject', 'rules', key], rulesTexts),
  ),
];
