import { expect } from 'chai';
import type { Section } from '../../cli/diff-report.ts';
import { renderMarkdown, renderText } from '../../cli/diff-text.ts';

const sections: readonly Section[] = [
  {
    mark: '~',
    title: 'rule a_b',
    lines: [
      { mark: ' ', text: 'condition:' },
      { mark: '~', text: '  in (```)' },
      { mark: '-', text: '  x' },
    ],
  },
  { mark: '+', title: 'list <l>', lines: [] },
];

describe('renderText', () => {
  it('puts the marks of lines in a column', () =>
    expect(renderText(sections, 'end', { width: 80, colour: false })).to.equal(
      '~ rule a_b\n    condition:\n  ~   in (```)\n  -   x\n\n+ list <l>\n\nend\n',
    ));
});

describe('renderMarkdown', () => {
  it('lets no text end its block or become a sign', () =>
    expect(renderMarkdown(sections, 'end')).to.equal(
      'end\n\n**~ rule a\\_b**\n\n````diff\n  condition:\n!   in (```)\n-   x\n````\n\n**+ list \\<l\\>**\n',
    ));
});
