import { expect } from 'chai';
import { DiagnosticError, Machine, toBytes, type Diagnostic, type Event } from '../../engine/index.ts';
import { SYSCALL_CLOSE_X, SYSCALL_OPEN_X } from '../../engine/tables/codes.generated.ts';
import { compileFilter, engineLanguage, loadRules, type Definitions } from '../../rules/index.ts';
import { syntheticEvent } from '../event-bytes.ts';

const opened = (path: string): Event => applied(syntheticEvent(SYSCALL_OPEN_X, 7, 1, [3, path, 1, 0, 0, 0]));
const closed = (): Event => applied(syntheticEvent(SYSCALL_CLOSE_X, 7, 2, [0, 3]));

function applied(event: Event): Event {
  new Machine().apply(event);
  return event;
}

const definitions = (text: string): Definitions =>
  loadRules([{ name: 'r.yaml', content: toBytes(text) }], engineLanguage);

function diagnosticOf(text: string, known?: Definitions): Diagnostic {
  try {
    compileFilter(text, known);
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostic;
    throw error;
  }
  throw new Error(`${text} compiled`);
}

describe('compileFilter', () => {
  it('matches as the condition of a rule does', () => {
    const filter = compileFilter('evt.type = open and evt.rawarg.name endswith "ä"');
    const events = [opened(toBytes('/tmp/ä')), opened('/tmp/a'), closed()];
    expect(events.map((event) => filter.matches(event))).to.deep.equal([true, false, false]);
    expect(filter.warnings).to.deep.equal([]);
  });

  it('knows the macros and lists of rule files', () => {
    const known = definitions(
      '- list: kinds\n  items: [open, openat]\n- macro: opens\n  condition: evt.type in (kinds)\n',
    );
    for (const text of ['opens', 'evt.type in (kinds)']) {
      const filter = compileFilter(text, known);
      expect([opened('/a'), closed()].map((event) => filter.matches(event))).to.deep.equal([true, false]);
    }
  });

  const bad: [text: string, message: RegExp, line: number, column: number][] = [
    ['evt.type = open and proc.nam = cat', /nonexistent field proc\.nam/, 1, 21],
    ['evt.type = opne', /unknown event type opne/, 1, 12],
    ['proc.name = "é" and\r\n  fd.num = x', /x is not a valid number/, 2, 12],
    ['proc.name = "é" and fd.num = x', /x is not a valid number/, 1, 30],
    ['proc.name =', /expected/, 1, 12],
    ['', /empty/, 1, 1],
    ['evt.type = val(evt.dir)', /event code search/, 1, 1],
  ];
  for (const [text, message, line, column] of bad)
    it(`points into ${JSON.stringify(text)}`, () => {
      const diagnostic = diagnosticOf(text);
      expect(diagnostic.message).to.match(message);
      expect(diagnostic).to.deep.include({ code: 'LOAD_ERR_COMPILE_CONDITION', text, line, column });
    });

  it('points to a macro that is not known', () => {
    const diagnostic = diagnosticOf('evt.type = open and spawned');
    expect(diagnostic).to.deep.include({ code: 'LOAD_ERR_VALIDATE', line: 1, column: 21 });
    expect(diagnostic.message).to.equal("Undefined macro 'spawned' used in filter.");
  });

  it('points into the macro that is wrong, and says where it is named', () => {
    const known = definitions('- macro: wrong\n  condition: evt.type = open and no.such = 1\n');
    expect(diagnosticOf('evt.type = open and not wrong', known)).to.deep.include({
      message: 'filter_check called with nonexistent field no.such',
      file: 'r.yaml',
      line: 2,
      column: 34,
      endColumn: 41,
      notes: [
        {
          message: 'the condition uses the macro wrong here',
          text: 'evt.type = open and not wrong',
          line: 1,
          column: 25,
          endColumn: 30,
        },
      ],
    });
  });

  it('points into the text as it was given, and into lists', () => {
    const known = definitions(
      '- list: kinds\n  items: [open, openat]\n- list: bad\n  items:\n    - nosuch\n',
    );
    expect(diagnosticOf('evt.type in (kinds) and no.such = 1', known)).to.deep.include({
      text: 'evt.type in (kinds) and no.such = 1',
      line: 1,
      column: 25,
    });
    expect(diagnosticOf('evt.type in (kinds, bad)', known)).to.deep.include({
      message: 'unknown event type nosuch',
      file: 'r.yaml',
      line: 5,
      column: 7,
      endColumn: 13,
    });
  });

  it('warns of what is doubtful', () => {
    const messages = (text: string, known?: Definitions): string[] =>
      compileFilter(text, known).warnings.map(({ message }) => message);
    expect(messages('evt.type = open and proc.name = proc.pname')).to.deep.equal([
      "'proc.pname' may be a valid field misused as a const string value",
    ]);
    const known = definitions('- macro: odd\n  condition: evt.type = open and proc.name = proc.pname\n');
    expect(messages('evt.type = open and odd', known)).to.deep.equal([
      "'proc.pname' may be a valid field misused as a const string value",
    ]);
    expect(messages('not evt.type exists')).to.deep.equal(['no event can match this condition']);
  });
});
