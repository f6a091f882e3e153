import { expect } from 'chai';
import fc from 'fast-check';
import { toBytes } from '../../../engine/index.ts';
import {
  fullName,
  readTestFile,
  type EventCase,
  type TestCase,
  type TestFile,
} from '../../../rules/index.ts';

const read = (text: string): ReturnType<typeof readTestFile> =>
  readTestFile({ name: 'x.test.yaml', content: toBytes(text) });

/** The file, which must be fine. */
function file(text: string): TestFile {
  const { testFile, diagnostics } = read(text);
  expect(diagnostics).to.deep.equal([]);
  return testFile!;
}

/** What is said of a file: `line:column code message | hint`. */
const said = (text: string): string[] =>
  read(text).diagnostics.map(
    ({ line, column, code, message, hint }) =>
      `${line}:${column} ${code} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  );

const facts = (testCase: TestCase, event = 0): Record<string, unknown> =>
  Object.fromEntries((testCase as EventCase).events[event]!.facts.map(({ field, value }) => [field, value]));

describe('readTestFile', () => {
  it('makes a case of each entry of fires and silent: base, and the patch over it', () => {
    const { cases, rules, matching } = file(`
rules: [a.yaml, b/]
tests:
  - rule: Shell
    base: {evt.type: execve, proc.tty: 0}
    fires:
      - {proc.name: bash}
      - {name: with a terminal, proc.tty: 34816, priority: notice, output: "*x*", tags: [t]}
    silent:
      - {proc.name: null, why: no name}
`);
    expect(rules?.map(({ value }) => value)).to.deep.equal(['a.yaml', 'b/']);
    expect(matching).to.equal('first');
    expect(cases.map((one) => [one.kind, fullName(one), facts(one), one.why])).to.deep.equal([
      [
        'fires',
        'Shell › fires: proc.name=bash',
        { 'evt.type': 'execve', 'proc.tty': 0, 'proc.name': 'bash' },
        undefined,
      ],
      ['fires', 'Shell › with a terminal', { 'evt.type': 'execve', 'proc.tty': 34816 }, undefined],
      [
        'silent',
        'Shell › silent: proc.name=<NA>',
        { 'evt.type': 'execve', 'proc.tty': 0, 'proc.name': null },
        'no name',
      ],
    ]);
    const [alert] = cases[1]!.expected.alerts;
    expect([alert!.priority, alert!.output?.written, alert!.tags]).to.deep.equal(['Notice', '*x*', ['t']]);
    expect(cases[1]!.place).to.deep.include({ file: 'x.test.yaml', line: 8, column: 9 });
  });

  it('makes a case of each combination of a matrix', () => {
    const { cases } = file(`
tests:
  - rule: Shell
    fires:
      - {name: all, matrix: {proc.name: [sh, zsh], user.uid: [0, 33]}}
      - {matrix: {proc.name: [a, null]}}
`);
    expect(cases.map(({ name }) => name)).to.deep.equal([
      'all [proc.name=sh, user.uid=0]',
      'all [proc.name=sh, user.uid=33]',
      'all [proc.name=zsh, user.uid=0]',
      'all [proc.name=zsh, user.uid=33]',
      'fires: proc.name=a',
      'fires: proc.name=<NA>',
    ]);
    expect(facts(cases[2]!)).to.deep.equal({ 'proc.name': 'zsh', 'user.uid': 0 });
  });

  it('reads values by the type of their field', () => {
    const [one] = file(`
tests:
  - rule: R
    silent:
      - proc.name: 007
        proc.exepath: "null"
        proc.cmdline: yes
        user.uid: 0x10
        evt.rawres: -9223372036854775808
        proc.is_exe_writable: yes
        fd.sip: 203.0.113.9
        fd.types: [file, ipv4]
        proc.aname[2]: bash
        proc.env[HOME]: /root
`).cases;
    expect(facts(one!)).to.deep.equal({
      'proc.name': '007',
      'proc.exepath': 'null',
      'proc.cmdline': 'yes',
      'user.uid': 16,
      'evt.rawres': -9223372036854775808n,
      'proc.is_exe_writable': true,
      'fd.sip': '203.0.113.9',
      'fd.types': ['file', 'ipv4'],
      'proc.aname[2]': 'bash',
      'proc.env[HOME]': '/root',
    });
  });

  it('hands what a test says on to its cases', () => {
    const { cases } = file(`
tests:
  - rule: R
    todo: later
    why: because
    priority: INFO
    fields: {proc.name: a, proc.pid: 1}
    fires: [{proc.pid: 2, fields: {proc.pid: 2}}, {todo: false, only: true, priority: debug, why: other}]
`);
    expect(cases.map(({ todo, only, why }) => [todo, only, why])).to.deep.equal([
      ['later', false, 'because'],
      [undefined, true, 'other'],
    ]);
    const [first, second] = cases.map(({ expected }) => expected.alerts[0]!);
    expect([first!.priority, second!.priority]).to.deep.equal(['Informational', 'Debug']);
    expect(first!.fields.map(({ field, value }) => [field, value])).to.deep.equal([
      ['proc.name', 'a'],
      ['proc.pid', 2],
    ]);
  });

  it('reads sequences of events with their times, and tests of one event', () => {
    const [many, one] = file(`
tests:
  - name: many
    base: {proc.pid: 7}
    events: [{evt.type: open}, {evt.type: close}, {evt.type: dup, at: +1.5s}, {evt.type: close, proc.pid: 8}]
    expect: [{rule: A, event: 2, count: 2}, {rule: B, source: syscall, exact: true}]
  - rule: A
    evt.type: open
    expect: [{output: {equals: a*b}}]
`).cases as EventCase[];
    expect(many!.events.map(({ at }) => at)).to.deep.equal([0n, 1_000_000n, 1_500_000_000n, 1_501_000_000n]);
    expect([facts(many!, 1), facts(many!, 3)]).to.deep.equal([
      { 'proc.pid': 7, 'evt.type': 'close' },
      { 'proc.pid': 8, 'evt.type': 'close' },
    ]);
    expect(many!.expected.alerts.map(({ rule, event, exact }) => [rule.value, event, exact])).to.deep.equal([
      ['A', 2, false],
      ['A', 2, false],
      ['B', undefined, true],
    ]);
    expect([one!.kind, one!.name, one!.expected.alerts[0]!.rule.value]).to.deep.equal([
      'events',
      'A: evt.type=open',
      'A',
    ]);
  });

  it('reads captures, and what is counted in them', () => {
    const [counted, none, any] = file(`
tests:
  - {name: c, capture: a.scap, where: evt.type = open, expect: {count: 3, rules: {A: 2}, alerts: [{rule: B}]}}
  - {capture: a.scap, expect: none}
  - {capture: b.scap, rule: A, expect: {count: 0}}
`).cases;
    expect(counted).to.deep.include({ kind: 'capture', name: 'c' });
    const { count, rules, alerts, others } = counted!.expected;
    expect([count, rules.map(({ rule, count: n }) => [rule, n]), alerts.length, others]).to.deep.equal([
      3,
      [['A', 2]],
      1,
      'none',
    ]);
    expect(none!.expected).to.deep.include({ alerts: [], rules: [], count: undefined, others: 'none' });
    expect(any!.expected.others).to.equal('any');
  });

  it('reads overrides, and how rules are matched', () => {
    const { overrides, matching } = file(`
override: {lists: {l: [a, 80]}, macros: {m: never_true}}
rule_matching: all
tests: []
`);
    expect(overrides.map(({ kind, name, value }) => [kind, name, value])).to.deep.equal([
      ['list', 'l', ['a', '80']],
      ['macro', 'm', 'never_true'],
    ]);
    expect(matching).to.equal('all');
  });

  it('keeps anchors apart from what they stand for, and numbers names that are cut alike', () => {
    const long = 'x'.repeat(120);
    const { cases } = file(`
tests:
  - rule: R
    base: &base {evt.type: open}
    silent: [{proc.name: ${long}a}, {proc.name: ${long}b}]
  - rule: Q
    base: *base
    silent: [{}]
`);
    expect(facts(cases[2]!)).to.deep.equal({ 'evt.type': 'open' });
    expect(cases[2]!.name).to.equal('silent');
    expect(cases[0]!.name).to.match(/x…$/);
    expect(cases[1]!.name).to.match(/x… #2$/);
  });

  const test = (text: string): string => `tests:\n  - ${text}`;
  const wrong: readonly (readonly [about: string, text: string, says: readonly (string | RegExp)[]])[] = [
    ['no YAML', 'tests: [', [/^1:\d+ TEST_YAML /]],
    [
      'a key with brackets that lacks quotes',
      test('{rule: R, silent: [{proc.aname[2]: x}]}'),
      [/^2:\d+ TEST_YAML .* \| between braces a key with brackets needs quotes: "proc\.aname\[2\]"$/],
    ],
    ['nothing', '', ['1:1 TEST_SHAPE expected a map, found nothing']],
    [
      'a list',
      '- rule: x',
      [/^1:1 TEST_SHAPE expected a map, found a list: .* \| the tests of rules stand in a file/],
    ],
    [
      'rules that are none',
      'rules: []\ntests: []',
      ['1:8 TEST_SHAPE rules: expected at least one file, found a list'],
    ],
    ['no tests', 'rules: a.yaml', ['1:1 TEST_SHAPE tests: this key is missing']],
    [
      'an unknown key',
      'rulez: a\ntests: []',
      ['1:1 TEST_UNKNOWN_KEY there is no key "rulez" here | did you mean rules?'],
    ],
    [
      'unknown keys deeper down',
      test('{rule: R, fires: [{nam: x}], silent: [{output: x}]}'),
      [
        '2:24 TEST_UNKNOWN_KEY there is no key "nam" here | did you mean name?',
        /^2:\d+ TEST_UNKNOWN_KEY there is no key "output" here/,
      ],
    ],
    [
      'an unknown key with more below it',
      test('{rule: R, fire: [{proc.name: x}]}'),
      [/^2:\d+ TEST_UNKNOWN_KEY there is no key "fire" here \| did you mean fires\?$/],
    ],
    ['two documents', 'tests: []\n---\ntests: []', ['3:1 TEST_SHAPE a test file is one document']],
    ['a key twice', 'tests: []\ntests: []', ['2:1 TEST_SHAPE the key tests stands twice']],
    ['a merge key', test('{<<: {a.b: c}, rule: R}'), [/^2:6 TEST_SHAPE merge keys/]],
    ['a key that is none', test('{[a]: b}'), ['2:6 TEST_SHAPE a key must be text']],
    ['an anchor within itself', 'tests: &a [*a]', [/TEST_SHAPE an anchor stands for a part of itself/]],
    [
      'a field that is none',
      test('{rule: R, silent: [{proc.nam: x}]}'),
      [/^2:25 TEST_UNKNOWN_FIELD there is no field proc\.nam \| did you mean/],
    ],
    [
      'an argument that is none',
      test('{rule: R, silent: [{"proc.name[1]": x}]}'),
      [/TEST_UNKNOWN_FIELD .*takes no argument/],
    ],
    [
      'a text for a number',
      test('{rule: R, silent: [{proc.pid: x}]}'),
      ['2:35 TEST_FIELD_VALUE proc.pid is a whole number, found "x"'],
    ],
    [
      'a number for a truth',
      test('{rule: R, silent: [{proc.is_exe_writable: 2}]}'),
      [/is true or false, found "2"/],
    ],
    [
      'a map for a value',
      test('{rule: R, silent: [{proc.name: {a: b}}]}'),
      [/proc\.name: expected a text, nothing or a list, found a map/],
    ],
    [
      'a priority that is none',
      test('{rule: R, fires: [{priority: HIGH}]}'),
      [/^2:34 TEST_SHAPE priority: there is no priority "HIGH"; expected one of EMERGENCY/],
    ],
    [
      'a regular expression that is none',
      test('{rule: R, fires: [{output: /(/}]}'),
      [/^2:32 TEST_SHAPE output: this is no regular expression/],
    ],
    [
      'a truth that is none',
      test('{rule: R, fires: [{only: perhaps}]}'),
      ['2:30 TEST_SHAPE only: expected true or false, found "perhaps"'],
    ],
    [
      'a number that is none',
      test('{capture: a, expect: {count: -1}}'),
      ['2:34 TEST_SHAPE count: expected a whole number from 0, found "-1"'],
    ],
    [
      'an expectation of the wrong kind',
      test('{capture: a, expect: some}'),
      ['2:26 TEST_SHAPE expect: expected none, a list or a map, found "some"'],
    ],
    [
      'no case',
      test('{rule: R, fires: []}'),
      ['2:5 TEST_NO_EXPECTATION there is no case | under `fires` or `silent`'],
    ],
    ['nothing that is tested', test('{rule: R}'), [/^2:5 TEST_NO_EXPECTATION nothing is tested here/]],
    [
      'no expectation',
      test('{events: [{evt.type: open}]}'),
      [/^2:5 TEST_NO_EXPECTATION expect: this key is missing/],
    ],
    [
      'an expectation of nothing',
      test('{capture: a, expect: {others: any}}'),
      [/TEST_NO_EXPECTATION expect: nothing is expected here/],
    ],
    ['no rule', test('{fires: [{}]}'), [/^2:5 TEST_SHAPE rule: this key is missing \| which rule fires/]],
    [
      'an alert without a rule',
      test('{capture: a, expect: [{event: 1}]}'),
      [/TEST_SHAPE rule: this key is missing \| which rule gives/],
    ],
    [
      'another rule than the one under test',
      test('{rule: R, capture: a, expect: [{rule: S}]}'),
      [/^2:43 TEST_SHAPE only the rule under test is asked/],
    ],
    [
      'two kinds of tests in one',
      test('{rule: R, fires: [{}], capture: a}'),
      [/a test has one of fires\/silent and capture, not both/],
    ],
    [
      'facts beside fires',
      test('{rule: R, evt.type: a, fires: [{}]}'),
      [/not both \| facts that all cases share stand under `base`/],
    ],
    ['expect beside fires', test('{rule: R, fires: [{}], expect: none}'), [/^2:28 TEST_SHAPE expect: /]],
    ['an output without an alert', test('{rule: R, output: x, silent: [{}]}'), [/^2:15 TEST_SHAPE output: /]],
    [
      'an output beside expect',
      test('{output: x, capture: a, expect: none}'),
      [/TEST_SHAPE output: this stands under `fires`/],
    ],
    [
      'a pattern where all is told',
      test('{rule: R, fires: [{exact: true, output: "a*"}]}'),
      [/output: with `exact`, the whole text is needed/],
    ],
    [
      'a pattern where the test says that all is told',
      test('{rule: R, exact: true, fires: [{output: "a*"}]}'),
      [/^2:\d+ TEST_SHAPE output: with `exact`/],
    ],
    [
      'what is wrong with what all cases share, once',
      test('{rule: R, output: /(/, fields: {proc.nam: x}, fires: [{evt.type: a}, {evt.type: b}]}'),
      [/^2:23 TEST_SHAPE output: this is no regular/, /^2:\d+ TEST_UNKNOWN_FIELD/],
    ],
    ['no events', test('{events: [], expect: none}'), [/events: expected at least one event/]],
    [
      'an event that is not there',
      test('{events: [{evt.type: a}], expect: [{rule: R, event: 2}]}'),
      [/event: there is no event 2, there is 1/],
    ],
    [
      'a time that is none',
      test('{events: [{at: soon}], expect: none}'),
      ['2:20 TEST_SHAPE at: expected a time like +2ms or 1s, found "soon"'],
    ],
    [
      'time that goes back',
      test('{events: [{at: 2s}, {at: 1s}], expect: none}'),
      [/^2:30 TEST_SHAPE at: this is before the event before it/],
    ],
    [
      'an empty matrix',
      test('{rule: R, fires: [{matrix: {proc.name: []}}]}'),
      [/proc\.name: there is no value, and so no case/],
    ],
    [
      'a matrix of a text',
      test('{rule: R, fires: [{matrix: {proc.name: a}}]}'),
      ['2:44 TEST_SHAPE proc.name: expected a list, found "a"'],
    ],
    [
      'a matrix beyond measure',
      test(
        `{rule: R, fires: [{matrix: {${['name', 'exe', 'cwd', 'cmdline', 'args'].map((name) => `proc.${name}: [${Array.from({ length: 10 }, (_, i) => i).join(', ')}]`).join(', ')}}}]}`,
      ),
      [/these are more than 10000 cases/],
    ],
    [
      'a name twice',
      test('{rule: R, silent: [{name: a, proc.pid: 1}, {name: a, proc.pid: 2}]}'),
      ['2:48 TEST_DUPLICATE another case has the name "a"'],
    ],
    [
      'the same facts twice',
      test('{rule: R, silent: [{proc.pid: 1, proc.name: a}, {name: b, proc.name: a, proc.pid: 0x1}]}'),
      [/TEST_DUPLICATE another case says the same of the same facts/],
    ],
    [
      'opposites',
      test('{rule: R, fires: [{proc.pid: 1}], silent: [{proc.pid: 1}]}'),
      [/TEST_DUPLICATE another case says the opposite of the same facts/],
    ],
    [
      'a capture twice',
      test('{capture: a, expect: none}\n  - {capture: a, expect: {count: 0}}'),
      [/^3:5 TEST_DUPLICATE/],
    ],
  ];
  for (const [about, text, says] of wrong)
    it(`tells of ${about}`, () => {
      const found = said(text);
      expect(found, found.join('\n')).to.have.length(says.length);
      says.forEach((one, i) => {
        if (typeof one === 'string') expect(found[i]).to.equal(one);
        else expect(found[i]).to.match(one);
      });
      expect(read(text).testFile).to.equal(undefined);
    });

  it('does not grow with aliases of aliases', () => {
    const layers = Array.from(
      { length: 30 },
      (_, i) => `  - &a${i} [${i === 0 ? 'x' : `*a${i - 1}, *a${i - 1}`}]`,
    );
    expect(said(`tests:\n${layers.join('\n')}`)[0]).to.match(/aliases make the file larger/);
  });

  it('gives a verdict on any text', () => {
    const word = fc.constantFrom(
      'tests', 'rule', 'fires', 'silent', 'base', 'events', 'capture', 'expect', 'matrix', 'name', 'at', 'todo', 'only', 'output', 'fields', 'tags', 'count',
      'rules', 'override', 'lists', 'macros', 'evt.type', 'proc.name', 'proc.aname[2]', 'proc.pid', 'fd.types', '__proto__', 'none', 'true', '1', '-', '~', '"x"', '/(/', '+2ms', '<<',
    ); // prettier-ignore
    const { node } = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 6 },
        word,
        fc.string({ maxLength: 5 }),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.array(fc.tuple(word, tie('node')), { maxLength: 5 }).map((pairs) => new Map(pairs)),
      ),
    }));
    const yaml = (value: unknown): string => {
      if (value instanceof Map)
        return `{${Array.from(value, ([key, one]) => `${key}: ${yaml(one)}`).join(', ')}}`;
      return Array.isArray(value) ? `[${value.map(yaml).join(', ')}]` : String(value);
    };
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      node.map(yaml),
      fc.array(node, { maxLength: 4 }).map((tests) => `tests: ${yaml(tests)}`),
      fc
        .tuple(node, node)
        .map(
          ([fires, base]) =>
            `tests: [{rule: R, base: ${yaml(base)}, fires: ${yaml(fires)}, silent: [${yaml(base)}]}]`,
        ),
    );
    fc.assert(
      fc.property(text, (yamlText) => {
        const { testFile, diagnostics } = read(yamlText);
        expect((testFile === undefined) === diagnostics.length > 0).to.equal(true);
        for (const { line, message } of diagnostics)
          expect([typeof line, message !== '']).to.deep.equal(['number', true]);
      }),
      { numRuns: 1000 },
    );
  });
});
