import { expect } from 'chai';
import fc from 'fast-check';
import { Deliverer, type DeliverySettings } from '../../../outputs/delivery/deliverer.ts';
import type { DeliveryEvent } from '../../../outputs/delivery/health.ts';
import {
  FAILURE_REASONS,
  SendError,
  sendError,
  type Delivery,
  type SendContext,
} from '../../../outputs/output.ts';
import { numberedAlert } from '../alerts.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryQueue } from './memory-queue.ts';

const SETTINGS: DeliverySettings = {
  concurrency: 1,
  batch: { max: 1, wait: 0 },
  rate_limit: undefined,
  timeout: 10_000,
  retry: { first: 1000, max: 300_000 },
  queue: { max_age: 7 * 86_400_000 },
};
const log = { debug() {}, info() {}, warn() {}, error() {} };
type Answer = (numbers: readonly number[], context: SendContext) => Promise<void> | void;

describe('Deliverer', () => {
  let clock: FakeClock;
  let queue: MemoryQueue;
  let deliverer: Deliverer;
  let calls: { at: number; numbers: number[]; attempts: number[] }[];
  let events: DeliveryEvent[];
  let underWay: number;
  let mostUnderWay: number;

  const settled = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = (milliseconds: number) => clock.pass(milliseconds, settled);
  const start = async (answer: Answer, settings: Partial<DeliverySettings> = {}, random = 0.5) => {
    const sender = {
      async send(batch: readonly Delivery[], context: SendContext) {
        const numbers = batch.map(({ alert }) => Number(alert.rule.slice(5)));
        calls.push({ at: clock.elapsed(), numbers, attempts: batch.map(({ attempt }) => attempt) });
        mostUnderWay = Math.max(mostUnderWay, ++underWay);
        try {
          await answer(numbers, context);
        } finally {
          underWay--;
        }
      },
    };
    deliverer = new Deliverer({
      output: 'a',
      sender,
      queue: queue.face,
      settings: { ...SETTINGS, ...settings } as DeliverySettings,
      text: (alert) => alert.output,
      log,
      on: (event) => events.push(event),
      clock,
      random: () => random,
    });
    deliverer.start();
    await settled();
  };
  const add = (...numbers: number[]) =>
    queue.add(...numbers.map((number) => numberedAlert(number, { received: clock.now() })));
  const sent = () => calls.map(({ numbers }) => numbers.join());
  const never = () => new Promise<void>(() => undefined);
  const states = () => events.flatMap((event) => (event.kind === 'state' ? [event.to] : []));

  beforeEach(() => {
    clock = new FakeClock();
    queue = new MemoryQueue();
    calls = [];
    events = [];
    underWay = 0;
    mostUnderWay = 0;
  });
  afterEach(async () => {
    // Nothing is lost, whatever the test did.
    expect(queue.waiting.length + queue.delivered.length + queue.dead.length).to.equal(queueSize());
    const stopped = deliverer.stop(0);
    await pass(5000);
    await stopped;
  });
  const queueSize = () => (queue as unknown as { seq: number }).seq;

  it('sends what waits in order, and then what comes', async () => {
    add(1, 2, 3);
    await start(() => undefined);
    add(4);
    await pass(0);
    expect(sent()).to.deep.equal(['1', '2', '3', '4']);
    expect(queue.waiting).to.deep.equal([]);
    expect(deliverer.health()).to.deep.include({ state: 'ok', calls: 4, delivered: 4, inFlight: 0 });
  });

  it('has as many calls under way as it may, and reads no more than a window', async () => {
    add(...Array.from({ length: 1000 }, (_, index) => index));
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await start(() => gate, { concurrency: 3 });
    expect(mostUnderWay).to.equal(3);
    release();
    await pass(0);
    while (queue.waiting.length > 0) await settled();
    expect(mostUnderWay).to.equal(3);
    expect(queue.asked).to.be.at.most(64);
  });

  it('fills batches, and waits for more if it is told to', async () => {
    add(1, 2, 3, 4, 5);
    await start(() => undefined, { batch: { max: 2, wait: 500 } });
    await pass(499);
    expect(sent()).to.deep.equal(['1,2', '3,4']);
    await pass(1);
    expect(sent()).to.deep.equal(['1,2', '3,4', '5']);
    add(6);
    await pass(200);
    add(7);
    await pass(0);
    expect(calls.at(-1)).to.deep.include({ numbers: [6, 7], at: 700 });
  });

  it('keeps to its rate', async () => {
    add(1, 2, 3, 4, 5);
    await start(() => undefined, { rate_limit: { count: 2, per: 1000 }, batch: { max: 10, wait: 0 } });
    await pass(2000);
    expect(calls.map(({ at, numbers }) => [at, ...numbers])).to.deep.equal([
      [0, 1, 2],
      [500, 3],
      [1000, 4],
      [1500, 5],
    ]);
  });

  it('tries again what failed, with pauses that grow, and lets the others pass', async () => {
    add(1, 2);
    await start(([number]) => {
      if (number === 1 && calls.filter(({ numbers }) => numbers[0] === 1).length < 4)
        throw sendError('server', 'busy');
    });
    await pass(10_000);
    const times = calls
      .filter(({ numbers }) => numbers[0] === 1)
      .map(({ at, attempts }) => [at, ...attempts]);
    expect(times).to.deep.equal([
      [0, 1],
      [500, 2],
      [1500, 3],
      [3500, 4],
    ]);
    expect(queue.delivered).to.deep.equal([2, 1]);
  });

  it('gives an alert up after so many calls, if a number is set', async () => {
    add(1);
    await start(
      () => {
        throw sendError('network', 'no route');
      },
      { retry: { first: 10, max: 10, attempts: 3 } },
    );
    await pass(1000);
    expect(calls).to.have.length(3);
    expect(queue.dead).to.deep.equal([{ seq: 1, reason: 'network', attempts: 3 }]);
  });

  it('stops calling a destination that is down, probes it with one alert, and goes on when it is back', async () => {
    add(...Array.from({ length: 20 }, (_, index) => index));
    let down = true;
    await start(
      () => {
        if (down) throw sendError('network', 'refused');
      },
      { batch: { max: 10, wait: 0 } },
    );
    await pass(120_000);
    expect(deliverer.health().state).to.equal('down');
    expect(calls.length, 'few calls').to.be.below(16);
    const probes = calls.slice(5);
    expect(
      probes.every(({ numbers }) => numbers.join() === '0'),
      'the oldest, alone',
    ).to.equal(true);
    down = false;
    await pass(300_000);
    expect(queue.waiting).to.deep.equal([]);
    expect(states().slice(-2)).to.deep.equal(['down', 'ok']);
  });

  it('waits as long as it is asked to', async () => {
    add(1, 2, 3);
    await start(() => {
      if (calls.length === 1) throw sendError('rate_limited', '429', { after: 7000 });
    });
    await pass(6999);
    expect(sent()).to.deep.equal(['1']);
    await pass(1);
    expect(sent()).to.deep.equal(['1', '1', '2', '3']);
    expect(calls[1]!.attempts, 'not counted').to.deep.equal([1]);
  });

  for (const reason of ['auth', 'client'] as const)
    it(`${reason}: keeps everything, goes red, and probes slowly until someone mends it`, async () => {
      add(1, 2, 3);
      let refuse = true;
      await start(
        () => {
          if (refuse) throw sendError(reason, 'no');
        },
        { retry: { first: 10, max: 10, attempts: 2 } },
      );
      await pass(600_000);
      expect(deliverer.health().state).to.equal('refused');
      expect(calls.length).to.be.within(3, 6);
      expect(queue.waiting).to.have.length(3);
      refuse = false;
      deliverer.retryNow();
      await pass(0);
      expect(queue.delivered).to.deep.equal([1, 2, 3]);
      expect(deliverer.health().state).to.equal('ok');
    });

  it('finds the poisoned alerts of a batch, and gives only them up', async () => {
    add(...Array.from({ length: 16 }, (_, index) => index + 1));
    await start(
      (numbers) => {
        if (numbers.includes(5) || numbers.includes(16)) throw sendError('poison', 'not JSON');
      },
      { batch: { max: 16, wait: 0 } },
    );
    await pass(0);
    expect(queue.dead.map(({ seq }) => seq).sort()).to.deep.equal([16, 5]);
    expect(queue.delivered).to.have.length(14);
    expect(calls.length).to.be.at.most(16);
  });

  it('finds the alert that makes a destination fail', async () => {
    add(1, 2, 3, 4, 5, 6, 7, 8);
    await start(
      (numbers) => {
        if (numbers.includes(3)) throw sendError('server', 'crash');
      },
      { batch: { max: 8, wait: 0 } },
    );
    await pass(600_000);
    expect(queue.waiting.map(({ seq }) => seq)).to.deep.equal([3]);
  });

  it('tries again only those of a batch that failed', async () => {
    add(1, 2, 3, 4);
    await start(
      () => {
        if (calls.length === 1) throw sendError('server', 'some', { failed: [1, 3] });
      },
      { batch: { max: 4, wait: 0 } },
    );
    await pass(5000);
    expect(sent()).to.deep.equal(['1,2,3,4', '2,4']);
  });

  it('gives up only those of a batch that are said to be poisoned', async () => {
    add(1, 2, 3);
    await start(
      () => {
        throw new SendError({ retry: false, reason: 'poison', message: 'bad', failed: [1] });
      },
      { batch: { max: 3, wait: 0 } },
    );
    await pass(0);
    expect(queue.dead.map(({ seq }) => seq)).to.deep.equal([2]);
    expect(queue.delivered).to.deep.equal([1, 3]);
  });

  it('takes a batch as not delivered when what is said of it cannot be', async () => {
    add(1, 2);
    await start(
      () => {
        if (calls.length < 3) throw sendError('server', 'some', { failed: calls.length === 1 ? [5] : [] });
      },
      { batch: { max: 2, wait: 0 } },
    );
    await pass(10_000);
    expect(sent()).to.deep.equal(['1,2', '1,2', '1,2']);
    expect(queue.delivered).to.deep.equal([1, 2]);
  });

  it('lets others pass, however many alerts the destination does not get over', async () => {
    add(...Array.from({ length: 300 }, (_, index) => index));
    await start(([number]) => {
      if (number! < 200 && number! % 2 === 0) throw sendError('server', 'crash');
    });
    await pass(3_600_000);
    expect(queue.delivered).to.have.length(200);
    expect(queue.waiting).to.have.length(100);
  });

  it('takes any other error for a fault of the destination', async () => {
    add(1);
    await start(() => {
      if (calls.length === 1) throw new TypeError('bug');
    });
    await pass(5000);
    expect(queue.delivered).to.deep.equal([1]);
    expect(events.find(({ kind }) => kind === 'failed')).to.deep.include({
      reason: 'server',
      message: 'bug',
    });
  });

  it('aborts a call that takes too long', async () => {
    add(1);
    await start((_, { signal }) => {
      if (calls.length > 1) return;
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    });
    await pass(9999);
    expect(deliverer.health().inFlight).to.equal(1);
    await pass(1);
    expect(deliverer.health().failures).to.deep.equal({ timeout: 1 });
    await pass(1000);
    expect(queue.delivered).to.deep.equal([1]);
  });

  it('goes on without a sender that hangs and does not listen', async () => {
    add(1, 2);
    await start(() => (calls.length === 1 ? never() : undefined));
    await pass(12_000);
    expect(queue.delivered).to.deep.equal([2, 1]);
  });

  it('sends once more what was delivered when the destination says that it was not', async () => {
    add(1);
    const destination: number[] = [];
    await start(([number]) => {
      destination.push(number!);
      if (destination.length === 1) throw sendError('network', 'reset');
    });
    await pass(5000);
    expect(destination).to.deep.equal([1, 1]);
    expect(queue.delivered).to.deep.equal([1]);
  });

  it('gives up what is too old, by the clock on the wall, also while the destination is down', async () => {
    add(1, 2);
    await start(
      () => {
        throw sendError('network', 'refused');
      },
      { queue: { max_age: 3_600_000 } },
    );
    await pass(3_500_000);
    add(3);
    await pass(200_000);
    expect(queue.dead.map(({ seq, reason }) => `${seq} ${reason}`)).to.deep.equal(['1 expired', '2 expired']);
    expect(queue.waiting.map(({ seq }) => seq)).to.deep.equal([3]);
  });

  it('does not lose its pauses when the clock on the wall is set', async () => {
    add(1);
    await start(() => {
      if (calls.length === 1) throw sendError('server', 'busy');
    });
    clock.jump(-86_400_000);
    await pass(499);
    expect(calls).to.have.length(1);
    clock.jump(3 * 86_400_000);
    await pass(1);
    expect(queue.delivered).to.deep.equal([1]);
  });

  it('does not send what was dropped from the queue meanwhile', async () => {
    add(1, 2, 3);
    let release: () => void = () => undefined;
    await start(() => (calls.length === 1 ? new Promise((resolve) => (release = resolve)) : undefined));
    queue.waiting = queue.waiting.filter(({ seq }) => seq !== 2);
    queue.dead.push({ seq: 2, reason: 'dropped', attempts: 0 });
    release();
    await pass(0);
    expect(sent()).to.deep.equal(['1', '3']);
  });

  it('stops: waits for calls under way, starts no more', async () => {
    add(1, 2);
    let release: () => void = () => undefined;
    await start(() => new Promise((resolve) => (release = resolve)));
    const stopped = deliverer.stop(5000);
    await pass(4000);
    release();
    await stopped;
    expect(queue.delivered).to.deep.equal([1]);
    expect(queue.waiting.map(({ seq }) => seq)).to.deep.equal([2]);
    expect(deliverer.health().state).to.equal('stopped');
  });

  it('stops: aborts what takes longer, and keeps it', async () => {
    add(1);
    await start(never);
    const stopped = deliverer.stop(5000);
    await pass(6000);
    await stopped;
    expect(queue.waiting.map(({ seq }) => seq)).to.deep.equal([1]);
  });

  it('sends nothing more when the queue cannot be written', async () => {
    add(1, 2, 3, 4, 5, 6);
    queue.broken = true;
    await start(() => undefined);
    await pass(60_000);
    expect(calls.length).to.be.below(4);
    expect(deliverer.health().state).to.equal('failed');
  });

  it('delivers or gives up every alert, whatever the destination does and says', async function () {
    this.timeout(60_000);
    const outcome = fc.oneof(
      { weight: 3, arbitrary: fc.constant('take') },
      fc.constantFrom('lie', 'hang', 'throw', 'poison', 'part', ...FAILURE_REASONS),
    );
    const settings = fc.record({
      concurrency: fc.integer({ min: 1, max: 4 }),
      batch: fc.record({ max: fc.integer({ min: 1, max: 8 }), wait: fc.constantFrom(0, 300) }),
      rate_limit: fc.option(
        fc.record({ count: fc.integer({ min: 1, max: 20 }), per: fc.constantFrom(100, 1000) }),
        { nil: undefined },
      ),
    });
    const steps = fc.array(fc.record({ add: fc.nat(20), pass: fc.nat(40_000) }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { maxLength: 40 }),
        settings,
        steps,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        async (script, chosen, walk, random) => {
          clock = new FakeClock();
          queue = new MemoryQueue();
          const destination = new Set<number>();
          let call = 0;
          await start(
            (numbers) => {
              const what = script[call++] ?? 'take';
              if (what === 'hang') return never();
              if (what === 'throw') throw new TypeError('bug');
              if (what === 'part') {
                for (const number of numbers.slice(1)) destination.add(number);
                throw sendError('server', 'part', { failed: [0] });
              }
              if (what === 'take' || what === 'lie') for (const number of numbers) destination.add(number);
              if (what === 'lie') throw sendError('network', 'reset');
              if (what !== 'take') throw sendError(what, what);
            },
            { ...chosen, retry: { first: 100, max: 10_000 } },
            random,
          );
          let number = 0;
          for (const step of walk) {
            add(...Array.from({ length: step.add }, () => ++number));
            await pass(step.pass);
          }
          for (let hours = 0; hours < 24 && queue.waiting.length > 0; hours++) await pass(3_600_000);
          expect(queue.waiting).to.deep.equal([]);
          expect(queue.delivered.length + queue.dead.length).to.equal(number);
          for (const one of queue.delivered) expect(destination.has(one), `${one} is there`).to.equal(true);
          for (const { reason } of queue.dead) expect(reason).to.equal('poison');
          await deliverer.stop(0);
        },
      ),
      { numRuns: Number(process.env['MODEL_RUNS'] ?? 30) },
    );
  });
});
