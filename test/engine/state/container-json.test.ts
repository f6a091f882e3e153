import { expect } from 'chai';
import fc from 'fast-check';
import { toBytes } from '../../../engine/bytes.ts';
import { readContainer } from '../../../engine/state/container-json.ts';

const nginx = {
  Mounts: [
    { Destination: '/data', Mode: 'ro', Propagation: 'rprivate', RW: false, Source: '/srv/data' },
    { Destination: '/tmp', Source: '/tmp', RW: true },
  ],
  User: 'www',
  cpu_shares: 1024,
  env: null,
  full_id: '32a1026ccb88a551e2a38eb8f260b4700aefec7e8c007344057e58a9fa302374',
  host_pid: true,
  id: '32a1026ccb88',
  image: 'nginx:1.27',
  imagedigest: 'sha256:96fb',
  imageid: 'f68d6e55',
  imagerepo: 'nginx',
  imagetag: '1.27',
  ip: '172.17.0.2',
  labels: { 'io.kubernetes.pod.name': 'web-0', b: '', a: 'ä', 'annotation.x': 'y' },
  name: 'web',
  port_mappings: [{ HostIp: 0, HostPort: 8080, ContainerPort: 80 }],
  Healthcheck: { exe: 'curl', args: ['localhost'] },
  privileged: true,
  type: 0,
};

/** A label that would be no member of an object made by hand. */
const withPrototype = '{"container":{"labels":{"__proto__":"x"}}}';

const read = (container: unknown) => readContainer(toBytes(JSON.stringify({ container })));

describe('the description of a container', () => {
  it('is read with all its members', () => {
    const container = read(nginx)!;
    expect(container).to.include({
      id: '32a1026ccb88',
      fullId: nginx.full_id,
      typeName: 'docker',
      name: 'web',
      image: 'nginx:1.27',
      imageId: 'f68d6e55',
      imageRepository: 'nginx',
      imageTag: '1.27',
      imageDigest: 'sha256:96fb',
      ip: '172.17.0.2',
      user: 'www',
      privileged: true,
      hostPid: true,
      hostNetwork: false,
      cniJson: '',
      mountsText: '/srv/data:/data:ro:false:rprivate,/tmp:/tmp::true:',
      labelsText: 'a:Ã¤, b',
      podLabelsText: '',
    });
    expect(container.labels.get('io.kubernetes.pod.name')).to.equal('web-0');
  });

  it('takes labels of any name', () => {
    expect(readContainer(withPrototype)?.labelsText).to.equal('__proto__:x');
  });

  it('may be nearly empty, as that of old captures', () => {
    expect(read({})).to.include({ id: '', typeName: '', mountsText: '', labelsText: '' });
    expect(read({ type: 7, labels: null, Mounts: null })).to.include({ typeName: 'containerd' });
    expect(read({ type: 7, Healthcheck: { exe: 'curl', args: null } })).to.include({
      typeName: 'containerd',
    });
  });

  const wrong: readonly (readonly [member: string, value: unknown])[] = [
    ['id', 5], ['name', null], ['image', ['a']], ['type', 'docker'], ['privileged', 1], ['is_pod_sandbox', 'no'],
    ['labels', { a: 1 }], ['labels', ['a']], ['labels', 'a'], ['pod_sandbox_labels', { a: null }], ['env', ['a', 1]], ['env', {}],
    ['Mounts', {}], ['Mounts', [1]], ['Mounts', [{ RW: 'true' }]], ['cpu_quota', '0'], ['port_mappings', [{ HostPort: '80' }]],
    ['Healthcheck', null], ['Healthcheck', { exe: 1 }], ['LivenessProbe', { args: [1] }],
  ]; // prettier-ignore
  for (const [member, value] of wrong)
    it(`is nothing with ${member}: ${JSON.stringify(value)}`, () => {
      expect(read({ ...nginx, [member]: value })).to.equal(undefined);
    });

  const broken = [
    '',
    '<NA>',
    '{',
    '[]',
    '5',
    'null',
    '{}',
    '{"container":[]}',
    '{"container":{}',
    '{"container":{"id":"\xff"}}',
  ];
  for (const text of broken)
    it(`is not ${text || 'an empty text'}`, () => {
      expect(readContainer(text)).to.equal(undefined);
    });

  it('survives any JSON', () => {
    const value = fc.jsonValue();
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(nginx)), value, (member, json) => {
        const container = read({ ...nginx, [member]: json });
        if (container !== undefined) expect(container.labelsText).to.be.a('string');
      }),
    );
  });
});
