import { jsonList, jsonText, RawJson, type ByteString } from '../../engine/index.ts';
import { member, put, reaching, textsOf, type AuditField } from './values.ts';

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
    true,
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

const SUBJECTS = ['requestObject', 'subjects'];

function subjectJson(kind: string, name: ByteString, namespaced: boolean): ByteString {
  const colon = namespaced ? name.indexOf(':') : -1;
  const namespace = colon < 0 ? '' : `,"namespace":${jsonText(name.slice(0, colon))}`;
  return `{"kind":"${kind}","name":${jsonText(name.slice(colon + 1))}${namespace}}`;
}

/** The names of the subjects of one kind; with their namespaces, those that have none are left out. */
function subjects(name: string, desc: string, kind: string, namespaced = false): AuditField {
  return {
    name,
    desc,
    list: true,
    set: (record, values) => {
      const before = RawJson.parse(record.get(SUBJECTS) ?? '[]').elements;
      const others = before.filter((subject) => subject.get('kind')?.text !== kind).map(({ json }) => json);
      const mine = values.map((value) => subjectJson(kind, value, namespaced));
      record.set(SUBJECTS, `[${[...others, ...mine].join(',')}]`);
    },
    get: (event) =>
      event.get(...SUBJECTS)?.elements.flatMap((subject) => {
        if (subject.get('kind')?.text !== kind) return [];
        const subjectName = subject.get('name')?.text;
        const namespace = namespaced ? subject.get('namespace')?.text : '';
        if (subjectName === undefined || namespace === undefined) return [];
        return namespaced ? `${namespace}:${subjectName}` : subjectName;
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
    reaching(`ka.req.role.rules.${key}`, desc, ['requestObject', 'rules', key], {
      value: rulesTexts,
      set: (record, values, { index = 0 }) =>
        put(record, ['requestObject', 'rules', String(index), key], values, jsonList),
    }),
  ),
];
