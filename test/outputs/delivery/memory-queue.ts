import type { RoutedAlert } from '../../../outputs/alert.ts';
import type { DelivererOptions } from '../../../outputs/delivery/deliverer.ts';
import type { PendingDelivery } from '../../../outputs/queue/reading.ts';

/** What a deliverer needs of the queue, in memory: each commit takes one turn. */
export class MemoryQueue {
  waiting: PendingDelivery[] = [];
  delivered: number[] = [];
  readonly dead: { readonly seq: number; readonly reason: string; readonly attempts: number }[] = [];
  /** Set to make commits fail. */
  broken = false;
  /** Greatest number of deliveries that were asked for at once. */
  asked = 0;
  private seq = 0;
  private listener: () => void = () => undefined;

  add(...alerts: RoutedAlert[]): void {
    for (const alert of alerts)
      this.waiting.push({ seq: ++this.seq, alert, route: { route: 'default' }, bytes: alert.json.length });
    this.listener();
  }

  readonly face: DelivererOptions['queue'] = {
    pending: (_, after, limit) => {
      this.asked = Math.max(this.asked, limit);
      return this.waiting.filter(({ seq }) => seq > after).slice(0, limit);
    },
    isPending: (_, seq) => this.waiting.some((one) => one.seq === seq),
    deliveredNext: async (_, take) => {
      await Promise.resolve();
      const gone = await this.take(take());
      this.delivered.push(...gone);
      return gone.length;
    },
    bury: async (_, seqs, { reason, attempts }) => {
      const gone = await this.take(seqs);
      this.dead.push(...gone.map((seq) => ({ seq, reason, attempts })));
      return gone.length;
    },
    onPending: (_, listener) => {
      this.listener = listener;
      return () => {
        this.listener = () => undefined;
      };
    },
  };

  private async take(seqs: readonly number[]): Promise<number[]> {
    await Promise.resolve();
    if (this.broken) throw new Error('the disk is gone');
    const gone = this.waiting.filter(({ seq }) => seqs.includes(seq)).map(({ seq }) => seq);
    this.waiting = this.waiting.filter(({ seq }) => !gone.includes(seq));
    return gone;
  }
}
