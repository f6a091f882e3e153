import { expect } from 'chai';
import { compare } from '../../../bench/speed/baseline.ts';
import type { Section } from '../../../bench/speed/section.ts';
import { median, spread } from '../../../bench/speed/statistics.ts';
import { renderSection } from '../../../bench/speed/table.ts';

describe('medians', () => {
  const cases: [values: number[], middle: number][] = [
    [[3], 3],
    [[10, 9, 1], 9],
    [[4, 1, 3, 2], 2.5],
  ];
  for (const [values, middle] of cases)
    it(`of ${values.join(', ')}`, () => expect(median(values)).to.equal(middle));

  it('are what spread is measured in', () => expect(spread([4, 5, 6])).to.equal(0.4));
});

describe('a ratio and its baseline', () => {
  const cases: [ratio: number, before: number, change: number, worse: boolean][] = [
    [10.9, 10, 0.09, false],
    [11.1, 10, 0.11, true],
    [9, 10, -0.1, false],
    [5, 10, -0.5, false],
  ];
  for (const [ratio, before, change, worse] of cases)
    it(`${ratio} after ${before}`, () => {
      const comparison = compare(ratio, before)!;
      expect(comparison.change).to.be.closeTo(change, 1e-9);
      expect(comparison.worse).to.equal(worse);
    });

  it('cannot be compared where there is none', () => expect(compare(1, undefined)).to.equal(undefined));
});

describe('the table of a section', () => {
  const section: Section = {
    title: 'Title',
    legend: 'legend',
    columns: [
      { key: 'n', head: 'number', digits: 0 },
      { key: 'ratio', head: 'ratio', digits: 2 },
      { key: 'never', head: 'never', digits: 0 },
    ],
    measurements: [],
  };
  const rows = [
    { name: 'first', figures: { n: 1234567, ratio: 1.5 } },
    { name: 'second one', figures: { ratio: 12.345 } },
  ];

  it('leaves out columns without figures, and cells', () => {
    expect(renderSection(section, rows)).to.equal(`Title

                 number  ratio
  first       1 234 567   1.50
  second one             12.35

legend.
`);
  });

  it('says how rows stand to the baseline', () => {
    const lines = renderSection(section, rows, { first: 2 }).split('\n');
    expect(lines.slice(2, 5)).to.deep.equal(
      [
        '                 number  ratio  baseline',
        '  first       1 234 567   1.50     -25 %',
        '  second one             12.35       new',
      ].map((line) => line),
    );
  });

  it('marks what is worse', () => {
    expect(renderSection(section, rows, { first: 1, 'second one': 12 })).to.match(
      /first .* \+50 % WORSE\n.*second one .* \+3 %\n/,
    );
  });
});
