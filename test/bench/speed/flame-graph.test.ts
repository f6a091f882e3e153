import { expect } from 'chai';
import { flameGraphPage, foldProfile, hottest, type CpuProfile } from '../../../bench/speed/flame-graph.ts';

const callFrame = (functionName: string, lineNumber = 0, url = 'file:///x/code.js') => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 0,
});

/** (root) calls a twice (two nodes of one function) and b; each a calls b. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: callFrame('(root)', -1, ''), children: [2, 3, 5] },
    { id: 2, callFrame: callFrame('a', 9), children: [4] },
    { id: 3, callFrame: callFrame('b', 19) },
    { id: 4, callFrame: callFrame('b', 19) },
    { id: 5, callFrame: callFrame('a', 9), children: [6] },
    { id: 6, callFrame: callFrame('b', 19) },
  ],
  samples: [2, 4, 3, 5, 6, 6],
  timeDeltas: [7, 10, 20, 30, 40, 50],
};

describe('a flame graph', () => {
  const root = foldProfile(profile);

  it('gives each sample the time until the next, and makes equal calls one', () => {
    const b = (self: number) => ({ name: 'b', place: 'code.js:20', self, total: self, children: [] });
    expect(root).to.deep.equal({
      name: '(root)',
      place: '',
      self: 0,
      total: 150,
      children: [
        { name: 'a', place: 'code.js:10', self: 10 + 40, total: 120, children: [b(20 + 50)] },
        b(30),
      ],
    });
  });

  it('tells where the time was spent, whoever called', () => {
    expect(hottest(root, 2)).to.deep.equal([
      { name: 'b', place: 'code.js:20', self: 100 },
      { name: 'a', place: 'code.js:10', self: 50 },
    ]);
  });

  it('shows functions without a name, and takes no name for markup', () => {
    const page = flameGraphPage(
      '<title>',
      foldProfile({
        nodes: [
          { id: 1, callFrame: callFrame('(root)'), children: [2, 3] },
          { id: 2, callFrame: callFrame('') },
          { id: 3, callFrame: callFrame('</script><b>') },
        ],
        samples: [2, 3, 3],
        timeDeltas: [1, 1, 1],
      }),
    );
    expect(page).to.contain('(anonymous)');
    expect(page).to.not.contain('<b>');
    expect(page.match(/<\/script>/g)).to.have.lengthOf(1);
    expect(page).to.not.match(/(?:src|href)=/);
  });

  it('leaves out what is too narrow to be seen', () => {
    const page = flameGraphPage('t', {
      ...root,
      children: [...root.children, { name: 'narrow', place: '', self: 0.01, total: 0.01, children: [] }],
    });
    expect(page).to.contain('"n":"a"').and.not.contain('"n":"narrow"');
  });
});
