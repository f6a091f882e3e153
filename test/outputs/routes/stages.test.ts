import { expect } from 'chai';
import type { RoutedAlert } from '../../../outputs/alert.ts';
import { MOST_HELD, MOST_HELD_BYTES, type Router, type RoutedEntry } from '../../../outputs/routes/index.ts';
import { MOST_TALLY_LETTERS } from '../../../outputs/routes/tally.ts';
import { alert, HOUR, NOON, outputsOf, routerOf, shortly, withId } from './routing.ts';

/** At so many seconds: an alert and what becomes of it, or a tick and what it gives. */
type Step =
  | readonly [at: number, one: RoutedAlert, expected: string]
  | readonly [at: number, tick: 'tick', expected: string];

interface Case {
  readonly title: string;
  readonly route: string;
  readonly steps: readonly Step[];
  /** Where the clock stands at the beginning. */
  readonly start?: number;
}

const prod = alert({ 'k8s.ns.name': 'prod' });
const dev = alert({ 'k8s.ns.name': 'dev' });
const other = alert({ rule: 'Other', 'k8s.ns.name': 'prod' });
const loud = alert({ rule: 'Loud', priority: 'Critical', 'k8s.ns.name': 'prod' });

/** What a tick gives: rule and output of each alert; of summaries, how many. */
const told = (entries: readonly RoutedEntry[]): string =>
  entries
    .map((entry) => {
      const count = entry.alert.fields.get('tiercel.count');
      const what = count === undefined ? entry.alert.rule : `${count as number} more`;
      return `${what} → ${outputsOf([entry]).join(',')}`;
    })
    .join('; ');

