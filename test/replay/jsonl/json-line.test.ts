import { expect } from 'chai';
import fc from 'fast-check';
import { EncodingError, fromBytes, toBytes } from '../../../engine/index.ts';
import { columnOf, JsonLineError, parseJsonLine } from '../../../replay/jsonl/json-line.ts';

describe('parseJsonLine', () => {
  const right: readonly (readonly [line: string, value: unknown])[] = [
    ['{"a":1}', { a: 1 }],
    ['{"a":"é\u{1f600}"}', { a: toBytes('é\u{1f600}') }],
    ['{"a":"\\u00e9\\ud83d\\ude00\\u0041\\n\\\\u00e9"}', { a: toBytes('é\u{1f600}A\n\\u00e9') }],
    ['{"a":"\\ud83d\\udE00\\u20ac"}', { a: toBytes('\u{1f600}€') }],
    ['{"t":1700000000000000001,"n":-9007199254740993}', { t: '1700000000000000001', n: '-9007199254740993' }],
    ['[1700000000000000001]', ['1700000000000000001']],
    ['{"a":"x: 1700000000000000001, \\"y","b":900719925474099}', { a: 'x: 1700000000000000001, "y', b: 900719925474099 }],
    ['{"a":1700000000000000001.5}', { a: 1.7e18 }],
    ['{"a":17000000000000000e2}', { a: 17000000000000000e2 }],
    ['{"a":1e1700000000000000}', { a: Infinity }],
  ]; // prettier-ignore
  for (const [line, value] of right)
    it(line, () => {
      expect(parseJsonLine(toBytes(line))).deep.equals(value);
    });

  it('keeps bytes that are not UTF-8', () => {
    expect(parseJsonLine('"\xe9"')).equals('\xe9');
  });

  it('gives every text back, as bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
        for (const json of [JSON.stringify(text), escaped])
          expect(fromBytes(parseJsonLine(toBytes(json)) as string)).equals(text);
      }),
    ); // prettier-ignore
  });

  const wrong: readonly (readonly [
    line: string,
    message: RegExp,
    at: number | undefined,
    cutOff: boolean,
  ])[] = [
    ['{"a":1,}', /double-quoted property name/, 7, false],
    ['{a:1}', /property name/, 1, false],
    ['{"a":1} x', /after JSON/, 8, false],
    ['{"a":1', /in the middle of a value/, 6, true],
    ['{"a":"x', /in the middle of a value/, 7, true],
    ['{"a":', /in the middle of a value/, 5, true],
    ['{"a":"\\U00e9"}', /Bad escaped character/, 7, false],
    ['{"a":nul}', /Unexpected token/, undefined, false],
  ];
  for (const [line, message, at, cutOff] of wrong)
    it(`refuses ${line}`, () => {
      let thrown: unknown;
      try {
        parseJsonLine(line);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).instanceOf(JsonLineError);
      const error = thrown as JsonLineError;
      expect(error.message).matches(message);
      if (at !== undefined) expect(error.at).equals(at);
      expect(error.cutOff).equals(cutOff);
    });

  for (const line of ['"\\ud83d"', '"\\ude00"', '"\\u0041\\ude00"', '"\\ud83dx"'])
    it(`refuses half a character: ${line}`, () => {
      expect(() => parseJsonLine(line)).throws(EncodingError, /half a character/);
    });
});

describe('columnOf', () => {
  it('finds keys in keys', () => {
    const line = toBytes('{"é": 1, "flags": 2, "params": {"x": 1, "flags": 3}}');
    expect(columnOf(line, ['params', 'flags'])).equals(41);
    expect(columnOf(line, ['flags'])).equals(10);
    expect(columnOf(line, ['params', 'y'])).equals(22);
    expect(columnOf(line, ['none'])).equals(undefined);
  });
});
