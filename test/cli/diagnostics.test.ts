import { expect } from 'chai';
import { renderDiagnostic, renderDiagnostics } from '../../cli/diagnostics.ts';
import { VERSION } from '../../cli/version.ts';
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
    [
      'another place that has to do with it',
      {
        ...base,
        notes: [{ message: 'used here', file: 'l.yaml', line: 1, column: 1, endColumn: 6 }, { message: 'n' }],
      },
      'r.yaml:2:8: error: unknown field (X)\n    2 | \tcond: proc.nam = cat\n      | \t      ^^^^^^^^\n' +
        '  l.yaml:1:1: note: used here\n    1 | first\n      | ^^^^^\n  note: n\n  hint: did you mean proc.name?',
    ],
    [
      'what a terminal would obey',
      { code: 'C', severity: 'error', message: 'a\x1bb', excerpt: 'c\x9b\x1b[1m', line: 1 },
      'error: a\\x1bb (C)\n    1 | c\ufffd\ufffd[1m',
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

describe('renderDiagnostics', () => {
  const diagnostics: Diagnostic[] = [
    {
      code: 'LOAD_ERR_VALIDATE',
      severity: 'error',
      message: '100% of\r\nlines',
      file: 'a b,c:d/r.yaml',
      line: 2,
      column: 3,
      endColumn: 5,
      notes: [{ message: 'defined here', file: '/etc/l.yaml', line: 7, column: 1 }],
      hint: 'a::b, c',
    },
    { code: 'X', severity: 'info', message: 'm', text: 'not shown', line: 1, column: 2 },
    { code: 'LOAD_ERR_VALIDATE', severity: 'warning', message: 'w', file: './r.yaml' },
  ];

  it('gives text, one diagnostic after the other', () =>
    expect(renderDiagnostics(diagnostics.slice(2), 'text')).to.equal(
      './r.yaml: warning: w (LOAD_ERR_VALIDATE)\n',
    ));

  it('gives nothing, or an empty document, for nothing', () => {
    expect(renderDiagnostics([], 'text')).to.equal('');
    expect(renderDiagnostics([], 'github')).to.equal('');
    expect(JSON.parse(renderDiagnostics([], 'json'))).to.deep.equal({ diagnostics: [] });
    expect(JSON.parse(renderDiagnostics([], 'sarif'))).to.have.nested.property('runs[0].results').that.is
      .empty;
  });

  it('gives JSON, without the text that places count in', () => {
    expect(JSON.parse(renderDiagnostics(diagnostics, 'json'))).to.deep.equal({
      diagnostics: [
        diagnostics[0],
        { code: 'X', severity: 'info', message: 'm', line: 1, column: 2 },
        diagnostics[2],
      ],
    });
  });

  it('escapes annotations as GitHub undoes it', () =>
    expect(renderDiagnostics(diagnostics, 'github').split('\n')).to.deep.equal([
      '::error file=a b%2Cc%3Ad/r.yaml,line=2,col=3,endColumn=5,title=LOAD_ERR_VALIDATE::' +
        '100%25 of%0D%0Alines%0A/etc/l.yaml:7:1: defined here%0Ahint: a::b, c',
      '::notice title=X::m',
      '::warning file=./r.yaml,title=LOAD_ERR_VALIDATE::w',
      '',
    ]));

  it('gives a SARIF log', () =>
    expect(JSON.parse(renderDiagnostics(diagnostics, 'sarif'))).to.deep.equal({
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'tiercel',
              version: VERSION,
              rules: [
                {
                  id: 'LOAD_ERR_VALIDATE',
                  shortDescription: { text: 'Error validating rule/macro/list/exception objects' },
                },
                { id: 'X' },
              ],
            },
          },
          columnKind: 'utf16CodeUnits',
          results: [
            {
              ruleId: 'LOAD_ERR_VALIDATE',
              ruleIndex: 0,
              level: 'error',
              message: { text: '100% of\r\nlines\nhint: a::b, c' },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'a%20b%2Cc%3Ad/r.yaml' },
                    region: { startLine: 2, startColumn: 3, endColumn: 5 },
                  },
                },
              ],
              relatedLocations: [
                {
                  id: 0,
                  physicalLocation: {
                    artifactLocation: { uri: 'file:///etc/l.yaml' },
                    region: { startLine: 7, startColumn: 1 },
                  },
                  message: { text: 'defined here' },
                },
              ],
            },
            { ruleId: 'X', ruleIndex: 1, level: 'note', message: { text: 'm' } },
            {
              ruleId: 'LOAD_ERR_VALIDATE',
              ruleIndex: 0,
              level: 'warning',
              message: { text: 'w' },
              locations: [{ physicalLocation: { artifactLocation: { uri: 'r.yaml' } } }],
            },
          ],
        },
      ],
    }));
});
