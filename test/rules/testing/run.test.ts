import { expect } from 'chai';
import { objections, outcomes, runTests } from './run-tests.ts';

const shell = (cases: string): string => `tests:
  - rule: Shell
    base: {evt.type: execve, proc.pname: nginx, user.uid: 33}
    ${cases}`;

describe('cases under fires and silent', () => {
  it('pass where the rule fires, or does not, whatever other rules do', () => {
    expect(
      outcomes(shell('fires: [{proc.name: bash}, {proc.name: sh}]\n    silent: [{proc.name: ls}]')),
    ).to.deep.equal(['passed', 'passed', 'passed']);
  });

  it('fail where it is the other way round', () => {
    expect(outcomes(shell('fires: [{proc.name: ls}]\n    silent: [{proc.name: sh}]'))).to.deep.equal([
      'failed; alert -Shell +none',
      'failed; alert -none +Shell, event 1: shell=sh parent=nginx uid=33',
    ]);
  });

  it('ask a rule that is not enabled', () => {
    const open = 'evt.type: openat, fd.name: /etc/shadow';
    expect(outcomes(`tests: [{rule: "Off", fires: [{${open}}]}]`)).to.deep.equal(['passed']);
  });

  const right: readonly string[] = [
    'output: "shell=bash *"',
    'output: "*parent=ngin?*"',
    'output: /uid=\\d+$/',
    'output: {equals: shell=bash parent=nginx uid=33}',
    'output: shell=bash parent=nginx uid=33',
    'priority: warning',
    'source: syscall',
    'tags: [host]',
    'tags: []',
    'fields: {proc.name: bash, user.uid: 33, proc.cmdline: bash, evt.is_open_read: false}',
    'fields: {fd.name: null}',
    'exact: true, tags: [host, shell], output: shell=bash parent=nginx uid=33, fields: {proc.name: bash, proc.pname: nginx, user.uid: 33}',
  ];
  for (const says of right)
    it(`pass with ${says}`, () =>
      expect(outcomes(shell(`fires: [{proc.name: bash, ${says}}]`))).to.deep.equal(['passed']));

  const wrong: readonly (readonly [says: string, differences: string])[] = [
    ['output: "shell=sh*"', 'output -shell=sh* +shell=bash parent=nginx uid=33'],
    ['output: shell', 'output -shell +shell=bash parent=nginx uid=33'],
    ['output: {equals: "shell=bash*"}', 'output -shell=bash* +shell=bash parent=nginx uid=33'],
    ['priority: INFO, source: k8s_audit', 'priority -Informational +Warning; source -k8s_audit +syscall'],
    ['tags: [host, container]', 'tags -host, container +host, shell'],
    ['fields: {proc.name: sh, user.uid: 34}', 'proc.name -sh +bash; user.uid -34 +33'],
    ['fields: {proc.name: null}', 'proc.name -<NA> +bash'],
    ['fields: {fd.name: x}', 'fd.name -x +<NA>'],
    [
      'exact: true',
      'proc.name -no such field +bash; proc.pname -no such field +nginx; user.uid -no such field +33',
    ],
    [
      'exact: true, tags: [host], fields: {proc.name: bash, proc.pname: nginx, user.uid: 33}',
      'tags -host +host, shell',
    ],
  ];
  for (const [says, differences] of wrong)
    it(`fail with ${says}`, () =>
      expect(outcomes(shell(`fires: [{proc.name: bash, ${says}}]`))).to.deep.equal([
        `failed; ${differences}`,
      ]));

  it('tell of facts that cannot be true', () => {
    const [result] = runTests(shell('silent: [{proc.name: bash, proc.cmdline: ls}]')).results;
    expect(result!.outcome).to.equal('broken');
    expect(result!.diagnostic).to.deep.include({ code: 'TEST_FACT', line: 4, column: 32 });
  });

  it('are known to fail with todo, until they pass', () => {
    expect(
      outcomes(
        shell(
          'fires: [{proc.name: ls, todo: true}, {proc.name: sh, todo: later}]\n    silent: [{proc.name: bash, proc.cmdline: ls, todo: true}]',
        ),
      ),
    ).to.deep.equal(['todo; alert -Shell +none', 'fixed', 'todo']);
    expect(outcomes('tests: [{rule: Not there, todo: true, fires: [{evt.type: execve}]}]')).to.deep.equal([
      'todo; alert -Not there +none',
    ]);
  });

  it('tell what was made', () => {
    const [result] = runTests(shell('fires: [{proc.name: bash}]')).results;
    expect(result!.events).to.have.length(1);
    expect(result!.events[0]!.facts.map(({ field }) => field)).to.deep.equal([
      'evt.type',
      'proc.pname',
      'user.uid',
      'proc.name',
    ]);
    expect(result!.events[0]!.derived.map(({ field }) => field)).to.include('proc.exepath');
  });
});

