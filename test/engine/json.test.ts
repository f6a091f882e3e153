import { expect } from 'chai';
import fc from 'fast-check';
import { byteString, bytesOf, toBytes } from '../../engine/bytes.ts';
import { Double, fieldText, toJson, type JsonValue } from '../../engine/json.ts';

const CASES: readonly (readonly [value: JsonValue, json: string])[] = [
  ['', '""'],
  ['a"b\\c/\b\f\n\r\t\x01\x7f', '"a\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\x7f"'],
  [toBytes('é'), toBytes('"é"')],
  ['\xff', toBytes('"\ufffd"')],
  ['\xe2\x82', toBytes('"\ufffd"')],
  ['\xef\xbb\xbfx', '"\xef\xbb\xbfx"'],
  [0, '0'],
  [-1, '-1'],
  [2n ** 64n - 1n, '18446744073709551615'],
  [true, 'true'],
  [null, 'null'],
  [[1, 'a', null], '[1,"a",null]'],
  [
    new Map<string, JsonValue>([
      ['b', 1],
      ['B', 2],
      ['a.b', 3],
      ['a', new Map()],
    ]),
    '{"B":2,"a":{},"a.b":3,"b":1}',
  ],
  [new Double(0), '0.0'],
  [new Double(-0), '-0.0'],
  [new Double(0.054931640625), '0.054931640625'],
  [new Double(9.5367431640625e-5), '9.5367431640625e-05'],
  [new Double(123456789012345), '123456789012345.0'],
  [new Double(1e15), '1e+15'],
  [new Double(1.5e300), '1.5e+300'],
  [new Double(NaN), 'null'],
];

describe('JSON', () => {
  for (const [value, json] of CASES) it(`prints ${json}`, () => expect(toJson(value)).to.equal(json));

  it('keeps the order of keys when asked', () => {
    const inner = new Map<string, JsonValue>([
      ['z', 1],
      ['a', 2],
    ]);
    const value = new Map<string, JsonValue>([
      ['y', [inner]],
      ['b', inner],
    ]);
    expect(toJson(value, 'given')).to.equal('{"y":[{"z":1,"a":2}],"b":{"z":1,"a":2}}');
    expect(toJson(value)).to.equal('{"b":{"a":2,"z":1},"y":[{"a":2,"z":1}]}');
  });

  const TEXTS: readonly (readonly [text: string, clean: string])[] = [
    ['a\0b', 'a'],
    ['a\nb', 'a\nb'],
    ['\xc3\xa9', '\xc3\xa9'],
    ['\xff', '\xef\xbf\xbd'],
    ['\xc3', '\xef\xbf\xbd'],
    // The byte behind a first byte is taken with it, whatever it is.
    ['\xc3(', '\xc3\xa8'],
    ['\xc0\x80', '\xef\xbf\xbd'],
    ['\xed\xa0\x80x', '\xef\xbf\xbdx'],
    ['\xf0\x9f\x90\xa6', '\xf0\x9f\x90\xa6'],
  ];
  for (const [text, clean] of TEXTS)
    it(`cleans ${JSON.stringify(text)}`, () => expect(fieldText(text)).to.equal(clean));

  it('is UTF-8 that says the same, whatever the text is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        const text = byteString(bytes, 0, bytes.length);
        const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
        expect(JSON.parse(decoder.decode(bytesOf(toJson(text))))).to.equal(
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
        );
        decoder.decode(bytesOf(fieldText(text)));
      }),
    );
  });
});
