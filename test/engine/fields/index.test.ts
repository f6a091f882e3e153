import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { allFields, bindField, findField } from '../../../engine/fields/index.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

describe('the registry of fields', () => {
  it('knows every field once', () => {
    const names = allFields.flatMap(({ fields }) => fields.map(({ name }) => name));
    expect(names).to.have.length(new Set(names).size);
    for (const name of names) expect(findField(name)?.name).to.equal(name);
  });

  it('describes every field', () => {
    for (const { fields } of allFields)
      for (const { name, desc } of fields) expect(desc, name).to.match(/^\S.{5,}\S$/s);
  });

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
    ['proc.name', '2', undefined],
    ['proc.nosuch', undefined, undefined],
    ['no.such', undefined, undefined],
  ];
  for (const [name, arg, error] of ERRORS)
    it(`refuses ${name}${arg === undefined ? '' : `[${arg}]`}`, () => {
      expect(bindField(name, arg)).to.deep.equal(error === undefined ? undefined : { error });
    });

  for (const name of ['evt.arg.fd', 'evt.rawarg.flags', 'evt.type.is.open', 'evt.abspath.src', 'evt.abspath'])
    it(`binds ${name}`, () => expect(bindField(name)).to.have.property('get'));

  it('lists what Falco lists', function () {
    if (!hasOracle()) this.skip();
    type Listed = { fields: { name: string; type: string; is_list: boolean; argument: unknown }[] }[];
    const classes = JSON.parse(readFileSync(oraclePath('tables/fields.json'), 'utf8')) as Listed;
    const listed = (name: string, type: string, list: boolean, arg: boolean) =>
      `${name} ${type}${list ? ' list' : ''}${arg ? ' []' : ''}`;
    const theirs = classes.flatMap(({ fields }) =>
      fields.map((field) => listed(field.name, field.type, field.is_list, field.argument !== null)),
    );
    const ours = allFields.flatMap(({ fields }) =>
      fields
        .filter(({ hidden, deprecated }) => !hidden && !deprecated)
        .map((field) => listed(field.name, field.type, field.list === true, field.arg !== undefined)),
    );
    expect(ours).to.have.members(theirs);
  });
});
