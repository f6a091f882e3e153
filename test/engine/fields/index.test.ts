import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { allFields, bindField, findField, type BoundField } from '../../../engine/fields/index.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

describe('the registry of fields', () => {
  it('knows every field once', () => {
    const names = allFields.flatMap(({ fields }) => fields.map(({ name }) => name));
    expect(names).to.have.length(new Set(names).size);
    for (const name of names) expect(findField(name)?.name).to.equal(name);
  });

  // prettier-ignore
  const ERRORS: readonly (readonly [name: string, arg: string | undefined, error: string | undefined])[] = [
    ['evt.arg', undefined, 'filter syntax error: evt.arg'],
    ['evt.arg', 'a', 'a is not a valid number'],
    ['evt.arg.nosuch', undefined, 'unknown event argument nosuch'],
    ['evt.arg.fdx', undefined, undefined],
    ['evt.arg.fd.x', undefined, undefined],
    ['evt.argument', undefined, 'filter syntax error: evt.argument'],
    ['evt.argsx', undefined, undefined],
    ['evt.rawarg', undefined, 'filter syntax error: evt.rawarg'],
    ['evt.rawarg', '0', 'evt.arg fields must be expressed explicitly'],
    ['evt.rawarg.nosuch', undefined, 'unknown event argument nosuch'],
    ['evt.around', undefined, 'filter syntax error: evt.around'],
    ['evt.around', 'x', 'x is not a valid number'],
    ['evt.around.x', undefined, 'wrong syntax for evt.around'],
    ['evt.type.is', undefined, 'filter syntax error: evt.type.is'],
    ['evt.type.is', '5', 'filter syntax error: evt.type.is[5]'],
    ['evt.type.is.nosuch', undefined, undefined],
    ['evt.abspath', '1', undefined],
    ['evt.abspath.x', undefined, undefined],
    ['argument.list', undefined, 'filter error: proc.arg filter not implemented yet'],
    ['thread.cgroup', undefined, 'filter syntax error: thread.cgroup'],
    ['thread.cgroup', 'cpu', 'filter syntax error: thread.cgroup[cpu]'],
    ['thread.cgroup_cpu', undefined, 'filter syntax error: thread.cgroup_cpu'],
    ['thread.cgroup.cpu9', undefined, undefined],
    ['thread.cgroupsx', undefined, undefined],
    ['container.label', undefined, "filter 'container.label': container.label requires an argument but none provided"],
    ['container.label.app', undefined, "filter 'container.label.app': container.label requires an argument but none provided"],
    ['k8s.rc.label', undefined, "filter 'k8s.rc.label': k8s.rc.label requires an argument but none provided"],
    ['container.id', '1', "filter 'container.id[1]': container.id does not allow nor require an argument but one is provided: 1"],
    ['container.label', 'a b', "filter 'container.label[a': container.label has unbalanced argument brackets"],
    ['container.label', ' a', "filter 'container.label[': container.label terminates with incomplete argument brackets"],
    ['container.label', 'a]b', undefined],
    ['container.ids', undefined, undefined],
    ['container.ids', '1', undefined],
    ['proc.name', '2', undefined],
    ['proc.nosuch', undefined, undefined],
    ['no.such', undefined, undefined],
  ];
  for (const [name, arg, error] of ERRORS)
    it(`refuses ${name}${arg === undefined ? '' : `[${arg}]`}`, () => {
      expect(bindField(name, arg)).to.deep.equal(error === undefined ? undefined : { error });
    });

  it('binds the fields of the container plug-in with their arguments', () => {
    expect(bindField('container.label', 'a')).to.have.property('arg', 'a');
    expect(bindField('container.labels')).to.have.property('arg', undefined);
    expect(bindField('container.mount.source', '/etc')).to.have.property('verbatim', true);
  });

  it('knows which texts have a format for numbers, as their lengths are', () => {
    const formats =
      ['evt.res', 'fd.type', 'fd.types', 'fdlist.cports', 'container.name', 'k8s.pod.labels', 'proc.name', 'evt.dir', 'fdlist.nums', 'fdlist.names'] // prettier-ignore
        .map((name) => (bindField(name) as BoundField).format);
    expect(formats).to.deep.equal(['dec', 'dec', 'dec', 'dec', 'dec', 'dec', 'na', 'na', 'id', 'na']);
  });

  for (const name of ['evt.arg.fd', 'evt.rawarg.flags', 'evt.type.is.open', 'evt.abspath.src', 'evt.abspath'])
    it(`binds ${name}`, () => expect(bindField(name)).to.have.property('get'));

  it('lists what Falco lists', function () {
    if (!hasOracle()) this.skip();
    interface Argument {
      readonly required: boolean;
      /** Only plug-ins say which. */
      readonly type: readonly ('INDEX' | 'KEY')[];
    }
    type Listed = {
      class: string;
      fields: { name: string; type: string; is_list: boolean; argument: Argument | null }[];
    }[];
    const theirs = (JSON.parse(readFileSync(oraclePath('tables/fields.json'), 'utf8')) as Listed).map(
      ({ class: name, fields }) => ({
        name,
        fields: fields.map((field) => ({
          name: field.name,
          type: field.type,
          list: field.is_list,
          // It is not, whatever the list says.
          required: field.name === 'evt.abspath' ? false : field.argument?.required,
          ...(name.includes('plugin') && {
            index: field.argument?.type.includes('INDEX') === true,
            key: field.argument?.type.includes('KEY') === true,
          }),
        })),
      }),
    );
    const ours = allFields.map(({ name, fields }) => ({
      name,
      fields: fields
        .filter(({ hidden, deprecated }) => !hidden && !deprecated)
        .map((field) => ({
          name: field.name,
          type: field.type,
          list: field.list === true,
          required: field.arg?.required,
          ...(name.includes('plugin') && {
            index: field.arg?.index !== undefined,
            key: field.arg?.key !== undefined,
          }),
        }))
        .sort(byName),
    }));
    for (const { fields } of theirs) fields.sort(byName);
    expect(ours).to.deep.equal(theirs);
  });
});
