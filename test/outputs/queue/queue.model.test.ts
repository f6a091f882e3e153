import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PRIORITIES, type Priority } from '../../../engine/index.ts';
import type { QueueError } from '../../../outputs/queue/errors.ts';
import type { QueueLimits } from '../../../outputs/queue/limits.ts';
import { Queue } from '../../../outputs/queue/queue.ts';
import { numberedAlert } from '../alerts.ts';

/** What a queue should do, in as few words as possible: lists in memory. */
interface Kept {
  readonly seq: number;
  readonly number: number;
  readonly bytes: number;
  readonly priority: Priority;
}
class Model {
  next = 1;
  alerts = 0;
  limits = new Map<string, QueueLimits>();
  readonly accepted = new Map<string, number>();
  readonly pending = new Map<string, Kept[]>();
  readonly dead = new Map<string, Kept[]>();
  readonly gone = new Map<string, number>();
  state = 0;

  list(of: 'pending' | 'dead', output: string): Kept[] {
    const list = this[of].get(output) ?? [];
    this[of].set(output, list);
    return list;
  }
  bytes(output: string): number {
    return this.list('pending', output).reduce((sum, { bytes }) => sum + bytes, 0);
  }
  count(of: 'accepted' | 'gone', output: string, by = 1): void {
    this[of].set(output, (this[of].get(output) ?? 0) + by);
  }
  refuses(output: string, bytes: number): boolean {
    const limit = this.limits.get(output);
    const waiting = this.bytes(output);
    return limit?.when_full === 'block' && waiting > 0 && waiting + bytes > limit.max_bytes;
  }
  enforce(output: string): void {
    const limit = this.limits.get(output);
    if (limit === undefined || limit.when_full === 'block') return;
    const list = this.list('pending', output);
    while (this.bytes(output) > limit.max_bytes && list.length > 1) {
      const rank = ({ priority }: Kept) =>
        limit.when_full === 'drop_oldest' ? 0 : -PRIORITIES.indexOf(priority);
      const victim = list.reduce((least, one) => (rank(one) < rank(least) ? one : least));
      list.splice(list.indexOf(victim), 1);
      this.count('gone', output);
    }
  }
}
interface Real {
  queue: Queue;
  readonly folder: string;
}

const OUTPUTS = ['a', 'b', 'c'];
type Command = fc.AsyncCommand<Model, Real>;

/** The queue says what the model says: in what waits, what is dead, and in the books. */
function compare(model: Model, { queue }: Real): void {
  const { outputs } = queue.stats();
  for (const output of OUTPUTS) {
    const numbers = (list: Kept[]) => list.map(({ seq, number }) => `${seq} Rule ${number}`);
    const pending = model.list('pending', output);
    const dead = model.list('dead', output);
    expect(queue.pending(output, 0, 1e6).map(({ seq, alert }) => `${seq} ${alert.rule}`)).to.deep.equal(
      numbers(pending),
    );
    expect([...queue.dead(output)].map(({ seq, alert }) => `${seq} ${alert!.rule}`)).to.deep.equal(
      numbers(dead),
    );
    const account = outputs.find((one) => one.output === output);
    if (account === undefined) continue;
    expect(account).to.deep.include({
      accepted: model.accepted.get(output) ?? 0,
      pending: pending.length,
      pendingBytes: model.bytes(output),
      dead: dead.length,
    });
    const gone = Object.values(account.dropped).reduce((sum, count) => sum + count, account.delivered);
    expect(gone, 'delivered and dropped').to.equal(model.gone.get(output) ?? 0);
    expect(account.accepted, 'every alert is somewhere').to.equal(account.pending + account.dead + gone);
  }
  expect(queue.state('counter') ?? 0).to.equal(model.state);
}

/** A command that holds the queue against the model afterwards. */
const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  async run(model, real) {
    await run(model, real);
    compare(model, real);
  },
  toString: () => name,
});

interface Entry {
  readonly outputs: readonly string[];
  readonly priority: Priority;
  readonly bytes: number;
}

/** Calls at the same time go into one commit, and limits that drop look at the whole of it. */
const accept = (calls: readonly (readonly Entry[])[]) =>
  command(`accept ${JSON.stringify(calls)}`, async (model, { queue }) => {
    const outcomes: Promise<string>[] = [];
    const expected: string[] = [];
    const touched = new Set<string>();
    for (const entries of calls) {
      const batch = entries.map(({ outputs, ...like }) => ({
        outputs,
        alert: numberedAlert(model.alerts++, like),
      }));
      const state = model.state + 1;
      outcomes.push(
        queue
          .accept(
            batch.map(({ outputs, alert }) => ({
              alert,
              deliveries: outputs.map((output) => ({ output, route: { route: 'r' } })),
            })),
            { state: new Map([['counter', state]]) },
          )
          .then(
            () => 'accepted',
            (error: QueueError) => error.problem,
          ),
      );
      const wanted = (output: string) =>
        batch
          .filter(({ outputs }) => outputs.includes(output))
          .reduce((sum, { alert }) => sum + alert.json.length + 1, 0);
      if (OUTPUTS.some((output) => wanted(output) > 0 && model.refuses(output, wanted(output)))) {
        expected.push('full');
        continue;
      }
      expected.push('accepted');
      model.state = state;
      for (const { outputs, alert } of batch) {
        if (outputs.length === 0) continue;
        const kept = {
          seq: model.next++,
          number: Number(alert.rule.slice(5)),
          bytes: alert.json.length + 1,
          priority: alert.priority,
        };
        for (const output of outputs) {
          model.list('pending', output).push(kept);
          model.count('accepted', output);
          touched.add(output);
        }
      }
    }
    expect(await Promise.all(outcomes)).to.deep.equal(expected);
    for (const output of touched) model.enforce(output);
  });

