import { expect } from 'chai';
import { renderDiagnostic } from '../../cli/diagnostics.ts';
import type { Diagnostic } from '../../engine/index.ts';

describe('renderDiagnostic', () => {
  const source = (): string => 'first\n\tcond: proc.nam = cat\nlast';
  const base: Diagnostic = {
    code: 'X',
    severity: 'error',
    message: 'unknown field',
    file: 'r.yaml',
    line: 2,
    column: 8,
    endColumn: 16,
    hint: 'did you mean proc.name?',
  };
  const cases: [name: string, diagnostic: Diagnostic, text: string][] = [
    [
      'place, line, caret, hint',
      base,
      'r.yaml:2:8: error: unknown field (X)\n    2 | \tcond: proc.nam = cat\n      | \t      ^^^^^^^^\n  hint: did you mean proc.name?',
    ],
    [
      'a caret that would leave the line',
      { ...base, column: 18, endColumn: 90, hint: 'h' },
      'r.yaml:2:18: error: unknown field (X)\n    2 | \tcond: proc.nam = cat\n      | \t                ^^^^\n  hint: h',
    ],
    [
      'a line beyond the file',
      { ...base, line: 9 },
      'r.yaml:9:8: error: unknown field (X)\n  hint: did you mean proc.name?',
    ],
    [
      'a byte offset',
      { code: 'C', severity: 'warning', message: 'cut off', file: 'a.scap', offset: 12 },
      'a.scap at byte 12: warning: cut off (C)',
    ],
    [
      'a place in a text that is no file',
      {
        code: 'C',
        severity: 'error',
        message: 'm',
        text: 'a = 1 and\nb = 2',
        line: 2,
        column: 3,
      },
      'error: m (C)\n    2 | b = 2\n      |   ^',
    ],
    [
      'a line that the file does not show',
      { ...base, excerpt: 'the line', column: 5, endColumn: 9, hint: 'h' },
      'r.yaml:2:5: error: unknown field (X)\n    2 | the line\n      |     ^^^^\n  hint: h',
    ],
    [
      'a line that is too long for that',
      { ...base, excerpt: '', hint: 'h' },
      'r.yaml:2:8: error: unknown field (X)\n  hint: h',
    ],
    [
      'a long line: what is around its column',
      {
        ...base,
        excerpt: `${'a'.repeat(500)}HERE${'b'.repeat(500)}`,
        column: 501,
        endColumn: 505,
        hint: 'h',
      },
      `r.yaml:2:501: error: unknown field (X)\n    2 | …${'a'.repeat(99)}HERE${'b'.repeat(97)}…\n      | ${' '.repeat(100)}^^^^\n  hint: h`,
    ],
    [
      'the end of a long line',
      { ...base, excerpt: `${'a'.repeat(500)}!`, column: 501, endColumn: 502, hint: 'h' },
      `r.yaml:2:501: error: unknown field (X)\n    2 | …${'a'.repeat(199)}!\n      | ${' '.repeat(200)}^\n  hint: h`,
    ],
    ['no place', { code: 'C', severity: 'info', message: 'm' }, 'info: m (C)'],
  ];
  for (const [name, diagnostic, text] of cases)
    it(name, () => expect(renderDiagnostic(diagnostic, { source })).to.equal(text));

  it('colours when asked', () =>
    expect(renderDiagnostic(base, { source, colour: true })).to.contain('\x1b['));
  it('does without the file', () =>
    expect(renderDiagnostic({ ...base, file: '/nonexistent/r.yaml' })).to.equal(
      '/nonexistent/r.yaml:2:8: error: unknown field (X)\n  hint: did you mean proc.name?',
    ));
});
