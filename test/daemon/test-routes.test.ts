import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runRuleTests, type TestFileOptions, TestFileRunner } from '../../daemon/index.ts';
import { CoverageRecorder, type CaseResult, type Coverage } from '../../rules/index.ts';

const CAPTURE = join(import.meta.dirname, '../captures/web-shell-default.scap');

const CONFIG = `outputs:
  pager: {kind: webhook, url: '\${env:NOWHERE_TO_BE_FOUND}'}
  slack: {kind: slack, webhook_url: '\${env:NOWHERE_TO_BE_FOUND}', template: '%priority in %k8s.ns.name'}
  archive: {kind: file, path: alerts.json}
  old: {kind: stdout, enabled: false}
silences:
  - {id: upgrade, match: k8s.ns.name = payments, until: '2026-01-01T01:00:00Z'}
routes:
  - name: critical
    match: priority >= critical
    set: {tags: [urgent], fields: {runbook: 'https://wiki/%rule'}}
    outputs: [pager]
    continue: true
    routes:
      - match: k8s.ns.name = prod
        set: {priority: emergency, output: 'now: %rule'}
        settings: {channel: '#now'}
        outputs: [pager, slack]
  - name: prod
    match: k8s.ns.name in (prod, stage) and priority >= warning
    throttle: {by: [rule], rate: 2/m}
    group: {by: [k8s.ns.name], wait: 10s, interval: 5m}
    outputs: [slack]
    continue: true
  - match: tags intersects (noise)
    outputs: []
  - match: rule = Sampled
    sample: 2
    outputs: [archive]
  - match: rule = Nightly
    active: {days: [mon-fri], hours: '08:00-18:00', zone: Europe/Berlin}
    dedup: {by: [rule], window: 1h}
    outputs: [pager]
  - match: rule = Quiet
    inhibit: [{source: proc.name = loud, target: proc.name = low, for: 5m}]
    outputs: [archive]
  - outputs: [archive]
default: [archive]
`;

const RULES = `
- rule: Shell
  desc: d
  condition: evt.type = execve and proc.name in (bash, sh)
  output: shell=%proc.name ns=%k8s.ns.name
  priority: WARNING
  tags: [shell]
- rule: Root
  desc: d
  condition: evt.type = execve and proc.name = su
  output: user=%user.name
  priority: CRITICAL
`;