const end = (how: 'delivered' | 'bury', output: string, picks: readonly number[]) =>
  command(`${how} ${output} ${picks.join()}`, async (model, { queue }) => {
    const list = model.list('pending', output);
    const seqs = picks.map((pick) => list[pick % (list.length || 1)]?.seq ?? 9999);
    const ended = list.filter(({ seq }) => seqs.includes(seq));
    const count = await (how === 'delivered'
      ? queue.delivered(output, seqs)
      : queue.bury(output, seqs, { reason: 'poison', message: '', attempts: 1 }));
    expect(count).to.equal(ended.length);
    model.pending.set(
      output,
      list.filter((one) => !ended.includes(one)),
    );
    if (how === 'delivered') model.count('gone', output, ended.length);
    else
      model.dead.set(
        output,
        [...model.list('dead', output), ...ended].sort((a, b) => a.seq - b.seq),
      );
    if (ended.length > 0) model.enforce(output);
  });

const replay = (output: string) =>
  command(`replay ${output}`, async (model, { queue }) => {
    const list = model.list('dead', output);
    const room = { ...model, next: model.next };
    let refused = false;
    const revived: Kept[] = [];
    let waiting = model.bytes(output);
    const limit = model.limits.get(output);
    for (const one of list) {
      if (limit?.when_full === 'block' && waiting > 0 && waiting + one.bytes > limit.max_bytes)
        refused = true;
      waiting += one.bytes;
      revived.push({ ...one, seq: room.next++ });
    }
    const outcome = await queue.replay({ output }).catch((error: QueueError) => error.problem);
    expect(outcome).to.equal(refused ? 'full' : list.length);
    if (refused) return;
    model.next = room.next;
    model.list('pending', output).push(...revived);
    model.dead.set(output, []);
    if (revived.length > 0) model.enforce(output);
  });

const drop = (of: 'pending' | 'dead', output: string) =>
  command(`drop ${of} ${output}`, async (model, { queue }) => {
    const { length } = model.list(of, output);
    expect(await (of === 'pending' ? queue.dropPending(output) : queue.dropDead({ output }))).to.equal(
      length,
    );
    model[of].set(output, []);
    model.count('gone', output, length);
    if (length > 0) model.enforce(output);
  });

const configure = (output: string, limit: QueueLimits | undefined) =>
  command(`configure ${output} ${JSON.stringify(limit)}`, async (model, { queue }) => {
    model.limits = new Map([...model.limits].filter(([name]) => name !== output));
    if (limit !== undefined) model.limits.set(output, limit);
    await queue.configure(model.limits);
    model.enforce(output);
  });

const reopen = command('reopen', async (model, real) => {
  await real.queue.close();
  real.queue = await Queue.open(real.folder, { outputs: model.limits });
});

const output = fc.constantFrom(...OUTPUTS);
const entry = fc.record({
  outputs: fc.subarray(OUTPUTS),
  priority: fc.constantFrom(...PRIORITIES),
  bytes: fc.integer({ min: 250, max: 900 }),
});
const limits = fc.record({
  max_bytes: fc.integer({ min: 300, max: 4000 }),
  when_full: fc.constantFrom('block', 'drop_oldest', 'drop_lowest_priority'),
});
const commands = fc.commands(
  [
    fc.array(fc.array(entry, { maxLength: 4 }), { minLength: 1, maxLength: 3 }).map(accept),
    fc.array(fc.array(entry, { maxLength: 4 }), { minLength: 1, maxLength: 3 }).map(accept),
    fc
      .tuple(fc.constantFrom('delivered', 'bury'), output, fc.uniqueArray(fc.nat(9), { maxLength: 5 }))
      .map((args) => end(...args)),
    output.map(replay),
    fc.tuple(fc.constantFrom('pending', 'dead'), output).map((args) => drop(...args)),
    fc.tuple(output, fc.option(limits, { nil: undefined })).map((args) => configure(...args)),
    fc.constant(reopen),
  ],
  { maxCommands: 30 },
);

describe('Queue beside a model of it', () => {
  it('accounts for every alert, whatever happens', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const folder = mkdtempSync(join(tmpdir(), 'tiercel-queue-'));
        const real: Real = { queue: await Queue.open(folder), folder };
        try {
          await fc.asyncModelRun(() => ({ model: new Model(), real }), sequence);
        } finally {
          await real.queue.close();
          rmSync(folder, { recursive: true });
        }
      }),
      { numRuns: Number(process.env['MODEL_RUNS'] ?? 15) },
    );
  });
});
