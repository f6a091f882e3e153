import { expect } from 'chai';
import fc from 'fast-check';
import type { YamlNode, YamlScalar } from '../../../rules/yaml/node.ts';
import { readYaml } from '../../../rules/yaml/read.ts';
import { scalarPlaces } from '../../../rules/yaml/scalar-places.ts';
import { YamlSource } from '../../../rules/yaml/source.ts';

function scalarsOf(node: YamlNode): YamlScalar[] {
  switch (node.kind) {
    case 'scalar':
      return [node];
    case 'null':
      return [];
    case 'sequence':
      return node.items.flatMap(scalarsOf);
    case 'map':
      return node.pairs.flatMap(([key, value]) => [...scalarsOf(key), ...scalarsOf(value)]);
  }
}

/** The first scalar of a document and the places of its bytes. */
function placed(text: string): { value: string; places: number[] } {
  const scalar = readYaml(text).flatMap(scalarsOf)[0]!;
  return { value: scalar.value, places: [...scalarPlaces(new YamlSource(text), scalar)] };
}

describe('scalarPlaces', () => {
  const cases: [about: string, text: string, value: string, places: number[]][] = [
    ['plain', '- ab c', 'ab c', [2, 3, 4, 5]],
    ['plain over lines', '- ab\n   c\n\n  d', 'ab c\nd', [2, 3, 4, 8, 9, 13]],
    ['behind a tag and an anchor', '- !!str &x ab', 'ab', [11, 12]],
    ['literal', '- |\n  ab\n\n  c', 'ab\n\nc', [6, 7, 8, 9, 12]],
    ['folded, with a header', '- >-  # why\n  ab\n   c\n  d', 'ab\n c\nd', [14, 15, 16, 17, 20, 21, 24]],
    ['single quotes', "- 'a''b\n  c'", "a'b c", [3, 4, 6, 7, 10]],
    ['double quotes', '- "a\\n\\"\\u00e9b"', 'a\n"\xc3\xa9b', [3, 4, 6, 8, 8, 14]],
    ['a break that is escaped', '- "a\\\n  b"', 'ab', [3, 8]],
    ['CRLF', '- a\r\n  b', 'a b', [2, 3, 7]],
  ];
  for (const [about, text, value, places] of cases)
    it(about, () => expect(placed(text)).to.deep.equal({ value, places }));

  it('finds every byte that is no white space, whatever the style', () => {
    const line = fc.stringMatching(/^[a-z(][a-z ='"(),]{0,12}[a-z)]$/);
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('|', '>', '>-', '|+', "'", '"', ''),
        (lines, style) => {
          const quoted =
            style === "'"
              ? lines.map((one) => one.replaceAll("'", "''"))
              : lines.map((one) => one.replaceAll('"', '\\"'));
          const text =
            style === "'" || style === '"'
              ? `- ${style}${quoted.join('\n\n    ')}${style}\n`
              : style === ''
                ? `- ${lines.join('\n    ')}\n`
                : `- ${style}\n    ${lines.join('\n      ')}\n`;
          const { value, places } = placed(text);
          [...value].forEach((unit, i) => {
            if (/\s/.test(unit)) return;
            const at = places[i]!;
            expect(text[at] === '\\' ? text[at + 1] : text[at], text).to.equal(unit);
            if (i > 0) expect(at, text).to.be.greaterThan(places[i - 1]!);
          });
        },
      ),
    );
  });
});
