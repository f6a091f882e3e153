import { expect } from 'chai';
import type { Coverage, LeafCoverage } from '../../../rules/index.ts';
import { coverageHtml } from '../../../cli/coverage/html.ts';
import { coverageJson } from '../../../cli/coverage/json.ts';
import { coverageLcov } from '../../../cli/coverage/lcov.ts';
import { coverageText } from '../../../cli/coverage/text.ts';

const leaf = (
  text: string,
  column: number,
  held: number,
  failed: number,
  more: Partial<LeafCoverage> = {},
): LeafCoverage => ({
  text,
  place: { file: 'r.yaml', line: 3, column, endColumn: column + text.indexOf(' ') },
  held,
  failed,
  canHold: true,
  canFail: true,
  kind: 'check',
  unmatched: [],
  ...more,
});

const SOURCE = `- rule: A & B
  desc: d
  condition: evt.type = open and proc.name in (a, b) and fd.num < 3
`;

const coverage: Coverage = {
  routes: [],
  rules: [
    {
      name: 'A & B',
      place: { file: 'r.yaml', line: 1, column: 9 },
      fires: 2,
      silent: 0,
      leaves: [
        leaf('evt.type = open', 14, 3, 0, { canFail: false }),
        leaf('proc.name in (a, b)', 34, 3, 0, { unmatched: [{ value: 'b', place: {} }] }),
        leaf('fd.num < 3', 58, 0, 0),
      ],
      unusedExceptions: [{ name: 'x', place: { file: 'r.yaml', line: 9, column: 5 } }],
      possible: 5,
      seen: 2,
    },
    {
      name: 'C',
      place: { file: 'r.yaml', line: 20, column: 9 },
      fires: 1,
      silent: 1,
      leaves: [leaf('proc.name in (a, b)', 34, 1, 1)],
      unusedExceptions: [],
      possible: 2,
      seen: 2,
    },
  ],
  possible: 7,
  seen: 4,
};

describe('renderers of coverage', () => {
  it('text names what was not seen, where it stands', () => {
    expect(coverageText(coverage, {}, { width: 100, colour: false })).to.equal(
      `Coverage 57.1 % (4 of 7 outcomes of checks, in 2 rules)

A & B  40.0 %, 2 fires, no silent case  r.yaml:1:9
  never false  proc.name in (a, b)  r.yaml:3:34
  never made   fd.num < 3           r.yaml:3:58
  items never matched: b
  not applied  exception x  r.yaml:9:5
`,
    );
  });

  it('text says 100 % only of all', () => {
    const nearly = { rules: [], routes: [], possible: 100_000, seen: 99_999 };
    expect(coverageText(nearly, {}, { width: 100, colour: false })).to.contain('99.9 %');
  });

  it('JSON has everything', () => {
    const { percent, rules } = JSON.parse(coverageJson(coverage)) as {
      percent: number;
      rules: { percent: number; leaves: object[] }[];
    };
    expect(percent).to.be.closeTo(57.14, 0.01);
    expect(rules.map((rule) => [rule.percent, rule.leaves.length])).to.deep.equal([
      [40, 3],
      [100, 1],
    ]);
  });

  it('lcov has a branch for each way that is possible, all rules together', () => {
    expect(coverageLcov(coverage)).to.equal(`TN:
SF:r.yaml
FN:1,A & B
FN:20,C
FNDA:2,A & B
FNDA:1,C
FNF:2
FNH:2
BRDA:3,0,0,3
BRDA:3,1,0,4
BRDA:3,1,1,1
BRDA:3,2,0,-
BRDA:3,2,1,-
BRF:5
BRH:3
DA:3,0
LF:1
LH:0
end_of_record
`);
  });

  it('HTML colours the checks in the files, and obeys nothing in them', () => {
    const html = coverageHtml(coverage, new Map([['r.yaml', SOURCE]]));
    expect(html).to.contain('<mark class="full" title="true 3 times, false 0 times">evt.type = open</mark>');
    expect(html).to.contain(
      '<mark class="full" title="true 4 times, false 1 times">proc.name in (a, b)</mark>',
    );
    expect(html).to.contain('<mark class="none" title="true 0 times, false 0 times">fd.num &lt; 3</mark>');
    expect(html).to.contain('A &amp; B');
    expect(html).to.not.contain('A & B');
    expect(html).to.contain('href="#f722e79616d6c-1"').and.to.contain('id="f722e79616d6c-1"');
  });
});
