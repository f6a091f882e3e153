import { expect } from 'chai';
import fc from 'fast-check';
import { JsonError, printJson, readJson } from '../../outputs/json.ts';

describe('readJson', () => {
  const cases: readonly [string, boolean][] = [
    ['{"a":1,"b":{"c":[true,false,null],"d":"x"}}', true],
    ['{}', true],
    ['[]', true],
    ['-12', true],
    ['1769862896123456789', true],
    ['0.5', true],
    ['"\\u001b\\n\\"\\\\"', true],
    ['"k\u00e4se \u2028 \u007f"', true],
    ['{"b":1,"a":2}', false],
    ['{"b":1,"a":2,"c":3}', false],
    ['{"a": 1}', false],
    [' {}', false],
    ['{} ', false],
    ['[1,\t2]', false],
    ['-0', false],
    ['1.0', false],
    ['1e3', false],
    ['1E30', false],
    ['"\\u0041"', false],
    ['"\\/"', false],
    ['"\\u001B"', false],
    ['"\ud800"', false],
  ];
  for (const [text, canonical] of cases)
    it(`${canonical ? 'knows' : 'does not take'} ${JSON.stringify(text)} ${canonical ? 'as' : 'for'} what would be printed`, () => {
      expect(readJson(text).canonical).to.equal(canonical);
      expect(printJson(readJson(text).value) === text).to.equal(canonical);
    });

  it('never takes a text for canonical that would be printed otherwise', () => {
    const text = fc
      .json({ maxDepth: 4 })
      .chain((json) =>
        fc.tuple(fc.constant(json), fc.nat(json.length), fc.constantFrom('', ' ', '0', '\\u0061', '"a":1,')),
      )
      .map(([json, at, more]) => json.slice(0, at) + more + json.slice(at));
    fc.assert(
      fc.property(text, (given) => {
        try {
          const { value, canonical } = readJson(given);
          if (canonical) expect(printJson(value)).to.equal(given);
        } catch (error) {
          if (!(error instanceof JsonError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes what is printed for canonical', () =>
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        const printed = printJson(readJson(json).value);
        expect(readJson(printed).canonical).to.equal(true);
      }),
    ));

  for (const text of ['{"a":1,"a":2}', '{"b":1,"a":2,"b":3}', '{"a":1,"c":2,"b":3,"c":4}'])
    it(`refuses a key that comes twice: ${text}`, () =>
      expect(() => readJson(text)).to.throw(JsonError, /comes twice/));
});
