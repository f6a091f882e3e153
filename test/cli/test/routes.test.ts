import { expect } from 'chai';
import { Project } from './project.ts';

const CONFIG = `outputs:
  pager: {kind: webhook, url: 'https://pager.invalid'}
  archive: {kind: file, path: alerts.json}
routes:
  - name: critical
    match: priority >= critical and not rule = Noise
    throttle: {by: [rule], rate: 1/m}
    outputs: [pager]
    continue: true
  - match: k8s.ns.name in (prod, stage)
    outputs: [archive]
default: [archive]
`;

const TESTS = `routes: tiercel.yaml
tests:
  - name: pages
    alerts:
      - {rule: Shell, priority: critical, outputs: [pager, archive]}
      - {rule: Shell, priority: warning, outputs: [pager]}
`;

describe('tiercel test, routes', () => {
  let project: Project;
  beforeEach(() => (project = new Project({ 'tiercel.yaml': CONFIG, 'a.test.yaml': TESTS })));
  afterEach(() => project.remove());

  it('shows the way of an alert that went wrong', () => {
    const { stdout, status } = project.test();
    expect(status).to.equal(1);
    expect(stdout).to.equal(`✗ a.test.yaml  1 case, 1 failed

✗ pages
  a.test.yaml:3:5
  alert 1: Shell
    outputs  - pager, archive
             + pager
  alert 2: Shell
    outputs  - pager
             + archive
  alert 1: Shell
    ✓ routes[0] critical → pager
        ✓ all of
          ✓ priority >= critical  is Critical  ◀ tiercel.yaml:6:12
          ✓ not rule = Noise      is Shell  ◀ tiercel.yaml:6:41
    ✗ routes[1]
        ✗ k8s.ns.name in (prod, stage)  absent  ◀ tiercel.yaml:10:12
    · default
  alert 2: Shell
    ✗ routes[0] critical
        ✗ all of
          ✗ priority >= critical  is Warning  ◀ tiercel.yaml:6:12
          · not rule = Noise      is Shell
    ✗ routes[1]
        ✗ k8s.ns.name in (prod, stage)  absent  ◀ tiercel.yaml:10:12
    ✓ default → archive

1 case in 1 file: 1 failed
`);
  });

  it('tells programs', () => {
    const { stdout } = project.test('--format', 'json', '--coverage=json');
    const report = JSON.parse(stdout) as {
      coverage: { routes: object[] };
      files: { cases: { kind: string; explanations: { alert: number; tree: object[] }[] }[] }[];
    };
    const [{ kind, explanations }] = report.files[0]!.cases as [(typeof report)['files'][0]['cases'][0]];
    expect(kind).to.equal('alerts');
    expect(explanations.map(({ alert, tree }) => [alert, tree.length])).to.deep.equal([
      [1, 3],
      [2, 3],
    ]);
    expect(report.coverage.routes[0]).to.deep.equal({
      name: 'routes[0] critical',
      percent: 60,
      seen: 3,
      possible: 5,
      took: 1,
      passedBy: 1,
    });
    expect(project.read('coverage.json')).to.include('"took": 1');
  });

  it('tells what no alert came to', () => {
    const { stdout } = project.test('--coverage', '--explain=none');
    expect(stdout.slice(stdout.indexOf('Coverage'))).to
      .equal(`Coverage 62.5 % (5 of 8 outcomes of checks, in 3 routes)

routes[1]  50.0 %, took no alert, passed 2 by  tiercel.yaml:10:5
  never true   k8s.ns.name in (prod, stage)  tiercel.yaml:10:12

routes[0] critical  60.0 %, took 1 alert, passed 1 by  tiercel.yaml:5:5
  never true   rule = Noise  tiercel.yaml:6:41
  never held   throttle      tiercel.yaml:7:5
`);
    project.write({
      'a.test.yaml': TESTS.replace('critical, ', 'critical, k8s.ns.name: prod, ').replace(
        /.*warning.*\n/,
        '',
      ),
    });
    expect(project.test('--coverage').stdout).to.match(
      /\n1 route was never reached:\n {2}default {2}tiercel.yaml:12:1\n$/,
    );
  });

  it('colours configurations, and tells lcov of them', () => {
    project.test('--coverage=html', '--coverage=lcov');
    expect(project.read('coverage.html')).to.include('<th>Route<th>Covered<th>Took<th>Passed by');
    expect(project.read('coverage.html')).to.match(/<mark class="full"[^>]*>priority &gt;= critical<\/mark>/);
    expect(project.read('lcov.info')).to.include('SF:tiercel.yaml\nFN:5,routes[0] critical\n');
    expect(project.read('lcov.info')).to.include('FNDA:1,routes[0] critical\n');
  });

  it('runs in threads, with what they have seen added up', () => {
    project.write({
      'a.test.yaml': TESTS.replace(/.*warning.*\n/, '').replace(', archive', ''),
      'b.test.yaml': TESTS.replace(/.*critical.*\n/, '').replace('[pager]', '[archive]'),
    });
    const summary = (...args: readonly string[]): string =>
      /^Coverage.*$/m.exec(project.test('--coverage', ...args).stdout)![0];
    expect(summary('-j', '2')).to.equal(summary());
    expect(summary()).to.equal('Coverage 62.5 % (5 of 8 outcomes of checks, in 3 routes)');
  });

  for (const [format, shown] of [
    ['tap', 'not ok 1 - pages'],
    ['github', '::error file=a.test.yaml,line=5'],
  ] as const)
    it(`reports as ${format}`, () => {
      const { stdout } = project.test('--format', format, '--junit', 'x.xml', '--bail');
      expect(stdout).to.include(shown);
      expect(stdout).to.include('routes[0] critical');
      expect(project.read('x.xml')).to.include('routes[0] critical');
    });

  it('shows every way with --explain=full', () => {
    project.write({ 'a.test.yaml': TESTS.replace(/.*warning.*\n/, '').replace(', archive', '') });
    expect(project.test('--explain=full').stdout).to.include('✓ routes[0] critical → pager');
  });
});
