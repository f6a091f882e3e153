import { expect } from 'chai';
import k8sAudit from '../../../../sources/k8s-audit/index.ts';
import { languageWith } from '../../../../rules/language.ts';
import { SceneError, SourceScene, type Fact } from '../../../../rules/testing/scene/index.ts';

const language = languageWith({ sources: [k8sAudit] });
const PLACE = { file: 't' };

function make(facts: Record<string, Fact['value']>, record?: string): string {
  const list = Object.entries(facts).map(([field, value]) => ({ field, value }));
  const scene = new SourceScene(k8sAudit, language);
  const { event, visible, source } = scene.apply(list, {
    ...(record !== undefined && { record: { value: record, place: PLACE } }),
  });
  expect([visible, source, event.num]).to.deep.equal([true, 'k8s_audit', 1]);
  return k8sAudit.describe(event.data);
}

/** Values that are not like those of any other field. */
const VALUES: Readonly<Record<string, Fact['value']>> = {
  'ka.req.binding.subjects': ['{"kind":"User","name":"a"}'],
  'ka.req.binding.subjects.serviceaccount_ns_names': ['ns:a', 'ns:b'],
  'ka.req.pod.containers.add_capabilities': ['["NET_ADMIN"]'],
  'ka.req.pod.initContainers.add_capabilities': ['["NET_ADMIN"]'],
  'ka.req.pod.ephemeralContainers.add_capabilities': ['["NET_ADMIN"]'],
  'ka.req.service.ports': ['[{"port":80}]'],
  'ka.req.container.privileged': 'true',
  'ka.req.volume.hostpath': 'true',
  'ka.req.pod.volumes.volume_type': ['hostPath', 'secret'],
};

describe('events of a source that are made of facts', () => {
  for (const [name] of k8sAudit.setters)
    it(`has ${name} as it is given, and without a value`, () => {
      const field = k8sAudit.fields.flatMap(({ fields }) => fields).find((one) => one.name === name)!;
      const written = field.arg?.required ? `${name}[/x]` : name;
      make({ [written]: VALUES[name] ?? (field.list ? ['a', 'b'] : 'a') });
      if (name === 'ka.uri.param' || name === 'ka.auditid') return;
      const absent = name === 'ka.req.volume.hostpath' ? {} : { [written]: null };
      make(absent);
    });

  it('puts facts into a record, and leaves one without facts as it is', () => {
    const record = '{"kind":"Event","auditID":"1","n":1.50,"stageTimestamp":"2026-01-01T00:00:00Z"}';
    expect(make({}, record)).to.equal(record);
    expect(make({ 'ka.verb': 'get', 'ka.user.groups': ['x'] }, record)).to.equal(
      `${record.slice(0, -1)},"verb":"get","user":{"groups":["x"]}}`,
    );
  });

  for (const [what, facts, record, message] of [
    [
      'a field of system calls',
      { 'proc.name': 'x' },
      undefined,
      'events of k8s_audit have no field proc.name',
    ],
    [
      'what cannot be',
      { 'ka.sourceips': '192.0.2.1' },
      undefined,
      'ka.sourceips has no value here, not "192.0.2.1"',
    ],
    ['a record that is no JSON', {}, '{', 'record: this is no JSON'],
    ['a record that is no event', {}, '{}', 'record: this is no audit event'],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(() => make(facts, record)).to.throw(SceneError, message);
    });
});
