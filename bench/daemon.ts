/**
 * The daemon from end to end: requests in, on disk, webhook out, with everything that stands between.
 *
 *     node --import tsx bench/daemon.ts [rate] [latency] [hung] [alertmanager] [outage] [--seconds 10] [--connections 64]
 *
 * Build before. All but `outage` is measured if nothing is named: that takes minutes, and gigabytes of disk (`--alerts 3600000`). `--rates 100,1000` are those of `latency`, `--filter` names rows of
 * `rate`, `--profile` writes CPU profiles of the daemon into `profiles`. The clients and the destination are one process, the daemon is another.
 */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AlertRequests, type AlertForm } from './daemon/alerts.ts';
import { Clients } from './daemon/clients.ts';
import { Journey, quantile, spans } from './daemon/journey.ts';
import { Measured } from './daemon/process.ts';
import { Sink, type SinkMood } from './daemon/sink.ts';
import { renderTable } from './speed/table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '64' },
    alerts: { type: 'string', default: '3600000' },
    rates: { type: 'string', default: '100,1000,5000' },
    filter: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
  },
});
const span = Number(values.seconds) * 1000;
const connections = Number(values.connections);
const node = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${join(process.cwd(), 'profiles')}`] : [];

const webhook = (name: string, { port }: Sink, more: object = {}): object => ({
  kind: 'http',
  name,
  url: `http://127.0.0.1:${port}/${name}`,
  ...more,
});

const rate = (count: number, milliseconds: number): string =>
  Math.round((count * 1000) / milliseconds).toLocaleString('en');
const ms = (value: number): string => `${value.toFixed(1)} ms`;
const mega = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

interface Setup {
  readonly perRequest?: number;
  readonly form?: AlertForm;
  readonly connections?: number;
  readonly most?: number;
}

/** Clients and a destination that note the times of the same alerts. */
async function open({ perRequest = 1, form = 'falco', most = 3_000_000 }: Setup = {}) {
  const journey = new Journey(most);
  const sink = await Sink.open(journey);
  const requests = new AlertRequests(form, perRequest);
  const connect = (port: number, count = connections): Promise<Clients> =>
    Clients.open(port, count, { requests, perRequest, journey });
  return { journey, sink, connect, requests };
}

/** Waits until nothing is missing; gives up when nothing comes any more. */
async function drained(journey: Journey, expected: () => number): Promise<void> {
  for (let idle = 0, before = 0; journey.counts.delivered < expected() && idle < 400; idle++) {
    await setTimeout(25);
    if (journey.counts.delivered > before) idle = 0;
    before = journey.counts.delivered;
  }
}

/** As many alerts as go through in a time, in and out. */
async function measureRate(name: string, outputs: (sink: Sink) => object[], setup: Setup): Promise<string[]> {
  const { journey, sink, connect } = await open(setup);
  const daemon = await Measured.tiercel(outputs(sink), { node });
  const clients = await connect(daemon.port);
  await clients.flood(5000);
  await drained(journey, () => clients.sent);
  const first = clients.sent;
  const cpu = daemon.cpu;
  const start = performance.now();
  await clients.flood(2_500_000, () => performance.now() - start >= span);
  const taken = performance.now();
  const accepted = clients.sent - first;
  await drained(journey, () => clients.sent);
  const end = performance.now();
  const used = daemon.cpu - cpu;
  const answers = spans(journey.sent.subarray(first), journey.answered.subarray(first));
  const memory = daemon.memory;
  const lost = clients.counts.accepted - journey.counts.delivered;
  clients.close();
  await daemon.stop();
  sink.close();
  return [
    name,
    rate(accepted, taken - start),
    rate(accepted, end - start),
    ms(quantile(answers, 0.5)),
    ms(quantile(answers, 0.99)),
    `${((used / accepted) * 1e6).toFixed(0)} µs`,
    mega(memory.own),
    String(lost),
  ];
}

async function rates(): Promise<void> {
  const rows: string[][] = [];
  for (const perRequest of [1, 100])
    for (const batch of [1, 100]) {
      const name = `${perRequest} in each request, ${batch} in each to the webhook`;
      const more = batch > 1 ? { body: 'lines', batch: { max: batch } } : {};
      if (name.startsWith(values.filter))
        rows.push(await measureRate(name, (sink) => [webhook('hook', sink, more)], { perRequest }));
    }
  show(
    `As fast as it goes, ${connections} connections, one webhook`,
    ['', 'accepted/s', 'delivered/s', 'answer p50', 'p99', 'CPU/alert', 'memory', 'lost'],
    rows,
  );
}

/** How long alerts take that come at a steady rate. @param second What a second destination does, of which no times are taken; none if left away. */
async function measureLatency(name: string, perSecond: number, second?: SinkMood): Promise<string[]> {
  const { journey, sink, connect } = await open();
  const other = await Sink.open();
  other.mood = second ?? 'fine';
  const daemon = await Measured.tiercel(
    [webhook('hook', sink), ...(second === undefined ? [] : [webhook('other', other)])],
    { node, routes: [{ outputs: second === undefined ? ['hook'] : ['hook', 'other'] }] },
  );
  const clients = await connect(daemon.port);
  await clients.pace(perSecond, 2000);
  await drained(journey, () => clients.sent);
  const first = clients.sent;
  const cpu = daemon.cpu;
  await clients.pace(perSecond, span);
  await drained(journey, () => clients.sent);
  const used = daemon.cpu - cpu;
  const after = (times: Float64Array): Float64Array => times.subarray(first);
  const answers = spans(after(journey.sent), after(journey.answered));
  const deliveries = spans(after(journey.sent), after(journey.delivered));
  clients.close();
  await daemon.stop();
  sink.close();
  other.close();
  return [
    name,
    ...[answers, deliveries].flatMap((sorted) => [
      ms(quantile(sorted, 0.5)),
      ms(quantile(sorted, 0.99)),
      ms(quantile(sorted, 1)),
    ]),
    `${((used / (clients.sent - first)) * 1e6).toFixed(0)} µs`,
  ];
}

