import { expect } from 'chai';
import fc from 'fast-check';
import { markdownTable, renderRows, wrap, type Row } from '../../cli/columns.ts';

const plain = { width: 60, colour: false };

describe('wrap', () => {
  const cases: [name: string, text: string, width: number, lines: string[]][] = [
    ['a short text', 'one two', 10, ['one two']],
    ['a text as wide as the line', 'one two', 7, ['one two']],
    ['a longer text', 'one two', 6, ['one', 'two']],
    ['a word that is too long', 'a longwordindeed b', 6, ['a', 'longwordindeed', 'b']],
    ['nothing', '', 10, ['']],
  ];
  for (const [name, text, width, lines] of cases)
    it(`breaks ${name}`, () => expect(wrap(text, width)).to.deep.equal(lines));

  it('loses no word, and keeps to the width where words allow', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), (list, width) => {
        const lines = wrap(list.join(' '), width);
        expect(lines.join(' ')).to.equal(list.join(' '));
        for (const line of lines) expect(line.length <= width || !line.includes(' ')).to.equal(true);
      }),
    );
  });
});

describe('rows', () => {
  const cases: [name: string, rows: Row[], lines: string[]][] = [
    [
      'stand in columns',
      [
        { names: ['a'], kind: 'INT', text: 'First.' },
        { names: ['long.name'], kind: 'I', text: 'Second.' },
      ],
      ['  a          INT  First.', '  long.name  I    Second.'],
    ],
    [
      'wrap their text beside the other columns',
      [{ names: ['a'], kind: 'K', text: 'word '.repeat(12).trim() }],
      ['  a  K  word word word word word word word word word word', '        word word'],
    ],
    [
      'have their names below one another',
      [{ names: ['a', 'a[N]', 'a.N'], kind: 'K', text: 'Text.' }],
      ['  a     K  Text.', '  a[N]', '  a.N'],
    ],
    [
      'leave lines of their own to names that are too wide',
      [
        { names: ['n'.repeat(33), 'n[X]'], kind: 'K', text: 'Text.' },
        { names: ['m'], kind: 'K', text: 'Text.' },
      ],
      [`  ${'n'.repeat(33)}`, '  n[X]', `${' '.repeat(36)}K  Text.`, `  m${' '.repeat(33)}K  Text.`],
    ],
    ['need no kind', [{ names: ['a'], kind: '', text: 'Text.' }], ['  a  Text.']],
  ];
  for (const [name, rows, lines] of cases)
    it(name, () => expect(renderRows(rows, plain).split('\n')).to.deep.equal(lines));

  it('have colour only where it is asked for', () => {
    const rows = [{ names: ['a'], kind: 'K', text: 'Text.' }];
    const coloured = renderRows(rows, { width: 60, colour: true });
    expect(coloured).to.contain('\x1b[1ma\x1b[22m');
    // eslint-disable-next-line no-control-regex
    expect(coloured.replace(/\x1b\[\d+m/g, '')).to.equal(renderRows(rows, plain));
  });
});

describe('a table in Markdown', () => {
  it('escapes bars', () =>
    expect(markdownTable(['a', 'b'], [['x|y', '`1|2`']])).to.equal(
      '| a | b |\n|---|---|\n| x\\|y | `1\\|2` |',
    ));
});
