import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from '../../../outputs/queue/queue.ts';
import { numberedAlert } from '../alerts.ts';

describe('what the queue has in memory', () => {
  let folder: string;
  let queue: Queue;
  const accept = (from: number, to: number, outputs: readonly string[]): Promise<void> =>
    queue.accept(
      Array.from({ length: to - from }, (_, n) => ({
        alert: numberedAlert(from + n),
        deliveries: outputs.map((output) => ({ output, route: { route: 'default' } })),
      })),
    );
  const limits = { max_bytes: 2 ** 30, when_full: 'drop_oldest' as const };
  const open = async (): Promise<void> => {
    queue = await Queue.open(folder, { outputs: new Map([['a', limits]]) });
  };
  const views = (output: string) =>
    [0, 1, 5, 7, 22, 39, 300, 500, 2100, 5190, 5200, 9000].map((after) => [
      after,
      queue.pending(output, after, 10),
      queue.isPending(output, after),
    ]);
  /** From here on, what comes for the outputs is kept in memory. */
  const follow = (): void => void ['a', 'b'].map((output) => queue.pending(output, 0, 10_000));

  /** The same that is read from disk. */
  async function expectAsOnDisk(): Promise<void> {
    const before = ['a', 'b'].map(views);
    await queue.close();
    await open();
    expect(before).to.deep.equal(['a', 'b'].map(views));
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-recent-'));
    await open();
  });
  afterEach(async () => {
    await queue.close();
    rmSync(folder, { recursive: true });
  });

  it('is what is on disk, of few', async () => {
    follow();
    await accept(0, 10, ['a', 'b']);
    await queue.delivered('a', [1, 3, 5]);
    await queue.bury('b', [2, 5], { reason: 'poison', message: 'no', attempts: 1 });
    await expectAsOnDisk();
  });

  it('is what is on disk, of more than it keeps', async () => {
    follow();
    await accept(0, 400, ['a', 'b']);
    await queue.delivered('a', [1, 2, 300]);
    await accept(400, 5200, ['a', 'b']);
    await queue.delivered('a', [301, 501, 2101, 5191]);
    await queue.dropPending('b');
    follow();
    await accept(5200, 5220, ['a', 'b']);
    await expectAsOnDisk();
  });

  it('is what is on disk, after a restart with what was left', async () => {
    await accept(0, 20, ['a']);
    await queue.close();
    await open();
    follow();
    await accept(20, 40, ['a', 'b']);
    await queue.delivered('a', [6, 25]);
    await expectAsOnDisk();
  });

  it('is what is on disk, after limits dropped some, and dead letters came back', async () => {
    follow();
    await accept(0, 20, ['a']);
    const { bytes } = queue.pending('a', 0, 1)[0]!;
    await queue.bury('a', [6, 7], { reason: 'poison', message: 'no', attempts: 1 });
    await queue.configure(new Map([['a', { ...limits, max_bytes: 10 * bytes }]]));
    await queue.replay({ output: 'a' });
    await expectAsOnDisk();
  });

  it('takes what is to be accepted and ended when the transaction is made', async () => {
    const order: string[] = [];
    const accepted = queue.acceptNext(() => {
      order.push('made');
      return {
        entries: [{ alert: numberedAlert(1), deliveries: [{ output: 'a', route: { route: 'default' } }] }],
      };
    });
    order.push('asked');
    await accepted;
    expect(order).to.deep.equal(['asked', 'made']);
    expect(await queue.deliveredNext('a', () => queue.pending('a', 0, 9).map(({ seq }) => seq))).to.equal(1);
    expect(queue.pending('a', 0, 9)).to.deep.equal([]);
  });
});
