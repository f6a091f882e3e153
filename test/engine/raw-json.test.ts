import { expect } from 'chai';
import fc from 'fast-check';
import { toBytes } from '../../engine/bytes.ts';
import { JsonTextError } from '../../engine/json-text.ts';
import { RawJson } from '../../engine/raw-json.ts';

describe('JSON as it was written', () => {
  const parse = (text: string): RawJson => RawJson.parse(toBytes(text));

  for (const [text, keys, expected] of [
    ['{"a":{"b":[1,{"c":"x"}]}}', ['a', 'b', '1', 'c'], 'x'],
    [' { "a" : [ 1 , 2 ] } ', ['a'], '[1,2]'],
    ['{"n":12345678901234567890.10e+400}', ['n'], '12345678901234567890.10e+400'],
    ['{"a":1,"a":2}', ['a'], '1'],
    ['{"a\\u0062":1}', ['ab'], '1'],
    ['{"s":"\\u00e9\\ud83d\\ude00\\/\\n"}', ['s'], '\xc3\xa9\xf0\x9f\x98\x80/\n'],
    ['{"s":"\\q\\u12\\ud800x\\ud800\\u0041"}', ['s'], '\\q\\u12\\ud800x\xef\xbf\xbd'],
    ['{"s":"\\\\"}', ['s'], '\\'],
    ['{"s":"\\""}', ['s'], '"'],
    ['{"a":{"x":"\\u003c"}}', ['a'], '{"x":"\\u003c"}'],
    ['[[],[{}]]', ['1', '0'], '{}'],
    ['["x"]', ['+0'], 'x'],
    ['[NaN,-inf,1-2]', ['1'], '-inf'],
    ['{"":{"":1}}', ['', ''], '1'],
  ] as const)
    it(`gives ${keys.join('/')} of ${text}`, () => {
      expect(parse(text).get(...keys)?.text).to.equal(expected);
    });

  for (const [text, keys] of [
    ['{"a":1}', ['b']],
    ['{"a":1}', ['a', 'b']],
    ['[1]', ['1']],
    ['[1]', ['-1']],
    ['[1]', ['x']],
    ['"x"', ['0']],
  ] as const)
    it(`has no ${keys.join('/')} in ${text}`, () => expect(parse(text).get(...keys)).to.equal(undefined));

  for (const [text, values] of [
    ['{"a":1,"b":"x","a":[2]}', ['1', '"x"', '[2]']],
    ['{}', []],
    ['[1]', []],
    ['"a"', []],
  ] as const)
    it(`gives the values of ${text}, those of one name too`, () =>
      expect(parse(text).values.map(({ json }) => json)).to.deep.equal(values));

  for (const [text, at, cutOff] of [
    ['', 0, true],
    ['{"a":1', 6, true],
    ['{"a":"x', 5, true],
    ['{"a"', 4, true],
    ['[1,', 3, true],
    ['{"a":1}}', 7, false],
    ['{a:1}', 1, false],
    ['{"a":1,}', 7, false],
    ['[1 2]', 3, false],
    ['[tru]', 1, false],
    ['[-]', 1, false],
    ['['.repeat(300) + '1' + ']'.repeat(300), 300, false],
  ] as const)
    it(`refuses ${text.slice(0, 20)}`, () => {
      try {
        parse(text);
      } catch (error) {
        if (!(error instanceof JsonTextError)) throw error;
        expect({ at: error.at, cutOff: error.cutOff }).to.deep.equal({ at, cutOff });
        return;
      }
      expect.fail('it was taken');
    });

  it('takes values in one another 300 deep', () => {
    const text = '['.repeat(300) + ']'.repeat(300);
    expect(parse(text).json).to.equal(text);
  });

  it('gives back whatever JSON there is, without its blanks, and reads its values as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(4), (json, indent) => {
        const value: unknown = JSON.parse(json);
        const raw = parse(JSON.stringify(value, undefined, indent));
        expect(raw.json).to.equal(toBytes(JSON.stringify(value)));
        if (raw.kind !== 'object') return;
        for (const key of Object.keys(value as object))
          expect(raw.get(toBytes(key))?.json).to.equal(toBytes(JSON.stringify((value as never)[key])));
      }),
    );
  });

  it('never fails but with its own error', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[[\]{}",:\\u0-9 tfn-]{0,40}$/), (text) => {
        try {
          const raw = parse(text);
          expect(raw.get('a', '0')?.text ?? '').to.be.a('string');
        } catch (error) {
          if (!(error instanceof JsonTextError)) throw error;
          expect(error.at).to.be.within(0, text.length);
        }
      }),
    );
  });
});
