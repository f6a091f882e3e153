import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeAlert, MAX_ALERT_BYTES } from '../../../outputs/alert.ts';
import { QueueError } from '../../../outputs/queue/errors.ts';
import type { Dropped } from '../../../outputs/queue/limits.ts';
import type { Accepted } from '../../../outputs/queue/moves.ts';
import { Queue, type QueueOptions } from '../../../outputs/queue/queue.ts';
import { numberedAlert } from '../alerts.ts';

const route = { route: 'routes[0]' };
const to = (
  number: number,
  outputs: readonly string[],
  more?: Parameters<typeof numberedAlert>[1],
): Accepted => ({
  alert: numberedAlert(number, more),
  deliveries: outputs.map((output) => ({ output, route })),
});
const why = { reason: 'poison', message: 'no', attempts: 3 };

describe('Queue', () => {
  let folder: string;
  let queue: Queue;
  const open = async (options?: QueueOptions) => (queue = await Queue.open(folder, options));
  const reopen = async (options?: QueueOptions) => {
    await queue.close();
    return open(options);
  };
  const rules = (output: string) => queue.pending(output, 0, 100).map(({ alert }) => alert.rule);
  const account = (output: string) => queue.stats().outputs.find((one) => one.output === output)!;
  const problemOf = async (promise: Promise<unknown>) => {
    try {
      await promise;
    } catch (error) {
      if (error instanceof QueueError) return error.problem;
      throw error;
    }
    return 'none';
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-queue-'));
  });
  afterEach(async () => {
    await queue?.close();
    rmSync(folder, { recursive: true });
  });

  it('gives back what was accepted, in order, also after it was closed', async () => {
    await open();
    const one = to(1, ['a', 'b']);
    await queue.accept([one, to(2, ['b'])]);
    await queue.accept([to(3, ['a'])]);
    await reopen();
    expect(rules('a')).to.deep.equal(['Rule 1', 'Rule 3']);
    expect(rules('b')).to.deep.equal(['Rule 1', 'Rule 2']);
    expect(queue.pending('a', 0, 1)[0]).to.deep.include({ alert: one.alert, route });
    expect(queue.pending('a', 1, 10).map(({ alert }) => alert.rule)).to.deep.equal(['Rule 3']);
  });

  it('keeps numbers apart from one accept to the next, also when all was delivered', async () => {
    await open();
    await queue.accept([to(1, ['a'])]);
    const [first] = queue.pending('a', 0, 1);
    await queue.delivered('a', [first!.seq]);
    await reopen();
    await queue.accept([to(2, ['a'])]);
    expect(queue.pending('a', 0, 1)[0]!.seq).to.be.above(first!.seq);
  });

  it('keeps an alert until the last of its outputs is done with it', async () => {
    await open();
    await queue.accept([to(1, ['a', 'b', 'c'])]);
    const { seq } = queue.pending('a', 0, 1)[0]!;
    expect(await queue.delivered('a', [seq])).to.equal(1);
    expect(await queue.delivered('a', [seq]), 'a second time').to.equal(0);
    await queue.bury('b', [seq], why);
    expect(rules('c')).to.deep.equal(['Rule 1']);
    await queue.delivered('c', [seq]);
    expect([...queue.dead('b')][0]!.alert!.rule).to.equal('Rule 1');
    await queue.dropDead({ output: 'b' });
    expect(logSize(queue)).to.equal(0);
  });

  it('delivers an alert twice to an output that two routes name', async () => {
    await open();
    const alert = numberedAlert(1);
    const other = { route: 'routes[1]', template: 'x' };
    await queue.accept([
      {
        alert,
        deliveries: [
          { output: 'a', route },
          { output: 'b', route },
          { output: 'a', route: other },
        ],
      },
    ]);
    expect(queue.pending('a', 0, 9).map((one) => one.route)).to.deep.equal([route, other]);
    expect(rules('b')).to.deep.equal(['Rule 1']);
  });

  it('keeps alerts that were read from text and those that a route changed', async () => {
    await open();
    const text = composeAlert(
      {
        rule: '',
        priority: 'Error',
        source: 'syscall',
        hostname: '',
        time: '2026-01-31T12:34:56Z',
        tags: [],
        output: 'x',
        fields: new Map(),
      },
      { input: 'stdin', received: 5 },
    );
    const changed = { ...numberedAlert(2), id: numberedAlert(1).id };
    await queue.accept([text, changed].map((alert) => ({ alert, deliveries: [{ output: 'a', route }] })));
    expect(queue.pending('a', 0, 9).map(({ alert }) => alert)).to.deep.equal([text, changed]);
  });

  it('keeps alerts that have become longer than what is read from outside', async () => {
    await open();
    const long = composeAlert(
      {
        rule: 'Long',
        priority: 'Notice',
        source: 'syscall',
        hostname: '',
        time: '2026-01-31T12:34:56Z',
        tags: [],
        output: '"'.repeat(MAX_ALERT_BYTES),
        fields: new Map(),
      },
      { input: 'test', received: 1 },
    );
    await queue.accept([{ alert: long, deliveries: [{ output: 'a', route }] }]);
    await reopen();
    expect(queue.pending('a', 0, 10)[0]?.alert.json).to.equal(long.json);
  });

  it('keeps checkpoints and state in the same transaction, also without alerts', async () => {
    await open({ outputs: new Map([['a', { max_bytes: 400, when_full: 'block' }]]) });
    const checkpoint = { dev: 1n << 60n, ino: 7, offset: 100 };
    await queue.accept([to(1, ['a'])], { checkpoints: new Map([['file', checkpoint]]) });
    await queue.accept([], { state: new Map([['dedup', { seen: [1, 2] }]]) });
    const refused = queue.accept([to(2, ['a'])], { checkpoints: new Map([['file', { offset: 200 }]]) });
    expect(await problemOf(refused)).to.equal('full');
    await reopen();
    expect(queue.checkpoint('file')).to.deep.equal(checkpoint);
    expect(queue.state('dedup')).to.deep.equal({ seen: [1, 2] });
    expect(queue.state('other')).to.equal(undefined);
    expect([...queue.states()]).to.deep.equal([['dedup', { seen: [1, 2] }]]);
    await queue.accept([], { state: new Map([['dedup', undefined]]) });
    expect([...queue.states()]).to.deep.equal([]);
  });

  it('refuses values that cannot be kept, and nothing else with them', async () => {
    await open();
    const bad = queue.accept([to(1, ['a'])], { state: new Map([['x', () => 1]]) });
    const good = queue.accept([to(2, ['a'])]);
    expect(await bad.catch((error: Error) => error.message)).to.match(/could not be cloned/);
    await good;
    expect(rules('a')).to.deep.equal(['Rule 2']);
  });

  describe('limits', () => {
    it('refuses as a whole what would fill a queue that blocks, and takes it when there is room', async () => {
      await open({ outputs: new Map([['a', { max_bytes: 1000, when_full: 'block' }]]) });
      await queue.accept([to(1, ['a']), to(2, ['a']), to(3, ['a'])]);
      expect(await problemOf(queue.accept([to(4, ['b']), to(5, ['a'])]))).to.equal('full');
      expect(rules('b')).to.deep.equal([]);
      await queue.delivered('a', [1]);
      expect(await problemOf(queue.accept([to(6, ['a'])]))).to.equal('none');
    });

    it('counts what callers of the same commit want', async () => {
      await open({ outputs: new Map([['a', { max_bytes: 700, when_full: 'block' }]]) });
      const outcomes = await Promise.all(
        [1, 2, 3].map((number) => problemOf(queue.accept([to(number, ['a'])]))),
      );
      expect(outcomes).to.deep.equal(['none', 'none', 'full']);
    });

    it('takes one alert that is longer than the limit', async () => {
      await open({ outputs: new Map([['a', { max_bytes: 100, when_full: 'block' }]]) });
      await queue.accept([to(1, ['a'])]);
      expect(rules('a')).to.deep.equal(['Rule 1']);
    });

    for (const [when_full, left] of [
      ['drop_oldest', ['Rule 3', 'Rule 4', 'Rule 5']],
      ['drop_lowest_priority', ['Rule 1', 'Rule 3', 'Rule 5']],
    ] as const)
      it(`${when_full}: drops, counts and tells`, async () => {
        const told: Dropped[] = [];
        await open({
          outputs: new Map([['a', { max_bytes: 1000, when_full }]]),
          onDropped: (dropped) => told.push(dropped),
        });
        await queue.accept([
          to(1, ['a'], { priority: 'Critical' }),
          to(2, ['a', 'b'], { priority: 'Debug' }),
        ]);
        await queue.accept([to(3, ['a'], { priority: 'Error' })]);
        await queue.accept([
          to(4, ['a'], { priority: 'Notice', source: 'internal' }),
          to(5, ['a'], { priority: 'Notice' }),
        ]);
        expect(rules('a')).to.deep.equal(left);
        expect(rules('b')).to.deep.equal(['Rule 2']);
        expect(told.reduce((sum, { count }) => sum + count, 0)).to.equal(2);
        expect(told.reduce((sum, { internal }) => sum + internal, 0)).to.equal(
          when_full === 'drop_oldest' ? 0 : 1,
        );
        expect(account('a')).to.deep.include({
          accepted: 5,
          pending: 3,
          dropped: { full: 2, command: 0, dead_full: 0 },
        });
      });

    it('drops an alert at once that is less important than all that wait', async () => {
      await open({ outputs: new Map([['a', { max_bytes: 700, when_full: 'drop_lowest_priority' }]]) });
      await queue.accept([to(1, ['a']), to(2, ['a'])]);
      await queue.accept([to(3, ['a'], { priority: 'Debug' })]);
      expect(rules('a')).to.deep.equal(['Rule 1', 'Rule 2']);
    });

    it('finds the order of priorities in what an earlier configuration left', async () => {
      await open();
      for (let number = 0; number < 1100; number += 100)
        await queue.accept(
          Array.from({ length: 100 }, (_, index) =>
            to(number + index, ['a'], { priority: index === 50 ? 'Debug' : 'Error' }),
          ),
        );
      const limit = account('a').pendingBytes;
      await reopen({ outputs: new Map([['a', { max_bytes: limit, when_full: 'drop_lowest_priority' }]]) });
      await queue.accept([to(5000, ['a'])]);
      expect(queue.pending('a', 0, 60).map(({ alert }) => alert.rule)).not.to.include('Rule 50');
      await queue.configure(new Map());
      await queue.configure(new Map([['a', { max_bytes: limit, when_full: 'drop_lowest_priority' }]]));
      await queue.accept([to(5001, ['a'])]);
      expect(queue.pending('a', 0, 200).map(({ alert }) => alert.rule)).not.to.include('Rule 150');
      expect(account('a').dropped.full).to.equal(2);
    });

    it('drops the oldest dead letters when there are too many', async () => {
      await open({ maxDeadBytes: 700 });
      await queue.accept([1, 2, 3].map((number) => to(number, ['a'])));
      await queue.bury('a', [1, 2, 3], why);
      expect([...queue.dead()].map(({ seq }) => seq)).to.deep.equal([2, 3]);
      expect(account('a')).to.deep.include({ dead: 2, dropped: { full: 0, command: 0, dead_full: 1 } });
      expect(logSize(queue)).to.equal(2);
    });
  });

  describe('dead letters', () => {
    beforeEach(async () => {
      await open({ now: () => 42 });
      await queue.accept([1, 2, 3].map((number) => to(number, ['a', 'b'])));
      expect(await queue.bury('a', [1, 3, 99], why)).to.equal(2);
      await queue.bury('b', [2], why);
    });

    it('are listed and shown with what they were and why', () => {
      expect([...queue.dead()].map(({ output, seq }) => `${output} ${seq}`)).to.deep.equal([
        'a 1',
        'a 3',
        'b 2',
      ]);
      expect(queue.deadLetter('a', 3)).to.deep.include({
        ...why,
        buried: 42,
        route,
        alert: numberedAlert(3),
      });
      expect(queue.deadLetter('a', 2)).to.equal(undefined);
    });

    it('go back to the end of the queue', async () => {
      expect(await queue.replay({ output: 'a', seqs: [1, 77] })).to.equal(1);
      expect(rules('a')).to.deep.equal(['Rule 2', 'Rule 1']);
      expect(await queue.replay()).to.equal(2);
      expect(rules('a')).to.deep.equal(['Rule 2', 'Rule 1', 'Rule 3']);
      expect(rules('b')).to.deep.equal(['Rule 1', 'Rule 3', 'Rule 2']);
      expect([...queue.dead()]).to.deep.equal([]);
      expect(account('a')).to.deep.include({ accepted: 3, pending: 3, dead: 0, deadBytes: 0 });
    });

    it('can be dropped', async () => {
      expect(await queue.dropDead({ output: 'a', seqs: [3] })).to.equal(1);
      expect(await queue.dropDead()).to.equal(2);
      expect(account('a')).to.deep.include({
        accepted: 3,
        pending: 1,
        dead: 0,
        dropped: { full: 0, command: 2, dead_full: 0 },
      });
    });
  });

  it('keeps what waits for an output that is not configured any more, and drops it on command', async () => {
    await open({ outputs: new Map([['old', { max_bytes: 1e6, when_full: 'block' }]]) });
    for (let number = 0; number < 1200; number += 100)
      await queue.accept(Array.from({ length: 100 }, (_, index) => to(number + index, ['old'])));
    await reopen();
    expect(account('old')).to.deep.include({ configured: false, pending: 1200, oldest: 1_700_000_000_000 });
    expect(await queue.dropPending('old')).to.equal(1200);
    expect(account('old')).to.deep.include({ pending: 0, pendingBytes: 0, oldest: undefined });
    expect(logSize(queue)).to.equal(0);
  });

  it('tells listeners that there is more', async () => {
    await open();
    const told: string[] = [];
    const stop = queue.onPending('a', () => told.push('a'));
    await queue.accept([to(1, ['a', 'b'])]);
    await queue.accept([to(2, ['b'])]);
    await queue.bury('a', [1], why);
    await queue.replay();
    stop();
    await queue.accept([to(3, ['a'])]);
    expect(told).to.deep.equal(['a', 'a']);
  });

  it('is refused to a second process, shown to one that only looks, and free after close', async () => {
    await open();
    await queue.accept([to(1, ['a'])]);
    const second = await Queue.open(folder).catch((error: QueueError) => error);
    expect(second).to.be.instanceOf(QueueError);
    expect((second as QueueError).message).to.match(/in use by another process \(pid \d+\)/);
    const looking = await Queue.open(folder, { readOnly: true });
    expect(looking.pending('a', 0, 9)).to.have.length(1);
    expect(await problemOf(looking.accept([to(2, ['a'])]))).to.equal('closed');
    await looking.close();
    await reopen();
    expect(rules('a')).to.deep.equal(['Rule 1']);
  });

  it('takes the queue of a process that was killed', async () => {
    await open();
    await queue.close();
    writeFileSync(join(folder, 'owner-dead.sock'), '');
    await open();
  });

  it('works in folders with long names', async () => {
    folder = join(folder, 'x'.repeat(120));
    await open();
    expect(await Queue.open(folder).catch((error: QueueError) => error.problem)).to.equal('in_use');
    await queue.close();
    folder = join(folder, '..');
    await open();
  });

  it('buries what it cannot read any more, and gives the rest', async () => {
    await open();
    await queue.accept([1, 2, 3].map((number) => to(number, ['a'])));
    await queue.close();
    const file = join(folder, 'data.mdb');
    const bytes = readFileSync(file);
    for (let at = bytes.indexOf('Rule 2'); at !== -1; at = bytes.indexOf('Rule 2', at + 1))
      bytes.write('Rule 9', at);
    writeFileSync(file, bytes);
    await open();
    expect(rules('a')).to.deep.equal(['Rule 1', 'Rule 3']);
    await queue.accept([]);
    await queue.accept([to(4, ['a'])]);
    expect([...queue.dead('a')]).to.have.length(1);
    expect([...queue.dead('a')][0]).to.deep.include({ seq: 2, reason: 'damaged', alert: undefined });
    expect(await queue.replay(), 'cannot go back').to.equal(0);
    expect(await queue.dropDead()).to.equal(1);
  });

  describe('files that are no queue', () => {
    beforeEach(async () => {
      await open();
      for (let number = 0; number < 50; number++) await queue.accept([to(number, ['a'])]);
      await queue.close();
    });
    for (const [name, damage, message] of [
      [
        'another file',
        (file: string) => writeFileSync(file, 'x'.repeat(20_000)),
        /does not begin as files of LMDB do/,
      ],
      ['the beginning of one', (file: string) => truncateSync(file, 4096), /was cut short to 4096 bytes/],
      ['two pages of one', (file: string) => truncateSync(file, 8192), /was cut short to 8192 bytes/],
      ['the half of one', (file: string) => truncateSync(file, statSync(file).size / 2), /was cut short/],
    ] as const)
      it(`${name}: a clear error, also the second time, and the file stays as it is`, async () => {
        const file = join(folder, 'data.mdb');
        damage(file);
        const { size } = statSync(file);
        for (let time = 0; time < 2; time++) {
          const error = await Queue.open(folder).catch((thrown: QueueError) => thrown);
          expect(error).to.be.instanceOf(QueueError);
          expect((error as QueueError).message).to.match(message);
        }
        expect(statSync(file).size).to.equal(size);
      });
  });

  it('says where there is none', async () => {
    await open();
    const error = await Queue.open(join(folder, 'none'), { readOnly: true }).catch(
      (thrown: QueueError) => thrown,
    );
    expect((error as QueueError).message).to.match(/has no queue/);
  });
});

/** How many alerts are kept. */
function logSize(queue: Queue): number {
  const { tables } = (queue as unknown as { store: { tables: { log: { db: { getCount(): number } } } } })
    .store;
  return tables.log.db.getCount();
}
