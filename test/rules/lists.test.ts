import { expect } from 'chai';
import type { ListItem } from '../../rules/items.ts';
import { resolveLists, substituteLists } from '../../rules/lists.ts';

const items = {
  shells: ['sh', 'bash'],
  none: [],
  spaced: ['two words', '"quoted one"'],
  etc: ['feline'],
  in: ['pmatch'],
  'a b': ['c'],
};
const lists = [
  ...resolveLists(
    new Map(Object.entries(items).map(([name, items]) => [name, { name, items } as unknown as ListItem])),
  ).values(),
];

describe('substituteLists', () => {
  const cases: [condition: string, expected: string][] = [
    ['proc.name = (shells)', 'proc.name = ( sh, bash )'],
    ['proc.name = shells', 'proc.name = sh, bash '],
    ['x=shells,y', 'x= sh, bash ,y'],
    ['x = (shellsx, xshells, "shells")', 'x = (shellsx, xshells, "shells")'],
    ['x contains "ls etc x"', 'x contains "ls feline x"'],
    ['x = (a, none, b)', 'x = (a  , b)'],
    ['x = (none, b)', 'x = (   b)'],
    ['x = (none)', 'x = (  )'],
    ['x = (spaced)', 'x = ( "two words", "quoted one" )'],
    ['x in (y)', 'x pmatch (y)'],
    ['x = (a b)', 'x = ( c )'],
    ['shells and shells', 'sh, bash and sh, bash '],
  ];
  for (const [condition, expected] of cases)
    it(condition, () => {
      expect(substituteLists(condition, lists)).to.equal(expected);
    });

  it('tells which lists were used', () => {
    for (const list of lists) list.used = false;
    substituteLists('x = (shells)', lists);
    expect(lists.filter(({ used }) => used).map(({ name }) => name)).to.deep.equal(['shells']);
  });
});