const cases: readonly Case[] = [
  {
    title: 'dedup: one of a key within the window, and a summary at its end',
    route: 'dedup: {by: [rule, k8s.ns.name], window: 60s}',
    steps: [
      [0, prod, 'a'],
      [1, prod, 'dedup'],
      [2, dev, 'a'],
      [3, other, 'a'],
      [59, prod, 'dedup'],
      [59, 'tick', ''],
      [60, 'tick', '2 more → a'],
      [60, prod, 'a'],
      [61, prod, 'dedup'],
      [200, prod, 'a'],
      [200, 'tick', '1 more → a'],
      [201, 'tick', ''],
    ],
  },
  {
    title: 'dedup: by default only what is the same to the last letter',
    route: 'dedup: {window: 60s}',
    steps: [
      [0, prod, 'a'],
      [1, alert({ 'k8s.ns.name': 'prod' }), 'a'],
      [2, prod, 'dedup'],
    ],
  },
  {
    title: 'dedup: no summary where none is wanted',
    route: 'dedup: {window: 60s}\n  summary: false',
    steps: [
      [0, prod, 'a'],
      [1, prod, 'dedup'],
      [100, 'tick', ''],
    ],
  },
  {
    title: 'throttle: a bucket of tokens for each key, filled evenly',
    route: 'throttle: {by: [k8s.ns.name], rate: 2/m}',
    steps: [
      [0, prod, 'a'],
      [1, prod, 'a'],
      [2, prod, 'throttle'],
      [2, dev, 'a'],
      [29, prod, 'throttle'],
      [30, prod, 'a'],
      [31, prod, 'throttle'],
      [60, prod, 'a'],
      [61, 'tick', ''],
      [62, 'tick', '3 more → a'],
      [300, prod, 'a'],
      [300, prod, 'a'],
      [300, prod, 'throttle'],
    ],
  },
  {
    title: 'throttle: a burst beyond the rate',
    route: 'throttle: {rate: 1/m, burst: 3}',
    steps: [
      [0, prod, 'a'],
      [0, prod, 'a'],
      [0, prod, 'a'],
      [0, prod, 'throttle'],
      [60, prod, 'a'],
      [60, prod, 'throttle; 1 more → a'],
      [600, prod, 'a'],
      [600, prod, 'a'],
      [600, prod, 'a'],
      [600, prod, 'throttle; 1 more → a'],
    ],
  },
  {
    title: 'sample: by the digits of the id',
    route: 'sample: 4',
    steps: [
      [0, withId(prod, '000000000000'), 'a'],
      [0, withId(prod, '000000000001'), 'sample'],
      [0, withId(prod, '000000000004'), 'a'],
      [1, withId(prod, '000000000004'), 'a'],
      [900, 'tick', ''],
    ],
  },
  {
    title: 'inhibit: a source mutes targets with equal values, for a while',
    route:
      'inhibit: [{source: priority >= critical, target: priority <= warning, equal: [k8s.ns.name], for: 60s}]',
    steps: [
      [0, prod, 'a'],
      [1, loud, 'a'],
      [2, prod, 'inhibit'],
      [3, dev, 'a'],
      [4, loud, 'a'],
      [63, prod, 'inhibit; 1 more → a'],
      [64, prod, 'a'],
      [64, 'tick', '1 more → a'],
    ],
  },
  {
    title: 'inhibit: a source is not muted itself; what both lack is equal',
    route: 'inhibit: [{source: rule = R, target: hostname = h, equal: [container.id], for: 60s}]',
    steps: [
      [0, prod, 'a'],
      [1, prod, 'a'],
      [2, loud, 'inhibit'],
      [3, alert({ rule: 'X', 'container.id': 'c' }), 'a'],
    ],
  },
  {
    title: 'silence: from its start until its end, with a summary',
    route:
      'silence: [{match: k8s.ns.name = prod, starts: "2026-01-31T12:01:00Z", until: "2026-01-31T13:02+01:00", comment: upgrade}]',
    steps: [
      [59, prod, 'a'],
      [60, prod, 'silence'],
      [60, dev, 'a'],
      [119, loud, 'silence'],
      [120, prod, 'a'],
      [120, 'tick', '2 more → a'],
    ],
  },
  {
    title: 'silence before inhibit: what is silent does not mute others',
    route: `silence: [{match: rule = Loud, until: "2026-02-01T00:00Z"}]
  inhibit: [{source: rule = Loud, target: rule = R}]`,
    steps: [
      [0, loud, 'silence'],
      [1, prod, 'a'],
    ],
  },
  {
    title: 'mute: at these times nothing passes; a summary when they are over',
    route: 'mute: {days: [sat, sun], hours: "12:00-14:00", zone: UTC}',
    steps: [
      [0, prod, 'mute'],
      [7199, other, 'mute'],
      [7199, 'tick', ''],
      [7200, 'tick', '2 more → a'],
      [7200, prod, 'a'],
      [24 * 3600, prod, 'mute'],
      [48 * 3600, prod, 'a'],
    ],
  },
  {
    title: 'active: hours that go on into the next day belong to the day when they begin',
    route: 'active: [{days: fri, hours: "22:00-13:00"}]',
    steps: [
      [0, prod, 'a'],
      [3599, prod, 'a'],
      [3600, prod, 'active'],
      [24 * 3600, prod, 'active'],
      [6 * 24 * 3600 + 11 * 3600, prod, 'a'],
    ],
  },
  {
    title: 'active: in a time zone, also when its clock changes',
    // In Berlin it is 01:30; at 02:00 the clock goes to 03:00.
    start: Date.UTC(2026, 2, 29, 0, 30),
    route: 'active: {hours: "01:00-03:30", zone: Europe/Berlin}',
    steps: [
      [0, prod, 'a'],
      [3599, prod, 'a'],
      [3600, prod, 'active'],
    ],
  },
  {
    title: 'stages in their order: what dedup holds back takes nothing from throttle',
    route: 'dedup: {by: [rule], window: 1h}\n  throttle: {by: [], rate: 2/h}',
    steps: [
      [0, prod, 'a'],
      [1, prod, 'dedup'],
      [2, prod, 'dedup'],
      [3, other, 'a'],
      [4, loud, 'throttle'],
    ],
  },
  {
    title: 'group: the first waits, later ones are gathered',
    route: 'group: {by: [k8s.ns.name], wait: 10s, interval: 60s}',
    steps: [
      [0, prod, 'held a'],
      [5, other, 'held a'],
      [6, dev, 'held a'],
      [9, 'tick', ''],
      [10, 'tick', 'R → a; Other → a'],
      [16, 'tick', 'R → a'],
      [20, prod, 'held a'],
      [69, 'tick', ''],
      [70, 'tick', 'R → a'],
      [100, 'tick', ''],
      [300, prod, 'held a'],
      [309, 'tick', ''],
      [310, 'tick', 'R → a'],
    ],
  },
  {
    title: 'group: after a quiet interval the next one waits as the first did',
    route: 'group: {by: [], wait: 10s, interval: 60s}',
    steps: [
      [0, prod, 'held a'],
      [10, 'tick', 'R → a'],
      [75, prod, 'held a'],
      [84, 'tick', ''],
      [85, 'tick', 'R → a'],
    ],
  },
  {
    title: 'group: repeat keeps rules quiet that were told of, not others',
    route: 'group: {by: [k8s.ns.name], wait: 10s, interval: 60s, repeat: 1h}',
    steps: [
      [0, prod, 'held a'],
      [1, prod, 'held a'],
      [10, 'tick', 'R → a; R → a'],
      [20, prod, 'group'],
      [30, other, 'held a'],
      [40, dev, 'held a'],
      [70, 'tick', 'Other → a; R → a'],
      [80, prod, 'group'],
      [3609, 'tick', ''],
      [3610, 'tick', '2 more → a'],
      [3611, prod, 'held a'],
    ],
  },
  {
    title: 'group: no wait hands over at once',
    route: 'group: {by: [], wait: 0, interval: 60s}',
    steps: [
      [0, prod, 'a; held a'],
      [1, prod, 'held a'],
      [60, 'tick', 'R → a'],
    ],
  },
  {
    title: 'group: the last one that has place ends the waiting',
    route: 'group: {by: [], wait: 1h, max: 3}',
    steps: [
      [0, prod, 'held a'],
      [1, prod, 'held a'],
      [2, other, 'a; a; a; held a'],
      [3, prod, 'held a'],
    ],
  },
  {
    title: 'group: more keys than are remembered: the oldest is handed over',
    route: 'group: {by: [k8s.ns.name], wait: 1h, max_keys: 1}',
    steps: [
      [0, prod, 'held a'],
      [1, dev, 'a; held a'],
      [3600, 'tick', ''],
      [3601, 'tick', 'R → a'],
    ],
  },
  {
    title: 'dedup: more keys than are remembered: the oldest passes again',
    route: 'dedup: {by: [k8s.ns.name], window: 1h, max_keys: 1}',
    steps: [
      [0, prod, 'a'],
      [1, dev, 'a'],
      [2, prod, 'a'],
      [3, prod, 'dedup'],
    ],
  },
  {
    title: 'a summary goes where the first alert that was held back would have gone',
    route: `dedup: {by: [rule], window: 60s}
  routes:
    - {match: priority >= critical, outputs: [b]}`,
    steps: [
      [0, prod, 'a'],
      [1, prod, 'dedup'],
      [2, loud, 'b'],
      [3, loud, 'dedup'],
      [100, 'tick', '1 more → a; 1 more → b'],
    ],
  },
  {
    title: 'the clock goes back: what was measured goes on',
    route: 'dedup: {by: [rule], window: 60s}\n  group: {by: [], wait: 10s}',
    steps: [
      [0, prod, 'held a'],
      [-3600, prod, 'dedup'],
      [-3591, 'tick', ''],
      [-3590, 'tick', 'R → a'],
      [-3541, prod, 'dedup'],
      [-3540, prod, 'held a'],
    ],
  },
  {
    title: 'the clock goes far ahead and back: nothing hangs',
    route: 'throttle: {by: [], rate: 1/m}',
    steps: [
      [0, prod, 'a'],
      [1e9, prod, 'a'],
      [1, prod, 'throttle'],
      [60, prod, 'throttle'],
      [61, prod, 'a'],
    ],
  },
];

