import { expect } from 'chai';
import fc from 'fast-check';
import type { RoutedAlert } from '../../../outputs/alert.ts';
import {
  readRouting,
  Router,
  type Routed,
  type RoutedEntry,
  type RouterOptions,
  type RoutingSettings,
} from '../../../outputs/routes/index.ts';
import { alert, NOON, outputsOf } from './routing.ts';

const OUTPUTS = ['a', 'b', 'c'];
const CONDITIONS = [
  'rule = R0',
  'rule in (R1, R2)',
  'priority >= warning',
  'priority < error',
  'k8s.ns.name = prod',
  'not k8s.ns.name exists',
  'tags intersects (x)',
];
const condition = fc.constantFrom(...CONDITIONS);
const seconds = (max: number) => fc.integer({ min: 1, max }).map((n) => `${n}s`);
const by = fc.subarray(['rule', 'k8s.ns.name', 'priority']);
const maxKeys = fc.constantFrom(1, 2, 1000);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });

const stages = {
  silence: maybe(
    fc.record({ match: condition, until: fc.constant('2026-01-31T12:05:00Z') }).map((one) => [one]),
  ),
  inhibit: maybe(
    fc
      .record({ source: condition, target: condition, equal: by, for: seconds(60), max_keys: maxKeys })
      .map((one) => [one]),
  ),
  mute: maybe(fc.constant({ hours: '12:02-12:04' })),
  sample: maybe(fc.constantFrom(2, 3)),
  dedup: maybe(fc.record({ by, window: seconds(100), max_keys: maxKeys })),
  throttle: maybe(fc.record({ by, rate: fc.constantFrom('1/10s', '3/m'), max_keys: maxKeys })),
  set: maybe(fc.constantFrom({ priority: 'debug' }, { tags: ['x'] }, { fields: { 'k8s.ns.name': 'prod' } })),
  group: maybe(
    fc.record({
      by,
      wait: seconds(20),
      interval: seconds(60),
      repeat: fc.constantFrom('0', '90s'),
      max: fc.constantFrom(1, 3, 100),
      max_keys: maxKeys,
    }),
  ),
  outputs: maybe(fc.subarray(OUTPUTS)),
  continue: maybe(fc.boolean()),
  match: maybe(condition),
};
const { tree } = fc.letrec((tie) => ({
  tree: fc.array(
    fc.record({
      ...stages,
      routes: fc.option(tie('tree'), { nil: undefined, depthSize: 'small', maxDepth: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
}));

/** Without what is undefined, as YAML is. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function settings(routes: unknown): RoutingSettings {
  const read = readRouting(plain({ routes, default: ['c'] }));
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.settings;
}

function routerFor(routing: RoutingSettings, state?: RouterOptions['state']): Router {
  const { router } = Router.create(routing, { outputs: OUTPUTS, ...(state && { state }) });
  return router!;
}

interface Step {
  /** Seconds; sometimes back. */
  readonly passed: number;
  readonly one: RoutedAlert | 'tick';
}

const someAlert = fc
  .record({
    rule: fc.constantFrom('R0', 'R1', 'R2'),
    priority: fc.constantFrom('Debug', 'Warning', 'Critical'),
    tags: fc.subarray(['x', 'y']),
    namespace: fc.constantFrom('prod', 'dev', undefined),
  })
  .map(({ namespace, ...said }) =>
    alert({ ...said, ...(namespace !== undefined && { 'k8s.ns.name': namespace }) } as Parameters<
      typeof alert
    >[0]),
  );
const step: fc.Arbitrary<Step> = fc.record({
  passed: fc.oneof({ arbitrary: fc.integer({ min: 0, max: 40 }), weight: 9 }, fc.constantFrom(-3600, 3600)),
  one: fc.oneof({ arbitrary: someAlert, weight: 4 }, fc.constant('tick' as const)),
});
const steps = fc.array(step, { maxLength: 40 });

/** What a router gives for steps, as text that can be compared. */
interface Outcome {
  readonly entries: readonly RoutedEntry[];
  readonly routed?: Routed;
}
const shown = ({ entries, routed }: Outcome): string =>
  JSON.stringify([
    entries.map((entry) => [entry.alert.id, entry.alert.json, entry.deliveries]),
    routed?.held,
    routed?.suppressed,
  ]);

function take(router: Router, { one }: Step, now: number): Outcome {
  if (one === 'tick') return { entries: router.tick(now) };
  const routed = router.route(one, now);
  return { entries: routed.entries, routed };
}

const clock = (all: readonly Step[]): readonly number[] => {
  let now = NOON;
  return all.map(({ passed }) => (now += passed * 1000));
};

describe('routes, whatever they are', () => {
  it('lose no alert: each is delivered, kept and delivered later, or held back with a reason and counted', () =>
    fc.assert(
      fc.property(tree, steps, (routes, all) => {
        const router = routerFor(settings(routes));
        const times = clock(all);
        const wanted = new Map<string, number>();
        const got = new Map<string, number>();
        let suppressed = 0;
        let summedUp = 0;
        let promised = 0;
        const receive = (entries: readonly RoutedEntry[]): void => {
          for (const entry of entries) {
            const count = entry.alert.fields.get('tiercel.count') as number | undefined;
            if (count !== undefined) summedUp += count;
            else for (const output of outputsOf([entry])) add(got, `${entry.alert.id} ${output}`);
          }
        };
        all.forEach((one, i) => {
          const { entries, routed } = take(router, one, times[i]!);
          receive(entries);
          if (routed === undefined || one.one === 'tick') return;
          const { id } = one.one;
          const now = routed.entries
            .filter((entry) => entry.alert.id === id)
            .flatMap((entry) => outputsOf([entry]));
          const later = routed.held.flatMap(({ outputs }) => outputs);
          expect(now.length + later.length + routed.suppressed.length, 'it ends somewhere').to.be.greaterThan(
            0,
          );
          for (const output of later) add(wanted, `${id} ${output}`);
          suppressed += routed.suppressed.length;
          for (const { reason, route, stage } of routed.suppressed) {
            expect(reason).to.not.equal('');
            expect(route).to.match(/^routes\[/);
            if (stage !== 'sample' && stage !== 'outputs' && stage !== 'once') promised++;
          }
        });
        // Much later, everything was handed over and summed up.
        receive(router.tick((times.at(-1) ?? NOON) + 1e9));
        for (const [key, count] of wanted) expect(got.get(key) ?? 0, key).to.be.at.least(count);
        expect(router.stats.held).to.equal(0);
        expect(router.stats.suppressed.reduce((sum, { count }) => sum + count, 0)).to.equal(suppressed);
        // What would have gone nowhere anyway is not summed up.
        expect(summedUp).to.be.at.most(promised);
        if (!JSON.stringify(routes).includes('"outputs":[]')) expect(summedUp).to.equal(promised);
      }),
      { numRuns: 150 },
    ));

  const add = (counts: Map<string, number>, key: string): void =>
    void counts.set(key, (counts.get(key) ?? 0) + 1);

  it('do after a restart at any moment what they would have done without', () =>
    fc.assert(
      fc.property(tree, steps, fc.infiniteStream(fc.boolean()), (routes, all, restarts) => {
        const routing = settings(routes);
        const steady = routerFor(routing);
        let restarted = routerFor(routing);
        const kept = new Map<string, unknown>();
        const times = clock([...all, { passed: 10_000, one: 'tick' }]);
        [...all, { passed: 10_000, one: 'tick' } as const].forEach((one, i) => {
          expect(shown(take(restarted, one, times[i]!))).to.equal(shown(take(steady, one, times[i]!)));
          for (const [name, value] of restarted.changes())
            if (value === undefined) kept.delete(name);
            else kept.set(name, JSON.parse(JSON.stringify(value)));
          restarted.keep();
          // That time passed in which nothing happened is no change.
          kept.set('clock', restarted.json().get('clock'));
          if (restarts.next().value) restarted = routerFor(routing, kept);
        });
      }),
      { numRuns: 150 },
    ));

  it('forget what is undone', () =>
    fc.assert(
      fc.property(tree, steps, fc.infiniteStream(fc.integer({ min: 0, max: 3 })), (routes, all, undone) => {
        const routing = settings(routes);
        const steady = routerFor(routing);
        const undoing = routerFor(routing);
        const times = clock(all);
        all.forEach((one, i) => {
          // Some of what is to come, which then does not.
          const before = undone.next().value as number;
          for (let k = i; k < Math.min(all.length, i + before); k++) take(undoing, all[k]!, times[k]!);
          undoing.undo();
          expect(undoing.changes().size).to.equal(0);
          expect(shown(take(undoing, one, times[i]!))).to.equal(shown(take(steady, one, times[i]!)));
          undoing.changes();
          // What happens before changes are kept is none of them.
          if (before === 3 && one.one !== 'tick') undoing.route(one.one, times[i]!);
          undoing.keep();
          undoing.undo();
        });
      }),
      { numRuns: 150 },
    ));

  it('do not depend on the order of siblings that take different alerts', () =>
    fc.assert(
      fc.property(fc.shuffledSubarray(['R0', 'R1', 'R2'], { minLength: 3 }), someAlert, (rules, one) => {
        const routes = rules.map((rule) => ({
          match: `rule = ${rule}`,
          outputs: [OUTPUTS[Number(rule[1])]!],
        }));
        expect(outputsOf(routerFor(settings(routes)).route(one, NOON).entries)).to.deep.equal([
          OUTPUTS[Number(one.rule[1])],
        ]);
      }),
    ));
});
