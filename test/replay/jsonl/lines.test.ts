import { expect } from 'chai';
import fc from 'fast-check';
import { Lines } from '../../../replay/jsonl/lines.ts';

function split(text: string, sizes: readonly number[]): [lines: string[], rest: string | undefined] {
  const bytes = new Uint8Array(Buffer.from(text, 'latin1'));
  const lines = new Lines();
  const found: string[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    lines.release();
    const chunk = bytes.slice(at, at + size);
    lines.feed(chunk);
    for (let line = lines.next(); line !== undefined; line = lines.next()) found.push(line);
    at += size;
  }
  lines.release();
  const rest = lines.hasRest ? lines.rest() : undefined;
  expect(lines.number).equals(found.length + (rest === undefined ? 0 : 1));
  return [found, rest];
}

describe('lines of chunks', () => {
  const cases: readonly (readonly [text: string, lines: readonly string[], rest: string | undefined])[] = [
    ['', [], undefined],
    ['\n', [''], undefined],
    ['a\nb\n', ['a', 'b'], undefined],
    ['a\r\n\r\nb', ['a', ''], 'b'],
    ['a\rb\n\r', ['a\rb'], ''],
  ];
  for (const [text, lines, rest] of cases)
    for (const size of [1, 2, 100])
      it(`${JSON.stringify(text)} in chunks of ${size}`, () => {
        expect(split(text, [size])).deep.equals([lines, rest]);
      });

  it('are those of the text, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z\xe9]{0,20}$/), { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (lines, sizes) => {
          const [found, rest = ''] = split(lines.join('\n'), sizes);
          expect([...found, rest]).deep.equals(lines.length === 0 ? [''] : lines);
        },
      ),
    );
  });
});
