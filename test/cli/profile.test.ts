import { expect } from 'chai';
import { renderProfile } from '../../cli/profile.ts';

const rule = (name: string, events: number) => ({
  rule: name,
  events,
  matches: 3,
  seconds: 0.5,
  share: 0.25,
});
const check = (text: string) => ({
  check: text,
  rules: 2,
  times: 4000,
  held: 1000,
  seconds: 0.002,
  share: 1,
});

describe('renderProfile', () => {
  it('shows rules that were asked, and checks', () => {
    const profile = {
      seconds: 2,
      rules: [rule('First', 1_000_000), rule('Never asked', 0)],
      checks: [check('proc.name = x')],
    };
    expect(renderProfile(profile, false)).to.equal(
      `Time in the checks of rules that are asked one after the other: 2.00 s

 SHARE     EVENTS  NS/EVENT  MATCHES  RULE
25.0 %  1 000 000       500        3  First

  SHARE   MADE    TRUE  NS EACH  RULES  CHECK
100.0 %  4 000  25.0 %      500      2  proc.name = x`,
    );
  });

  it('shows the first of many, and the beginning of long checks', () => {
    const many = Array.from({ length: 23 }, (_, i) => `proc.name in (${'x, '.repeat(100)}${i})`);
    const text = renderProfile({ seconds: 2, rules: [], checks: many.map(check) }, false);
    expect(text).to.contain('… and 3 more checks (--json has all)');
    const lines = text.split('\n').filter((line) => line.includes('proc.name'));
    expect(lines).to.have.lengthOf(20);
    for (const line of lines) expect(line).to.match(/…$/).and.have.length.lessThan(140);
  });

  it('is in colour on terminals', () =>
    expect(renderProfile({ seconds: 0, rules: [], checks: [] }, true)).to.contain('\u001b[1m'));
});
