import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Dispatcher } from '../../../daemon/run/dispatcher.ts';
import { restoredRoutes } from '../../../daemon/run/kept-routes.ts';
import { Full } from '../../../daemon/inputs/index.ts';
import {
  Queue,
  readAlert,
  readRouting,
  Router,
  type QueueLimits,
  type RoutedAlert,
} from '../../../outputs/index.ts';

describe('daemon/run/dispatcher', () => {
  let folder: string;
  const open: Queue[] = [];
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-dispatcher-'))));
  afterEach(async () => {
    for (const queue of open.splice(0)) await queue.close();
    rmSync(folder, { recursive: true });
  });

  const alert = (rule: string, fields: object = {}): RoutedAlert =>
    readAlert(
      JSON.stringify({ rule, priority: 'Error', time: '2026-01-31T12:34:56Z', output_fields: fields }),
      { input: 'in', received: Date.now() },
    );
  const openQueue = async (outputs: ReadonlyMap<string, QueueLimits> = new Map()): Promise<Queue> => {
    const queue = await Queue.open(folder, { outputs });
    open.push(queue);
    return queue;
  };
  const router = (routing: object, state?: ReadonlyMap<string, unknown>): Router => {
    const read = readRouting(routing);
    if (!('settings' in read)) throw new Error(JSON.stringify(read.problems));
    const made = Router.create(read.settings, { outputs: ['a', 'b'], ...(state && { state }) });
    return made.router!;
  };
  const rules = (queue: Queue, output: string): string[] =>
    queue.pending(output, 0, 1000).map((pending) => pending.alert.rule);

  it('writes alerts and checkpoints together, in the order in which they came', async () => {
    const queue = await openQueue();
    const dispatcher = new Dispatcher(queue, router({ default: ['a'] }));
    const sink = dispatcher.sink('in');
    await Promise.all([
      sink.accept([alert('one'), alert('two')], { offset: 2 }),
      sink.accept([alert('three')], { offset: 3 }),
      dispatcher.sink('other').accept([alert('four')]),
    ]);
    expect(rules(queue, 'a')).to.deep.equal(['one', 'two', 'three', 'four']);
    expect(queue.checkpoint('in')).to.deep.equal({ offset: 3 });
    expect(dispatcher.counts).to.deep.equal({ routed: 4, refused: 0 });
    await dispatcher.close();
  });

  it('takes floods in several transactions, in order', async () => {
    const queue = await openQueue();
    const dispatcher = new Dispatcher(queue, router({ default: ['a'] }));
    const sink = dispatcher.sink('in');
    const flood = Array.from({ length: 5000 }, (_, n) => alert(`Rule ${n}`));
    await Promise.all(
      [0, 1000, 2000, 2100, 4900].map((from, index, starts) =>
        sink.accept(flood.slice(from, starts[index + 1]), { offset: from }),
      ),
    );
    expect(queue.pending('a', 0, 9999).map((pending) => pending.alert.rule)).to.deep.equal(
      flood.map(({ rule }) => rule),
    );
    expect(queue.checkpoint('in')).to.deep.equal({ offset: 4900 });
    await dispatcher.close();
  });

  it('refuses those for whom there is no room, and not the others that came with them', async () => {
    const queue = await openQueue(new Map([['a', { max_bytes: 100, when_full: 'block' }]]));
    const routes = [{ match: 'rule = small', outputs: ['b'] }];
    const dispatcher = new Dispatcher(queue, router({ routes, default: ['a'] }));
    const sink = dispatcher.sink('in');
    await sink.accept([alert('first')]);
    const done = await Promise.allSettled([
      sink.accept([alert('small')]),
      sink.accept([alert('large', { text: 'x'.repeat(100) })]),
      sink.accept([alert('small')]),
    ]);
    expect(done.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect((done[1] as PromiseRejectedResult).reason).to.be.instanceOf(Full);
    expect(rules(queue, 'b')).to.deep.equal(['small', 'small']);
    await dispatcher.close();
  });

  it('forgets what routes remembered of alerts that were not taken', async () => {
    const queue = await openQueue(new Map([['a', { max_bytes: 100, when_full: 'block' }]]));
    const routes = [{ outputs: ['a'], dedup: { by: ['rule'], window: '1h' } }];
    const dispatcher = new Dispatcher(queue, router({ routes }));
    const sink = dispatcher.sink('in');
    await sink.accept([alert('first')]);
    const refused = await sink.accept([alert('second')]).then(
      () => false,
      () => true,
    );
    expect(refused).to.equal(true);
    await queue.dropPending('a');
    await sink.accept([alert('second')]);
    expect(rules(queue, 'a')).to.deep.equal(['second']);
    await dispatcher.close();
  });

  it('remembers after a restart, under names of any length', async () => {
    const key = 'long '.repeat(200);
    const routing = { routes: [{ outputs: ['a'], dedup: { by: ['text'], window: '1h' } }] };
    const before = await openQueue();
    const first = new Dispatcher(before, router(routing));
    await first.sink('in').accept([alert('one', { text: key })]);
    await first.close();
    await open.pop()!.close();

    const after = await openQueue();
    const second = new Dispatcher(after, router(routing, restoredRoutes(after.states())));
    await second.sink('in').accept([alert('again', { text: key }), alert('other', { text: 'x' })]);
    expect(rules(after, 'a')).to.deep.equal(['one', 'other']);
    await second.close();
  });

  it('hands over what groups kept when their time has come, also after other routes came', async () => {
    const queue = await openQueue();
    const routes = [{ outputs: ['a'], group: { by: [], wait: '20ms' } }];
    const dispatcher = new Dispatcher(queue, router({ routes }));
    const delivered = new Promise<void>((resolve) => queue.onPending('a', resolve));
    await dispatcher.sink('in').accept([alert('one'), alert('two')]);
    await delivered;
    expect(rules(queue, 'a')).to.deep.equal(['one', 'two']);

    const slow = [{ outputs: ['b'], group: { by: [], wait: '1h' } }];
    await dispatcher.replace((state) => router({ routes: slow }, state));
    await dispatcher.sink('in').accept([alert('three')]);
    const released = new Promise<void>((resolve) => queue.onPending('b', resolve));
    await dispatcher.replace((state) => router({ default: ['b'] }, state));
    await released;
    expect(rules(queue, 'b')).to.deep.equal(['three']);
    await dispatcher.close();
  });

  it('leaves out the output that an alert of tiercel is about', async () => {
    const queue = await openQueue();
    const dispatcher = new Dispatcher(queue, router({ default: ['a', 'b'] }));
    await dispatcher.tell(alert('about a'), 'a');
    expect([rules(queue, 'a'), rules(queue, 'b')]).to.deep.equal([[], ['about a']]);
    await dispatcher.close();
  });

  it('takes nothing any more once it is closed', async () => {
    const dispatcher = new Dispatcher(await openQueue(), router({ default: ['a'] }));
    await dispatcher.close();
    const refused = await dispatcher
      .sink('in')
      .accept([alert('late')])
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(refused).to.be.instanceOf(Full);
  });
});
