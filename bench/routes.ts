/**
 * How many alerts per second go through routes, on one core: `node --import tsx bench/routes.ts [routes]`. Alerts as Falco prints them, parsed before; one of
 * fifty is taken by the last route, the others by one of those before it.
 */
import { readAlert, readRouting, Router } from '../outputs/index.ts';

const count = Number(process.argv[2] ?? 50);
const ALERTS = 20_000;
const NOON = Date.UTC(2026, 0, 31, 12);

const alerts = Array.from({ length: ALERTS }, (_, i) =>
  readAlert(
    JSON.stringify({
      hostname: `node-${i % 20}`,
      output: `12:00:00.000000000: Warning A shell was spawned in a container (user=root command=bash -c ${i})`,
      output_fields: {
        'container.id': `c${i % 500}`,
        'evt.time': 1769860800000000000 + i,
        'k8s.ns.name': `team-${i % count}`,
        'k8s.pod.name': `pod-${i % 300}`,
        'proc.cmdline': `bash -c ${i}`,
        'proc.name': 'bash',
        'user.name': 'root',
      },
      priority: i % 3 === 0 ? 'Critical' : 'Warning',
      rule: `Rule ${i % 40}`,
      source: 'syscall',
      tags: ['container', 'mitre_execution', 'shell'],
      time: '2026-01-31T12:00:00.000000000Z',
    }),
    { input: 'bench', received: NOON },
  ),
);

const VARIANTS = {
  'conditions only': {},
  'dedup and throttle': {
    dedup: { by: ['rule', 'k8s.pod.name'], window: '1s' },
    throttle: { by: ['rule'], rate: '1000/s' },
  },
  groups: { group: { by: ['rule', 'k8s.ns.name'], wait: '1s', interval: '10s' } },
};

for (const [name, stages] of Object.entries(VARIANTS)) {
  const routes = Array.from({ length: count }, (_, i) => ({
    match: `priority >= notice and k8s.ns.name = team-${i} and not (rule startswith Debug or tags intersects (noise, test))`,
    outputs: [`out-${i % 5}`],
    ...stages,
  }));
  const read = readRouting({ routes, default: ['out-0'] });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const { router } = Router.create(read.settings);
  let now = NOON;
  const rates: number[] = [];
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < ALERTS; i++) {
      router!.route(alerts[i]!, now);
      // As the daemon does after a batch.
      if (i % 100 === 99) {
        now += 10;
        router!.tick(now);
        router!.changes();
        router!.keep();
      }
    }
    const { user } = process.cpuUsage(before);
    rates.push(Math.round(ALERTS / (user / 1e6)));
  }
  console.log(
    `${count} routes, ${name}: ${Math.max(...rates).toLocaleString('en')} alerts/s of user time (${rates.join(', ')})`,
  );
}
