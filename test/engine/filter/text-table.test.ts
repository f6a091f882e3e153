import { expect } from 'chai';
import fc from 'fast-check';
import { bindField } from '../../../engine/fields/index.ts';
import { compileCondition, type Check } from '../../../engine/filter/condition.ts';
import { parse } from '../../../engine/filter/parser.ts';
import { acceptAny, isTabled } from '../../../engine/filter/text-table.ts';

function checkOf(text: string): Check {
  const { tree } = compileCondition(parse(text), bindField);
  if (tree.kind !== 'check') throw new Error(`${text} is no single check`);
  return tree.check;
}

describe('a table of texts', () => {
  const cases: [condition: string, tabled: boolean][] = [
    ['fd.name = /etc/passwd', true],
    ['fd.name in (/etc/passwd, /etc/shadow)', true],
    ['fd.name startswith /etc', true],
    ['fd.name endswith .conf', true],
    ['fd.name != /etc/passwd', false],
    ['fd.name contains etc', false],
    ['fd.name pmatch (/etc)', false],
    ['fd.name startswith oneof (/etc, /dev)', false],
    ['fd.name exists', false],
    ['proc.aname = bash', false],
    ['fd.num in (1, 2)', false],
  ];
  for (const [condition, tabled] of cases)
    it(`${tabled ? 'takes' : 'leaves'} ${condition}`, () => {
      expect(isTabled(checkOf(condition))).to.equal(tabled);
    });

  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\xff'), maxLength: 4 });
  const quoted = text.map((constant) => `"${constant}"`);
  const check = fc.oneof(
    fc.tuple(fc.constantFrom('=', '==', 'startswith', 'endswith'), quoted).map((parts) => parts.join(' ')),
    fc.array(quoted, { minLength: 1, maxLength: 3 }).map((list) => `in (${list.join(', ')})`),
  );

  it('accepts what any of its checks accepts', () => {
    const value = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\xff', '\0'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(check, { minLength: 1, maxLength: 6 }), fc.array(value), (conditions, values) => {
        const checks = conditions.map((condition) => checkOf(`fd.name ${condition}`));
        const accepts = acceptAny(checks);
        for (const one of values)
          expect(accepts(one), JSON.stringify(one)).to.equal(checks.some((each) => each.accepts!(one)));
      }),
    );
  });
});