const LATENCY_HEAD = ['', 'answer p50', 'p99', 'max', 'delivered p50', 'p99', 'max', 'CPU/alert'];

async function latencies(): Promise<void> {
  const rows = [];
  for (const perSecond of values.rates.split(',').map(Number))
    rows.push(await measureLatency(`${perSecond.toLocaleString('en')} alerts/s`, perSecond));
  show(`At a steady rate, ${connections} connections, one webhook`, LATENCY_HEAD, rows);
}

async function hungs(): Promise<void> {
  const rows = [];
  for (const second of ['fine', 'hung', 'fine', 'hung'] as const)
    rows.push(
      await measureLatency(`beside one that ${second === 'fine' ? 'answers' : 'hangs'}`, 1000, second),
    );
  show(`A webhook beside another one, 1,000 alerts/s`, LATENCY_HEAD, rows);
}

/** An outage of the only destination: alerts gather on disk, then go out. */
async function outage(): Promise<void> {
  const total = Number(values.alerts);
  const { journey, sink, connect, requests } = await open({ perRequest: 100, most: total + 1000 });
  sink.mood = 'down';
  const daemon = await Measured.tiercel(
    [webhook('hook', sink, { body: 'lines', batch: { max: 100 }, queue: { max_bytes: '64GiB' } })],
    { node },
  );
  const clients = await connect(daemon.port);
  const rows: string[][] = [];
  const note = (what: string, started: number, count: number): void => {
    const { own, mapped } = daemon.memory;
    rows.push([
      what,
      rate(count, performance.now() - started),
      mega(own),
      mega(mapped),
      mega(daemon.queueBytes),
    ]);
  };
  const steps = 6;
  for (let step = 1; step <= steps; step++) {
    const started = performance.now();
    const before = clients.sent;
    await clients.flood(Math.round((total * step) / steps) - before);
    note(`${clients.sent.toLocaleString('en')} wait`, started, clients.sent - before);
  }
  sink.mood = 'fine';
  for (let step = 1; step <= steps; step++) {
    const started = performance.now();
    const before = journey.counts.delivered;
    while (journey.counts.delivered < (total * step) / steps && daemon.alive) await setTimeout(25);
    note(
      `${journey.counts.delivered.toLocaleString('en')} delivered`,
      started,
      journey.counts.delivered - before,
    );
  }
  const lost = clients.counts.accepted - journey.counts.delivered;
  clients.close();
  await daemon.stop();
  sink.close();
  show(
    `A destination that is down while ${total.toLocaleString('en')} alerts of ${Math.round(requests.bodyBytes / 100)} bytes come, 100 in each request in and out (an hour at 1,000/s, faster), then is back; ${lost} lost, ${journey.counts.again} twice`,
    ['', 'alerts/s', 'memory', 'mapped', 'queue on disk'],
    rows,
  );
}

/** The same client beside Alertmanager. */
async function beside(): Promise<void> {
  const rows: string[][] = [];
  for (const perRequest of [1, 100])
    for (const form of ['falco', 'alertmanager'] as const) {
      const { journey, sink, connect } = await open({ form, perRequest });
      const server =
        form === 'falco'
          ? await Measured.tiercel([webhook('hook', sink)], { node })
          : await Measured.alertmanager(`http://127.0.0.1:${sink.port}/`);
      const clients = await connect(server.port);
      const cpu = server.cpu;
      const start = performance.now();
      await clients.flood(2_500_000, () => performance.now() - start >= span);
      const taken = performance.now() - start;
      const { delivered } = journey.counts;
      const used = server.cpu - cpu;
      const answers = spans(journey.sent, journey.answered);
      rows.push([
        `${form === 'falco' ? 'tiercel (on disk)' : 'Alertmanager (in memory)'}, ${perRequest} in each request`,
        rate(clients.counts.accepted, taken),
        rate(delivered, taken),
        ms(quantile(answers, 0.5)),
        ms(quantile(answers, 0.99)),
        `${((used / clients.counts.accepted) * 1e6).toFixed(0)} µs`,
        mega(server.memory.own),
        String(clients.counts.refused),
      ]);
      clients.close();
      await server.stop();
      sink.close();
    }
  show(
    `Beside Alertmanager, ${connections} connections`,
    ['', 'accepted/s', 'delivered/s meanwhile', 'answer p50', 'p99', 'CPU/alert', 'memory', 'refused'],
    rows,
  );
}

function show(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(`${title}\n\n${renderTable([head, ...rows])}\n`);
}

const SECTIONS = { rate: rates, latency: latencies, hung: hungs, alertmanager: beside, outage };
type SectionName = keyof typeof SECTIONS;
const wanted = positionals.length > 0 ? positionals : ['rate', 'latency', 'hung', 'alertmanager'];
for (const name of wanted) {
  if (!(name in SECTIONS)) throw new Error(`${name}: known are ${Object.keys(SECTIONS).join(', ')}`);
  await SECTIONS[name as SectionName]();
}