describe('cases of events', () => {
  const both = '{evt.type: execve, proc.name: bash}, {evt.type: execve, proc.name: ls}';
  const events = (expected: string, more = ''): string =>
    `${more}tests: [{events: [${both}], expect: ${expected}}]`;

  const cases: readonly (readonly [tests: string, outcome: string])[] = [
    [events('[{rule: Shell, event: 1}, {rule: Any program, event: 2}]'), 'passed'],
    [events('[{rule: Shell}, {rule: Any program, fields: {proc.name: ls}}]'), 'passed'],
    [
      events(
        '[{rule: Shell}, {rule: Any program, event: 1}, {rule: Any program, event: 2}]',
        'rule_matching: all\n',
      ),
      'passed',
    ],
    [events('{count: 2}'), 'passed'],
    [events('{rules: {Shell: 1, Any program: 1}}'), 'passed'],
    [events('{rules: {Shell: 1}, others: any}'), 'passed'],
    [events('{alerts: [{rule: Any program}], others: any}'), 'passed'],
    [events('{alerts: [{rule: Shell}], rules: {Any program: 1}, count: 2}'), 'passed'],
    [`tests: [{rule: Shell, events: [${both}], expect: [{}]}]`, 'passed'],
    [`tests: [{rule: Any program, events: [${both}], expect: [{count: 2}]}]`, 'passed'],
    ['tests: [{name: one, evt.type: execve, proc.name: ls, expect: [{rule: Any program}]}]', 'passed'],
    ['tests: [{events: [{evt.type: close}], expect: none}]', 'passed'],
    ['tests: [{evt.type: openat, fd.name: /etc/shadow, expect: {count: 0}}]', 'passed'],
    ['tests: [{evt.type: openat, fd.name: /etc/shadow, expect: [{rule: "Off"}]}]', 'passed'],
    [
      events('none'),
      'failed; alert -none +Shell, event 1: shell=bash parent=init uid=0; alert -none +Any program, event 2: program=ls',
    ],
    [events('[{rule: Shell}]'), 'failed; alert -none +Any program, event 2: program=ls'],
    [
      events('[{rule: Any program}, {rule: Shell}]'),
      /failed; alert -(Any program|Shell) \+none; alert -none \+/.source,
    ],
    [
      events('[{rule: Shell, event: 2}, {rule: Any program, priority: debug}]'),
      'failed; [Shell, event 1] event -2 +1; [Any program, event 2] priority -Debug +Informational',
    ],
    [events('{count: 3}'), 'failed; count -3 +2 (Shell 1, Any program 1)'],
    [
      events('{rules: {Shell: 2}}'),
      'failed; alert -none +Any program, event 2: program=ls; [Shell] count -2 +1',
    ],
    [events('{alerts: [{rule: Shell}]}'), 'failed; alert -none +Any program, event 2: program=ls'],
  ];
  for (const [tests, outcome] of cases)
    it(`${tests.slice(0, 200)}: ${outcome.slice(0, 60)}`, () => {
      const [found] = outcomes(tests);
      if (outcome.includes('(Any program|Shell)')) expect(found).to.match(new RegExp(outcome));
      else expect(found).to.equal(outcome);
    });

  it('share one state, and have their times', () => {
    const rules = `
- rule: Second
  desc: d
  condition: evt.type = close and fd.name = /tmp/x
  output: closed=%fd.name after=%evt.reltime
  priority: INFO
`;
    expect(
      outcomes(
        `tests:
  - base: {proc.name: cat, thread.tid: 7}
    events: [{evt.type: openat, fd.name: /tmp/x, fd.num: 5}, {evt.type: close, fd.num: 5, at: +2ms}]
    expect: [{rule: Second, event: 2, output: closed=/tmp/x after=002000000}]`,
        rules,
      ),
    ).to.deep.equal(['passed']);
  });
});

