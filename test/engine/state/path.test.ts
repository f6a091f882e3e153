import { expect } from 'chai';
import fc from 'fast-check';
import { characterLength, concatenatePaths, MAX_PATH, sanitize } from '../../../engine/state/path.ts';

describe('concatenatePaths', () => {
  const cases: [base: string, path: string, result: string][] = [
    ['/home/u/', 'a', '/home/u/a'],
    ['/home/u/', '/etc/passwd', '/etc/passwd'],
    ['/home/u/', '', ''],
    ['/home/u/', '.', '/home/u'],
    ['/home/u/', './a/./b/.', '/home/u/a/b'],
    ['/home/u/', '..', '/home'],
    ['/home/u/', '../..', '/'],
    ['/home/u/', '../../../..', '/'],
    ['/home/u/', '../x//y/', '/home/x/y'],
    ['/home/u/', '...', '/home/u/...'],
    ['/home/u/', '..a/.b', '/home/u/..a/.b'],
    ['/', '/', '/'],
    ['', '//', '/'],
    ['', '/a//b///', '/a/b'],
    ['', 'a/../b', 'b'],
    ['', 'foo/../a', 'a'],
    ['/foo/', '../a', '/a'],
    ['', '/../a', '/a'],
    ['', '/a b/c', '/a b/c'],
    ['', '/a\x01b', '/a\xef\xbf\xbdb'],
    ['', '/caf\xc3\xa9', '/caf\xc3\xa9'],
    ['', '/\xff\xc3', '/\xef\xbf\xbd\xef\xbf\xbd'],
    ['', '/a\0b', '/a'],
    ['/b/', 'x'.repeat(1021), '/DIR_TOO_LONG/FILENAME_TOO_LONG'],
  ];
  for (const [base, path, result] of cases)
    it(`${JSON.stringify(base)} + ${JSON.stringify(path.slice(0, 20))}`, () => {
      expect(concatenatePaths(base, path)).to.equal(result);
    });

  it('keeps a path that it has made', () => {
    const part = fc.constantFrom('a', '.', '..', '/', 'b c', '\xc3\xa9', '\x01', '.x');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const once = concatenatePaths('', '/' + parts.join(''));
        expect(once.length).to.be.below(MAX_PATH);
        expect(concatenatePaths('', once)).to.equal(once);
      }),
    );
  });
});

describe('sanitize', () => {
  const REPLACED = '\xef\xbf\xbd';
  const cases: [text: string, clean: string][] = [
    ['plain', 'plain'],
    ['\x1b[0m', `${REPLACED}[0m`],
    ['\x7f', REPLACED],
    ['\xc2\x85', REPLACED],
    ['\xe2\x82\xac', '\xe2\x82\xac'],
    ['\xe2\x82', REPLACED],
    ['\xe2\x82x', `${REPLACED}x`],
    ['\xed\xa0\x80', REPLACED.repeat(3)],
    ['\xef\xbf\xbf', REPLACED],
    ['\xef\xb7\x90', REPLACED],
    ['\xf0\x9f\x98\x80', '\xf0\x9f\x98\x80'],
    ['\xf0\x9f\x98', REPLACED],
    ['\xf0\x9f\xbf\xbe', REPLACED],
    ['\xf4\x90\x80\x80', REPLACED.repeat(4)],
    ['\xc0\x80', REPLACED.repeat(2)],
  ];
  for (const [text, clean] of cases)
    it(JSON.stringify(text), () => {
      expect(sanitize(text)).to.equal(clean);
    });

  it('agrees with the decoder of the platform on what is UTF-8', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 4 }), (bytes) => {
        const text = String.fromCharCode(...bytes);
        const length = characterLength(text, 0);
        expect(Math.abs(length)).to.be.within(1, bytes.length);
        if (length > 1) expect([...decoder.decode(bytes.slice(0, length))]).to.have.length(1);
      }),
    );
  });
});