describe('stages of routes', () => {
  for (const { title, route, steps, start = NOON } of cases)
    it(title, () => {
      const router = routerOf(`routes:\n- outputs: [a]\n  ${route}`, { outputs: ['a', 'b'] });
      for (const [at, what, expected] of steps) {
        const now = start + at * 1000;
        if (what === 'tick') expect(told(router.tick(now)), `tick at ${at}`).to.equal(expected);
        else expect(resultOf(router.route(what, now)), `alert at ${at}`).to.equal(expected);
      }
    });

  const resultOf = (routed: Parameters<typeof shortly>[0]): string => {
    const isSummary = ({ alert: { source } }: RoutedEntry): boolean => source === 'tiercel';
    const plain = { ...routed, entries: routed.entries.filter((entry) => !isSummary(entry)) };
    const summaries = told(routed.entries.filter(isSummary));
    return [...shortly(plain), ...(summaries === '' ? [] : [summaries])].join('; ');
  };

  it('sums up with what the alerts have in common', () => {
    const router = routerOf(
      'routes: [{name: shells, outputs: [a], throttle: {by: [rule, k8s.ns.name], rate: 1/h}}]',
    );
    const at = (seconds: number, more: object = {}) =>
      alert({ rule: 'Shell', 'k8s.ns.name': 'prod', received: NOON + seconds * 1000, ...more });
    router.route(at(0), NOON);
    router.route(at(1), NOON + 1000);
    router.route(at(2, { priority: 'Critical' }), NOON + 2000);
    const [entry, ...more] = router.tick(NOON + HOUR + 1000);
    expect(more).to.deep.equal([]);
    const { json, id, ...summary } = entry!.alert;
    expect({ ...summary, fields: Object.fromEntries(summary.fields) }).to.deep.equal({
      input: 'tiercel',
      received: NOON + HOUR + 1000,
      rule: 'tiercel summary: Shell',
      priority: 'Critical',
      source: 'tiercel',
      hostname: 'h',
      time: '2026-01-31T13:00:01.000Z',
      tags: [],
      output:
        '2026-01-31T13:00:01.000Z: Critical 2 more of Shell (rule=Shell k8s.ns.name=prod), from 2026-01-31T12:00:01.000Z to 2026-01-31T12:00:02.000Z, held back by throttle of routes[0] shells',
      fields: {
        'k8s.ns.name': 'prod',
        'tiercel.count': 2,
        'tiercel.first': '2026-01-31T12:00:01.000Z',
        'tiercel.last': '2026-01-31T12:00:02.000Z',
        'tiercel.route': 'routes[0] shells',
        'tiercel.stage': 'throttle',
      },
    });
    expect(id).to.match(/^[0-9a-f]{32}$/);
    expect(JSON.parse(json)).to.include({ source: 'tiercel' });
  });

  it('counts what was held back, and what was forgotten', () => {
    const router = routerOf('routes: [{outputs: [a], dedup: {by: [k8s.ns.name], window: 1h, max_keys: 1}}]');
    for (const one of [prod, prod, dev, prod]) router.route(one, NOON);
    expect(router.stats.suppressed).to.deep.equal([{ route: 'routes[0]', stage: 'dedup', count: 1 }]);
    expect([...router.stats.evicted.values()]).to.deep.equal([2]);
  });

  it('hands over the oldest alert when groups keep too many', () => {
    const router = routerOf('routes: [{outputs: [a], group: {by: [rule], wait: 1h, max: 100000}}]');
    for (let i = 0; i < MOST_HELD; i++)
      expect(router.route(alert({ rule: `${i % 9}` }), NOON).entries).to.deep.equal([]);
    expect(router.route(prod, NOON).entries.map((entry) => entry.alert.rule)).to.deep.equal(['0']);
    expect(router.stats.held).to.equal(MOST_HELD);
    expect(outputsOf(router.tick(NOON + HOUR))).to.have.length(MOST_HELD);
  });

  it('hands over the oldest alerts when those that groups keep are too long, also after a restart', () => {
    const routes = 'routes: [{outputs: [a], group: {by: [rule], wait: 1h, max: 100000}}]';
    const long = alert({ 'proc.cmdline': 'x'.repeat(MOST_HELD_BYTES / 8) });
    const handedOver = (router: Router): number => router.route(long, NOON).entries.length;
    // Each is a little longer than an eighth.
    const router = routerOf(routes);
    expect(Array.from({ length: 9 }, () => handedOver(router))).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 1, 1]);
    const restarted = routerOf(routes, { state: router.json() });
    expect(handedOver(restarted)).to.equal(1);
    expect(restarted.stats.held).to.equal(7);
  });

  it('sums up early when what held-back alerts have in common is long', () => {
    const router = routerOf('routes: [{outputs: [a], dedup: {by: [proc.cmdline], window: 1h}}]');
    const given = Array.from({ length: 6 }, (_, i) => {
      const one = alert({ 'proc.cmdline': `${i}`.padEnd(MOST_TALLY_LETTERS / 4, 'x') });
      router.route(one, NOON);
      return router.route(one, NOON).entries.length;
    });
    expect(given).to.deep.equal([0, 0, 0, 0, 1, 1]);
    expect(router.tick(NOON + HOUR)).to.have.length(4);
  });

  it('keeps state under short names, whatever alerts say', () => {
    const router = routerOf(
      'routes: [{outputs: [a], dedup: {by: [proc.cmdline], window: 1h}, group: {by: [proc.cmdline]}}]',
    );
    const long = alert({ 'proc.cmdline': 'é'.repeat(5000) });
    expect([router.route(long, NOON), router.route(long, NOON)].flatMap(shortly)).to.deep.equal([
      'held a',
      'dedup',
    ]);
    for (const name of router.json().keys()) expect(Buffer.byteLength(name)).to.be.below(600);
  });

  it('says when there is something to do', () => {
    const router = routerOf('routes: [{outputs: [a], group: {by: [], wait: 10s}}]');
    router.tick(NOON);
    expect(router.due).to.equal(undefined);
    router.route(prod, NOON);
    expect(router.due).to.equal(NOON + 10_000);
    router.route(prod, NOON - HOUR);
    expect(router.due).to.equal(NOON - HOUR + 10_000);
    router.tick(NOON - HOUR + 10_000);
    expect(router.due).to.equal(undefined);
  });
});