describe('routes in tests', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-test-routes-'));
    writeFileSync(join(folder, 'tiercel.yaml'), CONFIG);
    writeFileSync(join(folder, 'x.yaml'), RULES);
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = async (tests: string, options: TestFileOptions = {}, routes = 'tiercel.yaml') => {
    const file = join(folder, 'x.test.yaml');
    writeFileSync(file, `routes: ${routes}\ntests:\n${tests}`);
    const runner = new TestFileRunner(options);
    const { files } = await runRuleTests({
      files: [file],
      reporter: {},
      runners: [(name, marked) => runner.run(name, marked)],
    });
    return files[0]!;
  };

  const told = ({ outcome, differences }: CaseResult): string =>
    [
      outcome,
      ...differences.map(
        ({ alert, key, expected, got }) =>
          `${alert === undefined ? '' : `[${alert}] `}${key} -${expected} +${got}`,
      ),
    ].join('; ');

  const outcomes = async (tests: string, routes?: string): Promise<readonly string[]> => {
    const { results, diagnostics } = await run(tests, {}, routes);
    expect(diagnostics).to.deep.equal([]);
    return results.map(told);
  };

  /** `line:column code message | hint` of what is wrong. */
  const objections = async (tests: string, routes?: string): Promise<readonly string[]> => {
    const { results, diagnostics } = await run(tests, {}, routes);
    expect(results).to.deep.equal([]);
    return diagnostics.map(
      ({ line, column, code, message, hint }) =>
        `${line}:${column} ${code} ${message.replaceAll(folder, '.')}${hint === undefined ? '' : ` | ${hint}`}`,
    );
  };

  const cases: readonly (readonly [what: string, tests: string, ...expected: readonly string[]])[] = [
    [
      'outputs of single alerts',
      `  - alerts:
      - {rule: A, outputs: [archive]}
      - {rule: A, priority: critical, outputs: [archive, pager]}
      - {rule: A, priority: info, tags: [noise], outputs: none}`,
      'passed',
    ],
    [
      'outputs that others get',
      `  - alerts:
      - {rule: A, outputs: [pager]}
      - {rule: A, outputs: none}
      - {tags: [noise], outputs: [archive]}`,
      'failed; [alert 1: A] outputs -pager +archive; [alert 2: A] outputs -none +archive; ' +
        '[alert 3] outputs -archive +none\noutputs of routes[2]: the route has no outputs',
    ],
    [
      'many alerts that are written as one',
      `  - alerts: [{rule: A, count: 9, outputs: [pager]}]`,
      'failed; ' +
        [1, 2, 3, 4].map((n) => `[alert ${n}: A] outputs -pager +archive; `).join('') +
        '[alert 5: A, … 9 in all] outputs -pager +archive',
    ],
    [
      'what routes make of an alert',
      `  - base: {rule: A, priority: critical, k8s.ns.name: prod}
    alerts:
      - tags: [x]
        outputs:
          pager: {route: 'routes[0].routes[0]', priority: emergency, tags: [urgent, x], settings: {channel: '#now'}}
          slack: {output: 'now: A', text: Emergency in prod, fields: {runbook: https://wiki/A, k8s.ns.name: prod, y: null}}
          archive: {priority: critical, rule: A, source: syscall}
    expect: {outputs: {pager: 1, slack: [{settings: {channel: '#now'}}, {at: 10s, settings: {}}], archive: any}}`,
      'passed',
    ],
    [
      'what routes make of it otherwise',
      `  - base: {rule: A, priority: critical, k8s.ns.name: stage}
    alerts:
      - outputs:
          pager: {route: critical, priority: emergency, tags: [urgent, x], settings: {channel: '#now'}}
          slack: {text: '/now/', at: 0s, fields: {a.b: 1}}
          archive: {rule: B, source: k8s_audit}`,
      'failed; [alert 1: A] pager priority -Emergency +Critical; [alert 1: A] pager tags -urgent, x +urgent; ' +
        '[alert 1: A] pager channel -#now +not set; [alert 1: A] slack at -+0ms ++10s; ' +
        '[alert 1: A] slack text -/now/ +Critical in stage; [alert 1: A] slack a.b -1 +<NA>; ' +
        '[alert 1: A] archive rule -B +A; [alert 1: A] archive source -k8s_audit +syscall',
    ],
    [
      'groups and what a throttle held back',
      `  - alerts:
      - {rule: A, priority: error, k8s.ns.name: stage, outputs: [slack, archive]}
      - {rule: B, priority: error, k8s.ns.name: stage, after: 4s, outputs: {slack: {at: 10s}, archive: {at: 4s}}}
      - {rule: A, priority: error, k8s.ns.name: stage, count: 38, every: 10ms}
    expect:
      outputs:
        slack: [{alert: 1, at: 10s}, {alert: 2, at: 10s}, {alert: 3, at: 10s}, {summary: 37, at: +64.011s, fields: {tiercel.stage: throttle, tiercel.route: 'routes[1] prod'}}]
        archive: 40
      held_back: {throttle: 37, once: 0}`,
      'passed',
    ],
    [
      'what comes too much, too little, and otherwise',
      `  - alerts:
      - {rule: A, priority: error, k8s.ns.name: stage, count: 4}
    expect:
      outputs:
        slack: [{rule: A}, {rule: A, priority: alert}, {rule: A}, {summary: 3}]
        pager: none
      held_back: {throttle: 1, silence: 0}`,
      'failed; [slack: summary of 2 at +60.002s: Error tiercel summary: A] summary -3 +2; slack -an alert of Alert A +nothing; ' +
        'archive -nothing +alert 1 at +0ms: Error A\nalert 2 at +1ms: Error A\nalert 3 at +2ms: Error A\nalert 4 at +3ms: Error A; ' +
        'throttle -1 held back +2 held back',
    ],
    [
      'time that ends before a group is handed over',
      `  - alerts: [{rule: A, priority: error, k8s.ns.name: stage}]
    expect: {until: 9s, outputs: {archive: 1}}
  - name: and one that does not
    alerts: [{rule: A, priority: error, k8s.ns.name: stage, at: 0s}]
    expect: {until: 10s, outputs: {archive: any, slack: [{alert: 1}]}}
  - alerts: [{rule: A, priority: error, k8s.ns.name: stage}]
    expect: {until: 9999ms, outputs: {archive: any, slack: 1}}`,
      'passed', 'passed', 'failed; slack -1 alert +nothing',
    ],
    [
      'silences of all routes, until they end',
      `  - base: {rule: A, k8s.ns.name: payments}
    alerts:
      - {outputs: none, held_back: silence}
      - {after: 59m, held_back: {stage: silence, route: silences}}
      - {at: '2026-01-01T01:00:00Z', outputs: [archive], held_back: none}
    expect: {outputs: {archive: [{summary: 2, at: 1h, rule: 'tiercel summary: A'}, {alert: 3}]}, held_back: {silence: 2}}`,
      'passed',
    ],
    [
      'which stage of which route',
      `  - base: {rule: Nightly}
    alerts:
      - {at: '2026-01-31T12:00:00+01:00', held_back: {stage: active, route: 'routes[4]'}, outputs: none}
      - {at: '2026-02-02T08:00:00+01:00', held_back: none, outputs: [pager]}
      - {after: 10m, held_back: [dedup], outputs: none}
      - {after: 1m, held_back: [active, {stage: dedup, route: 'routes[4]'}]}
      - {at: +100h, priority: critical, outputs: [pager]}`,
      'failed; [alert 4: Nightly] held_back -active, dedup of routes[4] +dedup of routes[4]: the same was told already',
    ],
    [
      'inhibition',
      `  - base: {rule: Quiet}
    alerts:
      - {proc.name: low, outputs: [archive]}
      - {proc.name: loud, outputs: [archive]}
      - {proc.name: low, after: 4m, outputs: none, held_back: inhibit}
      - {proc.name: low, after: 2m, outputs: [archive]}`,
      'passed',
    ],
    [
      'a sample, which is the same each time',
      `  - alerts: [{rule: Sampled, count: 8}]
    expect: {outputs: {archive: [{alert: 7}, {alert: 8}]}, held_back: {sample: 6}}`,
      'passed',
    ],
    [
      'fields of any type and name',
      `  - name: as YAML has them
    alerts:
      - {rule: A, output_fields: {plain: 7, text: "7", flag: true, list: [a, 1], none: null, big: 9007199254740993}, proc.pid: 0x10, my.plugin: 1.5, hostname: h, input: falco, time: '2025-01-01T00:00:00Z', outputs: {archive: {fields: {plain: 7, text: "7", flag: true, list: [a, 1], none: null, big: 9007199254740993, proc.pid: 16, my.plugin: 1.5}}}}`,
      'passed',
    ],
    [
      'what is known to fail, and what passes',
      `  - {alerts: [{rule: A, outputs: none}], todo: later}
  - {alerts: [{rule: B, outputs: [archive]}], todo: true}`,
      'todo; [alert 1: A] outputs -none +archive', 'fixed',
    ],
    [
      'alerts of events',
      `  - events:
      - {evt.type: execve, proc.name: bash, container.id: 3f2a9c0d1b77, k8s.ns.name: stage}
      - {evt.type: execve, proc.name: su, at: 2s}
    expect:
      rules: {Shell: 1, Root: 1}
      outputs:
        slack: [{rule: Shell, at: 10s, text: Warning in stage}]
        archive: [{output: '* Warning shell=bash ns=stage', at: 0s, tags: [shell]}, {alert: 2, at: 2s}]
        pager: [{rule: Root, priority: critical, fields: {user.name: root}}]
  - name: with a rule under test
    rule: Root
    evt.type: execve
    proc.name: su
    expect: {outputs: {archive: 1}}`,
      'passed', 'failed; pager -nothing +alert 1 at +0ms: Critical Root',
    ],
    [
      'alerts of a capture',
      `  - capture: ${CAPTURE}
    expect: {rules: {Shell: 15}, outputs: {archive: 15}, held_back: {throttle: 0}}
  - name: and not as expected
    capture: ${CAPTURE}
    where: proc.name != none
    expect: {outputs: {archive: [{rule: Shell, at: 1s}, {count: 14}]}}`,
      'passed', 'failed; [archive: alert 1 at +0ms: Warning Shell] at -+1s ++0ms',
    ],
  ]; // prettier-ignore
  for (const [what, tests, ...expected] of cases)
    it(`judges ${what}`, async () => expect(await outcomes(tests)).to.deep.equal(expected));

  it('takes routes that stand in the test file', async () => {
    const routes = `\n  outputs: [a, b]\n  routes: [{match: priority >= error, outputs: [a]}]\n  default: [b]`;
    expect(
      await outcomes('  - alerts: [{priority: error, outputs: [a]}, {outputs: [b]}]', routes),
    ).to.deep.equal(['passed']);
    expect(
      await objections(
        '  - alerts: [{outputs: [b]}]',
        '\n  outputs: [a, b]\n  routes: [{match: prority = error, outputs: [c]}]',
      ),
    ).to.deep.equal([
      '3:20 CONFIG_BAD_VALUE routes[0].match: there is no field prority | did you mean priority?',
      '3:47 CONFIG_BAD_VALUE routes[0].outputs[0]: there is no output c | outputs are a, b',
    ]);
  });

  const wrong: readonly (readonly [what: string, tests: string, ...expected: readonly string[]])[] = [
    [
      'names of outputs, routes, stages, rules and fields that are not there',
      `  - alerts:
      - {outputs: [pagr]}
      - {outputs: {arkive: {at: 1s}, slack: {route: prodd}}}
      - {held_back: [throtle, {stage: dedup, route: x}]}
      - {outputs: none, fd.nam: x, proc.nmae: y, output_fields: {proc.nmae: z}}
    expect:
      outputs: {old: none, pager: [{rule: A}]}
      held_back: {sampel: 0}`,
      '4:20 TEST_UNKNOWN_OUTPUT there is no output pagr in ./tiercel.yaml | did you mean pager?',
      '5:20 TEST_UNKNOWN_OUTPUT there is no output arkive in ./tiercel.yaml | did you mean archive?',
      '5:38 TEST_UNKNOWN_ROUTE there is no route prodd in ./tiercel.yaml | did you mean prod?',
      '6:22 TEST_UNKNOWN_ROUTE there is no stage throtle | did you mean throttle?',
      '6:31 TEST_UNKNOWN_ROUTE there is no route x in ./tiercel.yaml | routes are silences, routes[0], critical, routes[0].routes[0], routes[1], prod, routes[2], routes[3], routes[4], routes[5], routes[6], default',
      '7:25 TEST_UNKNOWN_FIELD Falco has no field fd.nam | did you mean fd.name or fd.num? If it is one of your own, write it under `output_fields`',
      '7:36 TEST_UNKNOWN_FIELD Falco has no field proc.nmae | did you mean proc.name? If it is one of your own, write it under `output_fields`',
      '9:17 TEST_UNKNOWN_OUTPUT there is no output old in ./tiercel.yaml | outputs are pager, slack, archive',
      '9:36 TEST_IMPOSSIBLE no alert of this case is of the rule "A" | its alerts are of ""',
      '10:19 TEST_UNKNOWN_ROUTE there is no stage sampel | did you mean sample?',
    ],
    [
      'expectations that can never hold',
      `  - name: stages
    alerts:
      - {rule: A, held_back: group}
      - {rule: A, held_back: {stage: dedup, route: prod}}
      - {rule: B, outputs: {pager: {route: prod}}}
    expect: {held_back: {mute: 1, group: 0}}
  - name: rules
    alerts: [{rule: A}]
    expect: {outputs: {archive: [{rule: B}, {rule: 'tiercel summary: A', summary: 1}]}}`,
      '5:30 TEST_IMPOSSIBLE no route has a stage group',
      '6:30 TEST_IMPOSSIBLE the route prod has no stage dedup',
      '7:29 TEST_IMPOSSIBLE the route prod does not deliver to pager',
      '8:26 TEST_IMPOSSIBLE no route has a stage mute',
      '11:34 TEST_IMPOSSIBLE no alert of this case is of the rule "B" | its alerts are of "A"',
    ],
    [
      'times',
      `  - name: backwards
    alerts: [{at: 2s, outputs: none}, {at: 1s}, {at: soon}, {at: '2026-01-01'}]
  - name: what is none
    alerts: [{after: 1s, outputs: none}, {at: 1s, after: 1s}, {after: later, every: now, time: noon}]
    expect: {until: 1, outputs: {archive: [{at: x}]}}`,
      '4:44 TEST_SHAPE at: this is before the alert before it | times count from the first alert',
      '4:54 TEST_SHAPE at: expected a time like +30s or 2026-01-31T18:00:00Z, found "soon" | times count from the first alert',
      '4:67 TEST_SHAPE at: expected a time like +30s or 2026-01-31T18:00:00Z, found "2026-01-01" | times count from the first alert',
      '6:22 TEST_SHAPE after: there is no alert before this one | the first has `at`',
      '6:58 TEST_SHAPE after: there is `at` already | one of both says when the alert comes',
      '6:85 TEST_SHAPE every: expected a time like +30s or 10m, found "now"',
      '6:96 TEST_SHAPE time: expected a time with its zone such as 2026-01-31T18:00:00Z, found "noon"',
      '6:71 TEST_SHAPE after: expected a time like +30s or 10m, found "later"',
      '7:49 TEST_SHAPE at: expected a time like +30s or 10m, found "x"',
      '7:21 TEST_SHAPE until: expected a time like +30s or 10m, found "1"',
    ],
    [
      'keys that do not belong there',
      `  - name: of rules
    rule: A
    tags: [x]
    where: fd.num = 1
    alerts: [{outputs: none}]
    expect: {count: 1, rules: {A: 1}, others: none, outputs: {}}
  - {name: a list, alerts: [{outputs: none}], expect: [{rule: A}]}
  - {name: base, base: {rule: A, evt.type: execve}, rule: Shell, fires: [{}]}
  - {name: until, evt.type: execve, proc.name: su, expect: {count: 1, until: 1s}}`,
      '5:5 TEST_SHAPE tags: this stands at an alert, or under `base`',
      '4:5 TEST_SHAPE rule: an alert of a test with `alerts` says itself of which rule it is',
      '6:5 TEST_SHAPE where: this is for `capture`',
      '8:14 TEST_SHAPE count: this is for `events` and `capture` | with `alerts`, what is expected is outputs, held_back, until',
      '8:24 TEST_SHAPE rules: this is for `events` and `capture` | with `alerts`, what is expected is outputs, held_back, until',
      '8:39 TEST_SHAPE others: this is for `events` and `capture` | with `alerts`, what is expected is outputs, held_back, until',
      '9:55 TEST_SHAPE expect: the alerts are given, their ways are expected | `expect: {outputs: {NAME: …}}` says what outputs get; at an alert, `outputs` says where it goes',
      '10:25 TEST_UNKNOWN_KEY there is no key "rule" here | facts about events are fields, which have a dot; this is for tests with `alerts`',
      '11:71 TEST_SHAPE until: this is for `outputs` and `held_back`',
      '9:5 TEST_DUPLICATE another case says the same of the same facts',
    ],
    [
      'alerts of which nothing is expected, and twins',
      `  - alerts: [{rule: A}]
  - alerts: [{rule: B, outputs: none}]
  - alerts: [{outputs: [archive], rule: B, priority: notice}]`,
      '3:5 TEST_NO_EXPECTATION nothing is expected of these alerts | `outputs` or `held_back` at an alert, or `expect: {outputs: {NAME: …}}`',
      '5:5 TEST_DUPLICATE another case says the same of the same facts',
    ],
    [
      'values and keys of the wrong kind',
      `  - alerts: [{prio: x, outputs: 3, held_back: [1, {stag: x}], priority: high, proc.pid: many, count: 0, output_fields: {a: {b: c}}}]
    expect: {outputs: {archive: some, pager: [{txt: x}]}}`,
      '3:15 TEST_UNKNOWN_KEY there is no key "prio" here | did you mean priority?',
      '3:52 TEST_UNKNOWN_KEY there is no key "stag" here | did you mean stage?',
      '4:48 TEST_UNKNOWN_KEY there is no key "txt" here | did you mean text?',
      '3:73 TEST_SHAPE priority: there is no priority "high"; expected one of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFORMATIONAL, DEBUG',
      '3:124 TEST_SHAPE a: expected a text, nothing or a list, found a map',
      '3:102 TEST_SHAPE count: expected a whole number from 1, found "0"',
      '3:33 TEST_SHAPE outputs: expected none, a list or a map, found "3"',
      '3:51 TEST_SHAPE stage: this key is missing',
      '4:33 TEST_SHAPE archive: expected none, any, a whole number from 0 or a list, found "some"',
    ],
  ]; // prettier-ignore
  for (const [what, tests, ...expected] of wrong)
    it(`refuses ${what}`, async () => expect(await objections(tests)).to.deep.equal(expected));

  it('wants routes where something is expected of them', async () => {
    const file = join(folder, 'none.test.yaml');
    const objectionsTo = async (text: string): Promise<readonly string[]> => {
      writeFileSync(file, text);
      const { diagnostics } = await new TestFileRunner({}).run(file, false);
      return diagnostics.map(({ line, column, code, hint }) => `${line}:${column} ${code} | ${hint}`);
    };
    expect(await objectionsTo('tests: [{alerts: [{outputs: none}]}]')).to.deep.equal([
      '1:9 TEST_NO_ROUTES | name the configuration under `routes` at the top of the file: `routes: tiercel.yaml`',
    ]);
    expect(await objectionsTo('routes: none.yaml\ntests: [{alerts: [{outputs: none}]}]')).to.deep.equal([
      '1:9 TEST_NO_ROUTES | paths are relative to the test file',
    ]);
    expect(
      await objectionsTo('rules: x.yaml\ntests: [{evt.type: execve, proc.name: su, expect: {outputs: {}}}]'),
    ).to.deep.equal([
      '2:9 TEST_NO_ROUTES | name the configuration under `routes` at the top of the file: `routes: tiercel.yaml`',
    ]);
  });

  it('needs no rules for alerts, and names what it reads', async () => {
    writeFileSync(
      join(folder, 'only.test.yaml'),
      'routes: tiercel.yaml\ntests: [{alerts: [{outputs: [archive]}]}]',
    );
    const { results, reads } = await new TestFileRunner({}).run(join(folder, 'only.test.yaml'), false);
    expect(results.map(told)).to.deep.equal(['passed']);
    expect(reads).to.deep.equal([join(folder, 'tiercel.yaml')]);
  });

  it('selects alerts by rule and tag', async () => {
    const tests = `  - {name: a, alerts: [{rule: Red, outputs: [archive]}]}
  - {name: b, alerts: [{rule: Blue, tags: [warm], outputs: [archive]}]}`;
    const names = async (select: TestFileOptions['select'] & object): Promise<readonly string[]> =>
      (await run(tests, { select })).results.map(({ case: { name } }) => name);
    expect(await names({ rule: (name) => name === 'Red' })).to.deep.equal(['a']);
    expect(await names({ tag: 'warm' })).to.deep.equal(['b']);
  });

  it('counts what cases show of routes', async () => {
    const coverage = new CoverageRecorder();
    await run(
      `  - alerts:
      - {rule: A, priority: critical, k8s.ns.name: stage, count: 3}
      - {rule: Nightly, tags: [noise]}
    expect: {outputs: {pager: any, slack: any, archive: any}}`,
      { coverage },
    );
    expect(shown(coverage.report())).to.deep.equal([
      'silences: 4/0 silences 4/0, silence 0/0 = 1 of 2',
      'routes[0] critical: 3/1 priority >= critical 3/1 = 2 of 2',
      'routes[0].routes[0]: 0/3 k8s.ns.name = prod 0/3 = 1 of 2',
      'routes[1] prod: 3/1 k8s.ns.name in (prod, stage) 3/1, priority >= warning 3/0, throttle 1/0 = 4 of 5',
      'routes[2]: 1/3 tags intersects (noise) 1/3 = 2 of 2',
      'routes[3]: 0/3 rule = Sampled 0/3, sample 0/0 = 1 of 3',
      'routes[4]: 0/3 rule = Nightly 0/3, active 0/0, dedup 0/0 = 1 of 4',
      'routes[5]: 0/3 rule = Quiet 0/3, inhibit 0/0 = 1 of 3',
      'routes[6]: 3/0 routes[6] 3/0 = 1 of 1',
      // Behind a route that takes all, nothing can come here.
      'default: 0/0 default 0/0 = 0 of 0',
    ]);
  });
});

/** Each route: how many alerts it took and passed by, and its leaves with how often they held and did not. */
const shown = ({ routes }: Coverage): readonly string[] =>
  routes.map(
    ({ name, fires, silent, leaves, seen, possible }) =>
      `${name}: ${fires}/${silent} ${leaves.map(({ text, held, failed }) => `${text} ${held}/${failed}`).join(', ')} = ${seen} of ${possible}`,
  );
