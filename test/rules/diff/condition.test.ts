import { expect } from 'chai';
import { fromBytes, parse } from '../../../engine/index.ts';
import { changeLines } from '../../../rules/index.ts';
import { compareConditions } from '../../../rules/diff/condition.ts';
import { PartTable } from '../../../rules/diff/parts.ts';

/** Names stand for checks here. */
function lines(old: string, next: string): string[] {
  const table = new PartTable();
  const changes = compareConditions(table.partOf(parse(old)), table.partOf(parse(next)));
  return changeLines(changes).map(({ mark, text }) => `${mark} ${fromBytes(text)}`);
}

describe('compareConditions', () => {
  const cases: [old: string, next: string, lines: string[]][] = [
    ['a', 'a', ['  a']],
    ['a', 'b', ['- a', '+ b']],
    ['a', 'not a', ['- a', '+ not a']],
    ['not not a', 'a', ['  a']],
    ['a and (b and c)', '((a and b)) and c', ['  a', '  and b', '  and c']],
    ['a', 'a and b', ['  and a', '+ and b']],
    ['a and b', 'b', ['- and a', '  and b']],
    ['a or b', '(a or b) and c', ['  … 1 unchanged part', '+ and c']],
    [
      'a and b and c and d',
      'a and b and x and c and d',
      ['  … 2 unchanged parts', '+ and x', '  … 2 unchanged parts'],
    ],
    ['a and b and c', 'c and a and b', ['+ and c', '  … 2 unchanged parts', '- and c']],
    [
      'a and not (b or c)',
      'a and not (b or c or (d and e))',
      [
        '  and a',
        '  and not (',
        '      … 2 unchanged parts',
        '+     or (',
        '+         d',
        '+         and e',
        '+     )',
        '  )',
      ],
    ],
    ['a and not b', 'a and not (b or c)', ['  and a', '  and not (', '      or b', '+     or c', '  )']],
    [
      'a and (b or c)',
      'a and (d or e)',
      ['  and a', '- and (', '-     b', '-     or c', '- )', '+ and (', '+     d', '+     or e', '+ )'],
    ],
    [
      'a and proc.name in (x, y, z)',
      'a and proc.name in (w, z, y)',
      ['  and a', '~ and proc.name in (… 2 unchanged, + w, - x)'],
    ],
    ['proc.name in (x, y)', 'proc.name in (y, x)', ['~ proc.name in (… 2 unchanged, in another order)']],
    ['proc.name in (x)', 'proc.name in ("y z")', ['~ proc.name in (+ "y z", - x)']],
    [
      'fd.name startswith anyof (x)',
      'fd.name endswith anyof (x)',
      ['- fd.name startswith anyof (x)', '+ fd.name endswith anyof (x)'],
    ],
    ['fd.num in (1)', 'fd.num = 1', ['- fd.num in (1)', '+ fd.num = 1']],
  ];
  for (const [old, next, expected] of cases)
    it(`${old} → ${next}`, () => expect(lines(old, next)).to.deep.equal(expected));

  it('tells values from lists and quoted from plain text', () => {
    for (const [old, next] of [
      ['proc.name in (a, b)', 'proc.name in ("a, b")'],
      ['proc.name in (a)', 'proc.name in ("(a)")'],
    ] as const)
      expect(lines(old, next).join()).to.match(/\+/);
  });

  it('cuts long lists', () => {
    const list = Array.from({ length: 40 }, (_, i) => `item${i}`).join(', ');
    expect(lines('a', `a and proc.name in (${list})`).at(-1)).to.match(
      /^\+ and proc\.name in \(item0, .*item10, … 29 more\)$/,
    );
  });

  it('compares thousands of alternatives that have nothing in common', () => {
    const alternatives = (letter: string): string =>
      Array.from(
        { length: 3000 },
        (_, i) => `(proc.name = ${letter}${i} and fd.num = ${letter.charCodeAt(0)})`,
      ).join(' or ');
    expect(lines(alternatives('a'), alternatives('b'))).to.have.lengthOf(3000 * 8);
  });
});

describe('changeLines', () => {
  it('gives a line to each check of what is new', () => {
    const part = new PartTable().partOf(parse('a and not (b or not (c and d))'));
    expect(changeLines([{ kind: 'added', part }]).map(({ mark, text }) => mark + text)).to.deep.equal([
      '+a',
      '+and not (',
      '+    b',
      '+    or not (',
      '+        c',
      '+        and d',
      '+    )',
      '+)',
    ]);
  });
});
