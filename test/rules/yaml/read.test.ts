import { expect } from 'chai';
import fc from 'fast-check';
import { YamlError, type YamlNode } from '../../../rules/yaml/node.ts';
import { readYaml } from '../../../rules/yaml/read.ts';

/** Nodes as plain values: text, null, arrays, and lists of pairs. */
function plain(node: YamlNode): unknown {
  switch (node.kind) {
    case 'null':
      return null;
    case 'scalar':
      return node.value;
    case 'sequence':
      return node.items.map(plain);
    case 'map':
      return { pairs: node.pairs.map((pair) => pair.map(plain)) };
  }
}

const read = (text: string): unknown[] => readYaml(text).map(plain);
const map = (...pairs: [unknown, unknown][]): unknown => ({ pairs });

function problem(text: string): string {
  try {
    readYaml(text);
  } catch (error) {
    if (error instanceof YamlError) return `${error.message} @${error.mark.offset}`;
    throw error;
  }
  return 'none';
}

// All of these were given to yaml-cpp at the commit that Falco 0.44.1 pins.
describe('readYaml', () => {
  const documents: [title: string, text: string, ...expected: unknown[]][] = [
    ['keeps text as it is', '- a: 010\n  b: "no"\n', [map(['a', '010'], ['b', 'no'])]],
    ['keeps both of two equal keys', '- a: 1\n  a: 2\n', [map(['a', '1'], ['a', '2'])]],
    ['knows no merge keys', '- <<: x\n', [map(['<<', 'x'])]],
    ['stops at an empty document', '- a\n---\n---\n- b: [\n', ['a']],
    ['stops at a null document', '- a\n--- ~\n--- \n- b\n', ['a']],
    ['goes on after an empty list', '[]\n---\n- a\n', [], ['a']],
    ['begins a new document where a root has ended', '- a: b\nc: d\n', [map(['a', 'b'])], map(['c', 'd'])],
    ['begins a new document beside an indented root', '  - a: b\n  c: d\n', [map(['a', 'b'])], map(['c', 'd'])],
    ['lets flow lists go on at any indentation', '- a:\n  - b: [\n  c,\nd\n  ]\n- e\n', [map(['a', [map(['b', ['c', 'd']])]]), 'e']],
    ['passes over comments in flow lists', "- [\n    'a',   # it's\n    b # c\n  ]\n", [['a', 'b']]],
    ['lets quotes go on at any indentation', '- a: "b\nc"\n  d: e\n', [map(['a', 'b c'], ['d', 'e'])]],
    ['lets an unclosed quote take the rest', "- a: 'b\n- c\n", [map(['a', 'b - c '])]],
    ['puts nulls for what is left away in flow lists', '- [a, , b]\n', [['a', null, 'b']]],
    ['reads single pairs in flow lists', '- [a: b]\n', [[map(['a', 'b'])]]],
    ['folds blocks', '- >\n\n   a\n     b\n\n   c\n', ['\na\n  b\n\nc\n']],
    ['keeps literal blocks', '- |2\n    a\n   b\n', ['  a\n b\n']],
    ['strips and keeps line ends', '- |-\n  a\n\n- |+\n  b\n\n', ['a', 'b\n\n']],
    ['folds plain text', '- a\n  b\n\n  c\n', ['a b\nc']],
    ['reads escapes as UTF-8', '- "\\x41\\u00e9\\N"\n', ['A\xc3\xa9\x85']],
    ['shares anchored nodes', '- &x [a]\n- *x\n', [['a'], ['a']]],
    ['takes tagged nulls for text', '- !!str ~\n- ~\n', ['~', null]],
    ['reads CR line ends', '- a: b\r  c: d\r', [map(['a', 'b'], ['c', 'd'])]],
    ['reads UTF-16', '\xff\xfe-\0 \0a\0', ['a']],
    ['passes over a byte order mark', '\xef\xbb\xbf- a\n', ['a']],
    ['takes a last word for a key', '- a: b\n  c\n', [map(['a', 'b'], ['c', null])]],
    ['lets text at the top go on at the margin', 'a\nb\n', 'a b'],
    ['breaks text at a lone CR, where places do not', '- a\rb: c\n', ['a'], map(['b', 'c'])],
    ['takes a NUL for a backslash', '- \0x41\n- a\0nb\n', ['A ', 'a\nb']],
    ['takes tags that say nothing for none', '- !<?> ~\n- !<> ~\n- !x ~\n- !a!b c\n', [null, null, '~', 'c']],
    ['names nothing', '- &a\n- *a\n', [null, null]],
    ['reads flow maps without keys or values', '- {a, b: c, : d}\n- [: a]\n- {? e}\n', [map(['a', null], ['b', 'c'], [null, 'd']), [map([null, 'a'])], map(['e', null])]],
    ['reads explicit keys', '- ? a\n  : b\n- ? c\n- [? d : e]\n', [map(['a', 'b']), map(['c', null]), [map(['d', 'e'])]]],
    ['needs no blank behind a colon after quotes', '- ["a":b]\n- [a:b]\n', [[map(['a', 'b'])], ['a:b']]],
    ['nests sequences on a line', '- - a\n  - b\n', [['a', 'b']]],
    ['keeps breaks round deeper lines', '- >\n a\n\n\n  b\n c\n', ['a\n\n\n b\nc\n']],
    ['reads on behind markers of ends', '- a\n---\n- b\n...\n- c\n', ['a'], ['b'], ['c']],
    ['passes over directives that it does not know', '%FOO\n---\n- a\n', ['a']],
    ['joins lines at a backslash', '- "a\\\n   b"\n- "a \\\n  b"\n', ['ab', 'a b']],
    ['takes what stands for the end of a text for text elsewhere', '- a\x04: b\n', [map(['a\x04', 'b'])]],
    ['takes keys up to 1024 bytes', `- ${'k'.repeat(1024)}: v\n`, [map(['k'.repeat(1024), 'v'])]],
    ['puts a lone surrogate in the place of what follows it', '\xff\xfe-\0 \0\x00\xd8a\0\n\0', ['\xef\xbf\xbd\xed\xa0\x80']],
  ]; // prettier-ignore
  for (const [title, text, ...expected] of documents)
    it(title, () => {
      expect(read(text)).to.deep.equal(expected);
    });

  const errors: [text: string, place: string, message: string, offset: number][] = [
    ['- a: b: c\n', 'line 1, column 7', 'illegal map value', 6],
    ['- a\n  b: c\n', 'line 2, column 4', 'illegal map value', 7],
    ['- a: b\n c: d\n', 'line 2, column 2', 'end of sequence not found', 8],
    ['a: b\n- c\n', 'line 2, column 1', 'end of map not found', 5],
    ['- a: "b"\n    c: d\n', 'line 2, column 5', 'end of map not found', 13],
    ['- "a" "b"\n', 'line 1, column 7', 'unexpected scalar', 6],
    ['- a: - b\n', 'line 1, column 6', 'illegal block entry', 5],
    ['- a: b\n\t\n', 'line 2, column 1', 'illegal tab when looking for indentation', 7],
    ['-\ta: b\n', 'line 1, column 4', 'illegal map value', 3],
    ['- @a\n', 'line 1, column 3', 'unknown token', 2],
    ['- *a\n', 'line 1, column 3', 'the referenced anchor is not defined: a', 2],
    ['- [a, b\n', 'line 2, column 1', 'end of sequence flow not found', 8],
    ['- [a b[c]]\n', 'line 1, column 7', 'end of sequence flow not found', 6],
    ['- {a: b: c}\n', 'line 1, column 8', 'end of map flow not found', 7],
    ['- [a}\n', 'line 1, column 5', 'illegal flow end', 4],
    ['- "\\q"\n', 'line 1, column 6', 'unknown escape character: q', 5],
    ['- "a', 'line 1, column 5', 'illegal EOF in scalar', 4],
    ['- |0\n  a\n', 'line 1, column 5', 'cannot set zero indentation for a block scalar', 4],
    ['%YAML 9.9\n---\n- a\n', 'line 1, column 1', 'YAML major version too large', 0],
    ['- !a! c\n', 'line 1, column 6', 'tag handle with no suffix', 5],
    ['- !a.b!c d\n', 'line 1, column 5', 'illegal character found while scanning tag handle', 4],
    ['- !<a\n', 'line 1, column 6', 'end of verbatim tag not found', 5],
    ['- !a !b c\n', 'line 1, column 6', 'cannot assign multiple tags to the same node', 5],
    ['- &a &b c\n', 'line 1, column 6', 'cannot assign multiple anchors to the same node', 5],
    ['- &a[b]\n', 'line 1, column 5', 'illegal character found while scanning anchor', 4],
    ['- *a[b]\n', 'line 1, column 5', 'illegal character found while scanning alias', 4],
    ['- &\n', 'line 1, column 4', 'anchor not found after &', 3],
    ['- [a?b]\n', 'line 1, column 5', 'unknown token', 4],
    ['- "a", b\n', 'line 1, column 6', 'unexpected scalar', 5],
    ['- [a\n,b]\n', 'line 2, column 1', 'plain value cannot start with flow indicator character', 5],
    ['- a:\n  - b\n - c\n', 'line 3, column 2', 'end of sequence not found', 12],
    ['- |\n\ta\n', 'line 2, column 1', 'illegal tab when looking for indentation', 4],
    ["- 'a\n---\nb'\n", 'line 2, column 1', 'illegal document indicator in scalar', 5],
    ['- a\n# c\n  b\n', 'line 3, column 3', 'end of sequence not found', 10],
    ['%TAG ! x\n%TAG ! y\n---\n- a\n', 'line 2, column 1', 'repeated TAG directive', 9],
    ['%TAG !\n---\n- a\n', 'line 1, column 1', 'TAG directives must have exactly two arguments', 0],
    ['%YAML 1.1 2\n---\n- a\n', 'line 1, column 1', 'YAML directives must have exactly one argument', 0],
    ['%YAML a\n---\n- a\n', 'line 1, column 1', 'bad YAML version: a', 0],
    ['%YAML 1.1\n%YAML 1.1\n---\n- a\n', 'line 2, column 1', 'repeated YAML directive', 10],
    ['- "a\\u00"\n', 'line 2, column 1', 'bad character found while scanning hex number', 10],
    ['- "\\ud800"\n', 'line 1, column 10', 'invalid unicode: 55296', 9],
    ['\t- a\n', 'line 1, column 2', 'illegal block entry', 1],
    ['- a\0\0b\n', 'line 3, column 1', 'unknown escape character: ', 5],
    [`- ${'k'.repeat(1025)}: v\n`, 'line 1, column 1028', 'illegal map value', 1027],
    [`- ${'['.repeat(600)}\n`, 'line 2, column 1', 'bad file', 603],
  ];
  for (const [text, place, message, offset] of errors)
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(problem(text)).to.equal(`yaml-cpp: error at ${place}: ${message} @${offset}`);
    });

  it('lets a collection hold itself', () => {
    const [document] = readYaml('- &a [*a]\n') as [Extract<YamlNode, { kind: 'sequence' }>];
    const item = document.items[0] as Extract<YamlNode, { kind: 'sequence' }>;
    expect(item.items[0]).to.equal(item);
  });

  it('counts places in bytes', () => {
    const [document] = readYaml('- \xc3\xa9: x\n  b: c\n');
    const item = (document as Extract<YamlNode, { kind: 'sequence' }>).items[0]!;
    const [first, second] = (item as Extract<YamlNode, { kind: 'map' }>).pairs;
    expect(first![1].mark).to.deep.equal({ offset: 6, line: 0, column: 6 });
    expect(second![0].mark).to.deep.equal({ offset: 10, line: 1, column: 2 });
  });

  it('neither crashes nor hangs on any text', () => {
    const piece = fc.constantFrom(
      ...['\n', '\r', ' ', '\t', ': ', '- ', '? ', '[', ']', '{', '}', ',', '#', '"', "'", '|', '>', '&a', '*a', '!', '%', '---', '...', 'a', '\\', '\0', '~'], // prettier-ignore
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        problem(pieces.join(''));
      }),
      { numRuns: 1500 },
    );
  });
});
