import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tiercel, tiercelWith } from './tiercel.ts';

const CONFIG = `outputs:
  - {kind: slack, name: slack-sec}
  - {kind: file, name: archive}
  - kind: stdout
routes:
  - name: prod
    match: |
      priority >= warning and
      k8s.ns.name = prod
    outputs: [slack-sec]
    continue: true
    dedup: {by: [rule], window: 1h}
    routes:
      - {match: priority >= critical, outputs: [slack-sec, archive]}
  - match: not tags intersects (noise)
    outputs: [archive]
default: [stdout]
`;

describe('tiercel routes test', () => {
  let folder = '';
  let config = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-routes-'));
    config = join(folder, 'tiercel.yaml');
    writeFileSync(config, CONFIG);
  });
  after(() => rmSync(folder, { recursive: true }));

  const routes = (...args: readonly string[]) => tiercel('routes', 'test', '-c', config, ...args);

  it('says which outputs get an alert, and from which route', () =>
    expect(routes('rule=R', 'priority=warning', 'k8s.ns.name=prod')).to.deep.equal({
      status: 0,
      stdout: 'OUTPUT     ROUTE\nslack-sec  routes[0] prod\narchive    routes[1]\n',
      stderr: '',
    }));

  it('shows why, with the place of what decided', () => {
    const { stdout } = routes('priority=notice', 'k8s.ns.name=prod', 'tags=a,noise', '--tree');
    expect(stdout.replaceAll(config, 'tiercel.yaml')).to.equal(`✗ routes[0] prod
    ✗ all of
      ✗ priority >= warning  is Notice  ◀ tiercel.yaml:8:7
      · k8s.ns.name = prod   is prod
  · routes[0].routes[0]
✗ routes[1]
    ✗ not tags intersects (noise)  is (a,noise)  ◀ tiercel.yaml:15:16
✓ default → stdout
`);
  });

  it('gives JSON', () => {
    const { stdout } = routes('priority=critical', 'k8s.ns.name=prod', '--json');
    const { deliveries, tree } = JSON.parse(stdout) as Record<
      'deliveries' | 'tree',
      Record<string, unknown>[]
    >;
    expect(deliveries.map(({ output, route }) => [output, route])).to.deep.equal([
      ['slack-sec', 'routes[0].routes[0]'],
      ['archive', 'routes[0].routes[0]'],
    ]);
    expect(tree.map(({ route, matched, delivers }) => [route, matched, delivers])).to.deep.equal([
      ['routes[0] prod', true, []],
      ['routes[0].routes[0]', true, ['slack-sec', 'archive']],
      ['routes[1]', true, []],
      ['default', null, []],
    ]);
  });

  it('routes alerts of a file one after the other', () => {
    const alert = (time: string, more: object = {}) =>
      JSON.stringify({
        rule: 'R',
        priority: 'Warning',
        time,
        output_fields: { 'k8s.ns.name': 'prod' },
        tags: ['noise'],
        ...more,
      });
    const lines = [
      alert('2026-01-31T12:00:00Z'),
      alert('2026-01-31T12:59:59Z'),
      alert('2026-01-31T13:00:00Z'),
    ];
    const { stdout, stderr } = tiercelWith(
      lines.join('\n'),
      'routes',
      'test',
      '-c',
      config,
      '--alert',
      '-',
      '--json',
    );
    expect(stderr).to.equal('');
    const got = stdout
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { deliveries: { output: string }[]; suppressed: { stage: string }[] },
      )
      .map(({ deliveries, suppressed }) => [
        ...deliveries.map(({ output }) => output),
        ...suppressed.map(({ stage }) => stage),
      ]);
    expect(got).to.deep.equal([['slack-sec'], ['dedup'], ['slack-sec']]);
  });

  it('verifies', () => {
    expect(routes('rule=R', '--verify', 'archive').status).to.equal(0);
    expect(routes('rule=R', 'tags=noise', '--verify', 'archive')).to.include({
      status: 1,
      stderr: 'not as expected (archive): archive would not get it; stdout would get it\n',
    });
    expect(routes('rule=R', '--verify', 'archiv'))
      .to.deep.include({ status: 2 })
      .and.to.have.property('stderr')
      .that.includes('did you mean archive?');
  });

  const refused: readonly (readonly [what: string, args: readonly string[], message: RegExp])[] = [
    ['no alert', [], /which alert\?/],
    ['a fact without a value', ['rule'], /key=value was expected/],
    ['a misspelt key', ['prioritty=high'], /did you mean priority\?/],
    ['a priority that is none', ['priority=high'], /high is no priority/],
    ['a time without a zone', ['rule=R', '--at', '2026-01-31'], /a time with its zone/],
    ['a file of alerts that is not there', ['--alert', '/nowhere/x'], /cannot read \/nowhere\/x/],
    [
      'a file that is not there',
      ['rule=R', '-c', '/nowhere/x.yaml'],
      /\/nowhere\/x.yaml: error: cannot read/,
    ],
  ];
  for (const [what, args, message] of refused)
    it(`refuses ${what}`, () => {
      const { status, stderr } = routes(...args);
      expect(stderr).to.match(message);
      expect(status).to.equal(2);
    });

  it('tells of alerts that are none with their line', () => {
    const { status, stderr } = tiercelWith('\n{}\n', 'routes', 'test', '-c', config, '--alert', '-');
    expect(stderr).to.match(/<stdin>:2: error: rule: text was expected/);
    expect(status).to.equal(2);
  });

  it('tells of wrong routes at their place', () => {
    const wrong = join(folder, 'wrong.yaml');
    const cases: readonly (readonly [string, RegExp])[] = [
      ['routes:\n  - mtach: x\n', /wrong.yaml:2:5: error: there is no setting mtach here/],
      [
        'routes:\n  - match: >-\n      rule = x and\n      tags = y\ndefault: [a]\n',
        /wrong.yaml:4:7: error: /,
      ],
      [
        'routes:\n  - match: "rule = \\"é\\" and clstr = y"\ndefault: [a]\n',
        /wrong.yaml:2:30: error: .*no field clstr/,
      ],
      ['outputs: [{kind: slack}]\nroutes: [{outputs: [slak]}]\n', /wrong.yaml:2:21: error: .*no output slak/],
      [
        'outputs: {chat: {kind: slack}}\nroutes: [{outputs: [slack]}]\n',
        /wrong.yaml:2:21: error: .*no output slack.*\n.*outputs are chat/s,
      ],
      ['routes: []\nroutes: []\n', /wrong.yaml:2:1: error: routes stands here twice/],
      ['routes: [\n', /wrong.yaml:\d+:\d+: error: /],
    ];
    for (const [text, message] of cases) {
      writeFileSync(wrong, text);
      const { status, stderr } = tiercel('routes', 'test', '-c', wrong, 'rule=R');
      expect(stderr).to.match(message);
      expect(status).to.equal(2);
    }
  });
});
