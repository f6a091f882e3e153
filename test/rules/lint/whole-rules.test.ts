import { expect } from 'chai';
import { findings, lintText, pointedAt, rule } from './lint-text.ts';

const macro = (name: string, condition: string): string => `- macro: ${name}\n  condition: ${condition}\n`;
const never = macro('never_true', '(evt.num=0)');

describe('lint of whole rules', () => {
  describe('never-fires', () => {
    const silent: readonly (readonly [about: string, content: string, at: string])[] = [
      ['two event types', rule('evt.type = open and proc.name = a and evt.type = close'), 'evt.type'],
      ['two values of a field', rule('evt.type = open and proc.name = a and proc.name = b'), 'proc.name'],
      [
        'values of a list',
        rule('evt.type = open and proc.name in (a, b) and proc.name in (c, d)'),
        'proc.name',
      ],
      [
        'a value and its negation',
        rule('evt.type = open and proc.name = a and not proc.name in (a, b)'),
        'not',
      ],
      [
        'prefixes',
        rule('evt.type = open and fd.name startswith /etc and fd.name startswith /usr'),
        'fd.name',
      ],
      ['endings', rule('evt.type = open and fd.name endswith .sh and fd.name endswith .py'), 'fd.name'],
      [
        'a narrower prefix and the negation of a wider',
        rule('evt.type = open and fd.name startswith /etc/ssh and not fd.name startswith /etc'),
        'not',
      ],
      [
        'a pattern and the negation of its beginning',
        rule('evt.type = open and fd.name glob /etc/*.d and not fd.name startswith /etc'),
        'not',
      ],
      ['numbers', rule('evt.type = open and fd.num > 5 and fd.num < 6'), 'fd.num'],
      ['a number below all', rule('evt.type = open and evt.num < 1'), 'evt.num'],
      [
        'a field that is there and missing',
        rule('evt.type = open and proc.pname = a and not proc.pname exists'),
        'not',
      ],
      ['what != leaves', rule('evt.type = open and proc.name = a and proc.name != a'), 'proc.name'],
      [
        'an argument that the event lacks',
        rule('evt.type = chmod and evt.arg.oldpath = a'),
        'evt.arg.oldpath',
      ],
      ['an fd of an event without', rule('evt.type = execve and fd.name = a'), 'fd.name'],
      ['an empty list', rule('evt.type = open and proc.name in ()'), 'proc.name'],
      ['a macro', never + rule('evt.type = open and never_true'), 'never_true'],
      [
        'a macro in a macro',
        never + macro('mine', '(proc.name = a and never_true)') + rule('evt.type = open and mine'),
        'mine',
      ],
      [
        'alternatives that are all dead',
        rule('evt.type = open and proc.name = a and (proc.name = b or proc.name = c)'),
        'proc.name',
      ],
      [
        'alternatives of two parts',
        rule('evt.type = open and (fd.num = 1 or fd.num = 2) and (fd.num = 3 or fd.num = 4)'),
        'fd.num',
      ],
      ['an index without events', rule('not syscall.type exists'), 'Rule'],
    ];
    for (const [about, content, at] of silent)
      it(`sees ${about}`, () => {
        const found = findings('never-fires', content);
        expect(found.map((finding) => pointedAt(finding, content))).to.deep.equal([at]);
      });

    const live: readonly (readonly [about: string, content: string])[] = [
      ['a placeholder in an exclusion', never + rule('evt.type = open and proc.name = a and not never_true')],
      ['a placeholder among alternatives', never + rule('evt.type = open and (proc.name = a or never_true)')],
      ['event types in alternatives', rule('(evt.type = open or evt.type = close) and evt.type != open')],
      ['values that overlap', rule('evt.type = open and proc.name in (a, b) and proc.name in (b, c)')],
      [
        'a prefix in a prefix',
        rule('evt.type = open and fd.name startswith /etc and fd.name startswith /etc/ssh'),
      ],
      ['numbers that leave one', rule('evt.type = open and fd.num > 5 and fd.num < 7')],
      ['two negations', rule('evt.type = open and not proc.pname = a and not proc.pname exists')],
      [
        'fields of all ancestors, which have several values',
        rule('evt.type = execve and proc.aname = a and proc.aname = b'),
      ],
      [
        'ends of a connection, of which there are two',
        rule('evt.type = connect and fd.ip = 10.0.0.1 and fd.ip = 10.0.0.2'),
      ],
      [
        'lists of values',
        rule('evt.type = open and fd.types intersects (file) and fd.types intersects (ipv4)'),
      ],
      [
        'networks, which hold many addresses',
        rule('evt.type = connect and fd.snet = 10.0.0.0/8 and fd.sip = 10.1.2.3'),
      ],
      ['a text in any case', rule('evt.type = open and fd.name icontains ABC and fd.name startswith /abc')],
      ['transformers', rule('evt.type = open and tolower(proc.name) = a and proc.name = A')],
      ['an argument that one of the events has', rule('evt.type in (chmod, rename) and evt.arg.oldpath = a')],
      [
        'a longer match of a pattern',
        rule('evt.type = open and fd.name glob /etc/* and not fd.name startswith /etc/ssh'),
      ],
      [
        'one of two sockets',
        rule('evt.type = open and not (proc.name = a and proc.pname = b) and proc.name = a'),
      ],
    ];
    for (const [about, content] of live)
      it(`is not misled by ${about}`, () => expect(findings('never-fires', content)).to.deep.equal([]));

    it('leads to the switched-off part', () => {
      const content =
        never + macro('mine', '(proc.name = a and never_true)') + rule('evt.type = open and mine');
      const [found] = findings('never-fires', content);
      expect(found!.notes!.map((note) => note.line)).to.deep.equal([4, 2]);
    });
  });

  describe('matches-everything', () => {
    for (const condition of [
      'evt.num >= 0',
      'evt.num > 0 or proc.name = a',
      'not evt.num = 0',
      'evt.type exists',
      'proc.name = a or not proc.name = a',
    ])
      it(`sees ${condition}`, () =>
        expect(findings('matches-everything', rule(condition))).to.have.length(1));
    for (const condition of [
      'evt.num > 1',
      'proc.name != a',
      'evt.type = open',
      'proc.name exists',
      'fd.num >= 0',
    ])
      it(`lets ${condition} pass`, () =>
        expect(findings('matches-everything', rule(condition))).to.deep.equal([]));
  });

  describe('shadowed-rule', () => {
    const pairs: readonly (readonly [earlier: string, later: string, shadowed: boolean])[] = [
      ['evt.type = open', 'evt.type = open and proc.name = a', true],
      ['evt.type in (open, openat)', 'evt.type = open and proc.name = a', true],
      ['evt.type = open and proc.name in (a, b)', 'evt.type = open and proc.name = a', true],
      [
        'evt.type = open and fd.name startswith /etc',
        'evt.type = open and fd.name startswith /etc/ssh',
        true,
      ],
      ['evt.type = open and proc.name exists', 'evt.type = open and proc.name = a', true],
      ['evt.type = open and fd.num > 2', 'evt.type = open and (fd.num = 3 or fd.num = 5)', true],
      ['evt.type = open and not proc.name = b', 'evt.type = open and proc.name = a', true],
      ['evt.type = open', 'evt.type in (open, openat) and proc.name = a', false],
      ['evt.type = open and proc.name = a', 'evt.type = open and proc.name in (a, b)', false],
      ['evt.type = open and proc.name = a', 'evt.type = open and proc.pname = a', false],
      ['evt.type = open and not proc.pname = b', 'evt.type = open and proc.name = a', false],
      ['evt.type = open and proc.aname = a', 'evt.type = open and proc.aname in (a, b)', false],
    ];
    for (const [earlier, later, shadowed] of pairs)
      it(`${later} ${shadowed ? 'is' : 'is not'} hidden by ${earlier}`, () => {
        const content = rule(earlier, { name: 'Earlier' }) + rule(later, { name: 'Later' });
        const found = findings('shadowed-rule', content).map((finding) => pointedAt(finding, content));
        expect(found).to.deep.equal(shadowed ? ['Later'] : []);
      });
    it('does not look at rules that are switched off', () => {
      const off = { name: 'Earlier', more: '  enabled: false\n' };
      const content = rule('evt.type = open', off) + rule('evt.type = open and proc.name = a');
      expect(findings('shadowed-rule', content)).to.deep.equal([]);
    });
    it('counts exceptions', () => {
      const more = '  exceptions: [{name: e, fields: proc.name, values: [a]}]\n';
      const content =
        rule('evt.type = open', { name: 'Earlier', more }) + rule('evt.type = open and proc.name = a');
      expect(findings('shadowed-rule', content)).to.deep.equal([]);
    });
  });

  describe('exceptions', () => {
    const withException = (fields: string, comps: string, values: string): string =>
      rule('evt.type = open and proc.name in (a, b)', {
        more: `  exceptions:\n    - {name: mine, fields: ${fields}, comps: ${comps}, values: ${values}}\n`,
      });
    const cases: readonly (readonly [
      fields: string,
      comps: string,
      values: string,
      code: string | undefined,
    ])[] = [
      ['proc.name', 'in', '[c, d]', 'exception-never-applies'],
      ['[proc.name, fd.name]', '[=, startswith]', '[[c, /etc]]', 'exception-never-applies'],
      ['proc.name', 'in', '[a]', undefined],
      ['[proc.name, fd.name]', '[=, startswith]', '[[a, /etc]]', undefined],
      ['proc.name', 'in', '[a, b]', 'exception-swallows-rule'],
      ['[proc.name]', '[in]', '[[[a, b, c]]]', 'exception-swallows-rule'],
    ];
    for (const [fields, comps, values, code] of cases)
      it(`${fields} ${comps} ${values}: ${code ?? 'fine'}`, () => {
        const content = withException(fields, comps, values);
        const found = lintText(content).filter((finding) => finding.code.startsWith('exception'));
        expect(found.map((finding) => finding.code)).to.deep.equal(code === undefined ? [] : [code]);
        for (const finding of found) expect(pointedAt(finding, content)).to.equal('mine');
      });
    it('without values is a template', () =>
      expect(
        lintText(rule('evt.type = open', { more: '  exceptions: [{name: e, fields: proc.name}]\n' })),
      ).to.deep.equal([]));
  });

  it('points to the file that a part comes from', () => {
    const [found] = findings('never-fires', [
      never,
      macro('mine', 'never_true'),
      rule('evt.type = open and mine'),
    ]);
    expect([found!.file, ...found!.notes!.map((note) => note.file)]).to.deep.equal([
      '3.yaml',
      '2.yaml',
      '1.yaml',
    ]);
  });
});
