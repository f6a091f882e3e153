import { expect } from 'chai';
import { hasColour } from '../../cli/terminal.ts';

describe('hasColour', () => {
  const cases: [name: string, isTTY: boolean, env: NodeJS.ProcessEnv, expected: boolean][] = [
    ['has colour on a terminal', true, { TERM: 'xterm' }, true],
    ['has none in a pipe', false, { TERM: 'xterm' }, false],
    ['has none where NO_COLOR is set', true, { TERM: 'xterm', NO_COLOR: '1' }, false],
    ['has some where NO_COLOR is empty', true, { TERM: 'xterm', NO_COLOR: '' }, true],
    ['has none on a terminal that knows none', true, { TERM: 'dumb' }, false],
  ];
  for (const [name, isTTY, env, expected] of cases)
    it(name, () => expect(hasColour({ isTTY }, env)).to.equal(expected));
});
