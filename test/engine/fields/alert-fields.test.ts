import { expect } from 'chai';
import { alertValue, keyOf } from '../../../engine/fields/alert-fields.ts';
import type { FieldType, PrintFormat } from '../../../engine/fields/define.ts';
import type { JsonValue } from '../../../engine/json.ts';

describe('the value of a field in an alert', () => {
  const cases: readonly (readonly [JsonValue | undefined, FieldType, PrintFormat, unknown])[] = [
    ['FE00', 'INT32', 'hex', 0xfe00],
    ['FFFFFFFF', 'INT32', 'hex', -1],
    ['777', 'UINT32', 'oct', 0o777],
    ['9', 'UINT32', 'oct', undefined],
    ['0x', 'UINT32', 'hex', undefined],
    ['021880150', 'RELTIME', '10-padded-dec', 21880150],
    ['18446744073709551615', 'UINT64', 'dec', 18446744073709551615n],
    [18446744073709551615n, 'UINT64', 'dec', 18446744073709551615n],
    ['10.0.0.1', 'IPADDR', 'na', 0x0a000001],
    ['no address', 'IPADDR', 'na', undefined],
    [true, 'BOOL', 'na', true],
    ['true', 'BOOL', 'na', true],
    [5, 'CHARBUF', 'na', '5'],
    [null, 'INT64', 'dec', undefined],
    [undefined, 'INT64', 'dec', undefined],
  ];
  for (const [json, type, format, value] of cases)
    it(`${String(json)} as ${type} (${format}) is ${String(value)}`, () =>
      expect(alertValue(json, type, false, format)).to.equal(value));

  it('is a list where the field is one', () =>
    expect(alertValue(['file', 'pipe'], 'CHARBUF', true, 'dec')).to.deep.equal(['file', 'pipe']));

  it('stands under the name that Falco prints', () => {
    expect(keyOf('proc.name', undefined)).to.equal('proc.name');
    expect(keyOf('proc.aname', '2')).to.equal('proc.aname[2]');
    expect(keyOf('proc.env', 'A B')).to.equal('proc.env["A B"]');
  });
});