describe('tests against their rules', () => {
  it('can have other lists and macros', () => {
    const overriding = (what: string, cases: string): string => `override: ${what}\n${shell(cases)}`;
    expect(
      outcomes(
        overriding(
          '{lists: {shells: [fish, "a b"]}}',
          'fires: [{proc.name: fish}]\n    silent: [{proc.name: bash}]',
        ),
      ),
    ).to.deep.equal(['passed', 'passed']);
    expect(
      outcomes(overriding('{macros: {user_known: proc.pname = nginx}}', 'silent: [{proc.name: bash}]')),
    ).to.deep.equal(['passed']);
  });

  const wrong: readonly (readonly [about: string, tests: string, says: RegExp])[] = [
    ['an unknown rule', 'tests: [{rule: Shel, silent: [{evt.type: execve}, {evt.type: execve, proc.name: a}]}]', /^1:16 TEST_UNKNOWN_RULE there is no rule "Shel" in x\.yaml \| did you mean Shell\?$/],
    ['an unknown rule of an alert', 'tests: [{evt.type: close, expect: [{rule: Nothing like it}]}]', /^1:43 TEST_UNKNOWN_RULE .* \| which files are loaded/],
    ['an unknown rule that is counted', 'tests: [{evt.type: close, expect: {rules: {Shelll: 1}}}]', /^1:44 TEST_UNKNOWN_RULE/],
    ['an unknown macro', 'override: {macros: {user_know: a}}\ntests: []', /^1:21 TEST_UNKNOWN_OVERRIDE the rule files have no macro user_know \| did you mean user_known\?$/],
    ['a list that is a macro', 'override: {lists: {user_known: [a]}}\ntests: []', /TEST_UNKNOWN_OVERRIDE the rule files have no list user_known \| it is a macro$/],
    ['a macro that does not compile', 'override:\n  macros:\n    never_true: evt.num = 0\n    user_known: proc.nam = x\ntests: []', /^4:5 LOAD_ERR_COMPILE_CONDITION .*proc\.nam.* \| did you mean/],
    ['a silent case at an event that the rule is not asked about', 'tests: [{rule: Shell, silent: [{evt.type: openat}]}]', /^1:33 TEST_VACUOUS the rule is never asked about openat, .* \| it is asked about execve$/],
    ['events that the rule is not asked about', 'tests: [{rule: Shell, events: [{evt.type: openat}, {evt.type: close}], expect: none}]', /^1:33 TEST_VACUOUS/],
    ['a field that alerts cannot have', 'tests: [{rule: Shell, fires: [{evt.type: execve, fields: {fd.net: 10.0.0.0/8}}]}]', /^1:59 TEST_UNKNOWN_FIELD fd\.net is for conditions only$/],
  ]; // prettier-ignore
  for (const [about, tests, says] of wrong)
    it(`must not name ${about}`, () => {
      const found = objections(tests);
      expect(found).to.have.length(1);
      expect(found[0]).to.match(says);
    });

  it('tell of a rule that is left out', () =>
    expect(
      objections(
        'tests: [{rule: Audit, silent: [{evt.type: execve}]}]',
        '- {rule: Other, desc: d, condition: evt.type = open, output: x, priority: INFO}\n- rule: Audit\n  desc: d\n  source: k8s_audit\n  condition: ka.verb = get\n  output: x\n  priority: INFO\n',
      )[0],
    ).to.match(/TEST_UNKNOWN_RULE .* \| it is there, and left out/));

  it('tell of rules that do not load', () =>
    expect(objections('tests: []', '- rule: x')[0]).to.match(/LOAD_ERR_YAML_VALIDATE/));
});
