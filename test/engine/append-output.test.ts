import { expect } from 'chai';
import { additionsOf } from '../../engine/append-output.ts';
import { allFields } from '../../engine/fields/index.ts';

describe('append_output', () => {
  it('adds text, suggested fields and fields, in this order', () => {
    const additions = additionsOf(
      [
        { rule: 'R', tags: ['t'], extraOutput: 'x=%evt.num' },
        { suggestedOutput: true },
        { source: 'k8s_audit', suggestedOutput: true, extraFields: ['a.b', { key: 'c', format: '%d.e' }] },
      ],
      new Map([['syscall', allFields]]),
    );
    expect(additions.map(({ format, field }) => format ?? field)).to.deep.equal([
      'x=%evt.num',
      'container_id=%container.id',
      'container_name=%container.name',
      'container_image_repository=%container.image.repository',
      'container_image_tag=%container.image.tag',
      'k8s_pod_name=%k8s.pod.name',
      'k8s_ns_name=%k8s.ns.name',
      { key: 'c', format: '%d.e', raw: false },
      { key: 'a.b', format: '%a.b', raw: true },
    ]);
    expect(additions[0]).to.deep.equal({ rule: 'R', tags: ['t'], format: 'x=%evt.num' });
    expect(additions[1]?.source).to.equal('syscall');
    expect(additions.at(-1)?.source).to.equal('k8s_audit');
  });
});
