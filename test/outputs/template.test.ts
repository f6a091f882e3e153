import { expect } from 'chai';
import fc from 'fast-check';
import { readAlert } from '../../outputs/alert.ts';
import { alertLine, compileTemplate, ESCAPES, TemplateError, type Escape } from '../../outputs/template.ts';

const alert = readAlert(
  JSON.stringify({
    rule: 'Read <it>',
    priority: 'Warning',
    time: '2026-01-31T12:34:56.123456789Z',
    hostname: 'h',
    tags: ['a', 'b'],
    output: '12:34:56.123456789: Warning k\u00e4se\nread "it"',
    output_fields: {
      'proc.name': 'cat',
      'proc.aname[2]': 'bash',
      'evt.rawres': -1,
      'fd.name': null,
      'proc.args': ['x', 1],
      cluster: 'eu & us',
      'proc.env[A B]': 'c',
      t: '\u00e9t\u00e9',
    },
  }),
  { input: 'in', received: 0 },
);

describe('compileTemplate', () => {
  const cases: readonly [string, string, Escape?][] = [
    ['', ''],
    ['%priority %rule on %hostname', 'Warning Read <it> on h'],
    ['%time %source %tags %input', '2026-01-31T12:34:56.123456789Z syscall (a,b) in'],
    ['%id', alert.id],
    ['%json', alert.json],
    ['%proc.name/%proc.aname[2]/%proc.env[A B]', 'cat/bash/c'],
    ['%proc.name.', 'cat.'],
    ['%fd.name %fd.num %evt.rawres %proc.args', '<NA> <NA> -1 (x,1)'],
    ['%cluster', 'eu & us'],
    ['%5proc.name|%2proc.name|', 'cat  |ca|'],
    ['100%% of %proc.name', '100% of cat'],
    ['%toupper(priority) %toupper(proc.name)', 'WARNING CAT'],
    ['%len(proc.name)', '3'],
    ['%toupper(fd.name)', '<NA>'],
    ['<b>%rule</b>', '<b>Read &lt;it&gt;</b>', 'html'],
    ['{"text":"%output"}', '{"text":"12:34:56.123456789: Warning k\u00e4se\\nread \\"it\\""}', 'json'],
    ['<!here> %rule %cluster', '<!here> Read &lt;it&gt; eu &amp; us', 'slack'],
    ['%output', '12:34:56.123456789: Warning k\u00e4se\\nread "it"', 'line'],
    ['/%cluster/%t', '/eu%20%26%20us/%C3%A9t%C3%A9', 'url'],
  ];
  for (const [source, text, escape] of cases)
    it(`${JSON.stringify(source)} is ${JSON.stringify(text.slice(0, 40))}`, () =>
      expect(compileTemplate(source, escape).text(alert)).to.equal(text));

  const bad: readonly [string, string, number][] = [
    ['a %', 'the name of a field was expected behind %, and the end was found', 2],
    ['100% of', 'the name of a field was expected behind %, and " of" was found', 3],
    ['%5', 'the name of a field was expected behind %, and the end was found', 0],
    ['x %toupper(proc.name', 'a parenthesis is not closed', 2],
    ['%nothing(proc.name)', '"nothing(proc.name)": unknown filter: unexpected token after \'', 0],
  ];
  for (const [source, message, at] of bad)
    it(`refuses ${JSON.stringify(source)}`, () => {
      try {
        compileTemplate(source);
        expect.fail('compiled');
      } catch (error) {
        expect(error).to.be.instanceOf(TemplateError);
        expect({ message: (error as Error).message, at: (error as TemplateError).at }).to.deep.equal({
          message,
          at,
        });
      }
    });

  it('compiles or refuses any text', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('%', 'a', '.', '(', ')', '[', ']', '5', '"', ' ', '\u00e9') }),
        (source) => {
          try {
            compileTemplate(source).text(alert);
          } catch (error) {
            expect(error).to.be.instanceOf(TemplateError);
          }
        },
      ),
    ));
});

describe('escapes', () => {
  it('keep any value within a string of JSON', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(JSON.parse(`"${ESCAPES.json(value)}"`)).to.equal(value);
      }),
    ));
  it('leave no line end in a line, and no tag in HTML', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        // eslint-disable-next-line no-control-regex
        expect(ESCAPES.line(value)).not.to.match(/[\u0000-\u001f\u2028\u2029]/);
        expect(ESCAPES.html(value)).not.to.match(/[<>"']/);
        expect(ESCAPES.slack(value)).not.to.match(/[<>]/);
        ESCAPES.url(value);
      }),
    ));
});

describe('alertLine', () => {
  it("is Falco's line, in one line", () =>
    expect(alertLine(alert)).to.equal('12:34:56.123456789: Warning k\u00e4se\\nread "it"'));
  it('says what is known where there is no line', () =>
    expect(alertLine({ ...alert, output: '' })).to.equal(
      '2026-01-31T12:34:56.123456789Z: Warning Read <it>',
    ));
});
