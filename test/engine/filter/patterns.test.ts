import { expect } from 'chai';
import fc from 'fast-check';
import { compileGlob } from '../../../engine/filter/glob.ts';
import { compilePathPrefixes } from '../../../engine/filter/path-prefixes.ts';
import { compileRegex } from '../../../engine/filter/regex.ts';

const textOf = (alphabet: string, maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength }).map((units) => units.join(''));

/** fnmatch as a definition: no brackets, exponential. */
function fnmatch(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const [head, rest] = [pattern[0]!, pattern.slice(1)];
  if (head === '*') return fnmatch(rest, text) || (text !== '' && fnmatch(pattern, text.slice(1)));
  if (text === '') return false;
  if (head === '\\') return rest !== '' && rest[0] === text[0] && fnmatch(rest.slice(1), text.slice(1));
  return (head === '?' || head === text[0]) && fnmatch(rest, text.slice(1));
}

/** pmatch as a definition, for paths without globs. */
const isBelow = (path: string, text: string): boolean => {
  const parts = (one: string) => one.split('/').filter((part) => part !== '');
  return parts(path).every((part, i) => parts(text)[i] === part);
};

describe('glob', () => {
  // As fnmatch(3) of the GNU C library answers.
  const cases: readonly [pattern: string, text: string, matches: boolean, fold?: true][] = [
    ['/etc*', '/etc/a/b', true],
    ['[!a]b', 'ab', false],
    ['[^a]b', 'cb', true],
    ['[]a]', ']', true],
    ['[a-c]x', 'bx', true],
    ['[a-', '[a-', true],
    ['[a', '[a', true],
    ['[[:digit:]]*', '5a', true],
    ['[[:nope:]]', 'a', false],
    ['[\\]]', ']', true],
    ['a\\', 'a', false],
    ['a\\', 'a\\', false],
    ['\\*', '*', true],
    ['{a,b}', 'a', false],
    ['[A-C]', 'b', true, true],
    ['AB*', 'abc', true, true],
    ['AB*', 'abc', false],
    ['\xe9?', '\xe9\xc9', true],
    ['\xe9', '\xc9', false, true],
    ['[[=a=]-c]', 'b', true],
    ['[z-a]', 'z', false],
    ['[[.a.]b]', 'a', true],
    ['[[.ab.]c]', 'c', false],
    ['[[.]x', '[x', false],
    ['[[=]x', '[x', true],
    ['', '', true],
    ['**', '', true],
  ];
  for (const [pattern, text, matches, fold = false] of cases)
    it(`${JSON.stringify(pattern)} and ${JSON.stringify(text)}${fold ? ' in any case' : ''}`, () => {
      expect(compileGlob(pattern, fold)(text)).to.equal(matches);
    });

  it('matches as the definition says', () => {
    fc.assert(
      fc.property(textOf('ab*?\\/', 7), textOf('ab/*', 7), (pattern, text) => {
        expect(compileGlob(pattern)(text)).to.equal(fnmatch(pattern, text));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not take long, whatever the pattern', () => {
    expect(compileGlob(`${'a*'.repeat(100)}b`)('a'.repeat(10_000))).to.equal(false);
  });
});

describe('pmatch', () => {
  const cases: readonly [paths: readonly string[], text: string, matches: boolean][] = [
    [['/etc'], '/etc/passwd', true],
    [['/etc/'], '/etc', true],
    [['/et'], '/etc', false],
    [['/etc/passwd'], '/etc', false],
    [['/'], '', true],
    [[''], 'x', true],
    [['/*'], '', false],
    [['*'], '127.0.0.1:80->1', true],
    [['/lib/*/lib*'], '/lib/x86/libc.so', true],
    [['/lib/*'], '/lib', false],
    [['//etc'], 'etc//x', true],
    [['/etc/../etc'], '/etc', false],
    [['/usr/lib', '/usr'], '/usr/bin', true],
    [['/usr', '/usr/lib'], '/usr/bin', true],
    [['/a/b', '/a/c'], '/a/c/d', true],
    [['/a*/x', '/ab/y'], '/ab/x', true],
    // The glob tried first (the last one) matches, its rest does not; the other one then meets the next component.
    [['/a?/y', '/a*/x'], '/ab/y', false],
    [[], '/', false],
  ];
  for (const [paths, text, matches] of cases)
    it(`(${paths.join(', ')}) and ${JSON.stringify(text)}`, () => {
      expect(compilePathPrefixes(paths)(text)).to.equal(matches);
    });

  it('finds the prefixes that comparing component by component finds', () => {
    fc.assert(
      fc.property(fc.array(textOf('ab/', 6), { maxLength: 4 }), textOf('ab/', 8), (paths, text) => {
        const expected = paths.some((path) => isBelow(path, text));
        expect(compilePathPrefixes(paths)(text)).to.equal(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('regex', () => {
  const cases: readonly [pattern: string, text: string, matches: boolean][] = [
    ['c|cat', 'cat', true],
    ['ca', 'cat', false],
    ['a+?', '', true],
    ['a**', 'aaa', true],
    ['.*', 'a\nb', false],
    ['(.|\n)*', 'a\nb', true],
    ['[^a]', '\n', true],
    ['a$\n^b', 'a\nb', true],
    ['\\x41', 'A', true],
    ['a{2', 'a{2', true],
    ['..', '\xc3\xa9', false],
    ['.', '\xc3\xa9', true],
    ['\xc3\xa9+', '\xc3\xa9\xc3\xa9', true],
    // What is no UTF-8 matches nothing, but RE2 lets overlong forms pass.
    ['.', '\xff', false],
    ['.*', 'a\xc3', false],
    ['.', '\xe0\x80\x80', true],
    ['.', '\xed\xa0\x80', true],
    ['', '', true],
  ];
  for (const [pattern, text, matches] of cases)
    it(`${JSON.stringify(pattern)} and ${JSON.stringify(text)}`, () => {
      expect(compileRegex(pattern)(text)).to.equal(matches);
    });

  it('matches the whole text as JavaScript does, where both mean the same', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '.', 'a*', 'b+', '(a|b)', '[^a]', 'b?', '(ab)*'), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(pattern, textOf('ab', 7), (parts, text) => {
        const expected = new RegExp(`^(?:${parts.join('')})$`).test(text);
        expect(compileRegex(parts.join(''))(text)).to.equal(expected);
      }),
      { numRuns: 500 },
    );
  });

  const errors: readonly [pattern: string, message: string][] = [
    ['(?i)a', 'no argument for repetition operator: ?'],
    ['\\d', 'invalid escape sequence: \\d'],
    ['[\\w]', 'invalid escape sequence: \\w'],
    ['a\\', 'trailing \\'],
    ['[[:foo:]]', 'invalid character class range: [:foo:]'],
    ['(a{100}){100}', 'invalid repetition size: {100}'],
    ['\xff', 'invalid UTF-8'],
    ['(', 'missing ): ('],
    ['a|*', 'no argument for repetition operator: *'],
  ];
  for (const [pattern, message] of errors)
    it(`refuses ${JSON.stringify(pattern)}`, () => {
      expect(() => compileRegex(pattern)).to.throw(`invalid regex pattern: ${message}`);
    });
});
