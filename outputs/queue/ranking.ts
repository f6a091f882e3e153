import type { Commits } from './commits.ts';
import { END, rankOf, TOP_RANK } from './moves.ts';
import { WINDOW } from './reading.ts';
import type { Tables } from './records.ts';

/** Puts what waits for an output in order of priority, for `drop_lowest_priority`. */
export async function rank(commits: Commits, { pending, ranks }: Tables, output: string): Promise<void> {
  await commits.run('change', (draft) => draft.book(output, (account) => ({ ...account, ranked: 'soon' })));
  for (let after = 0; ;) {
    const keys = [...pending.db.getKeys({ start: [output, after + 1], end: [output, END], limit: WINDOW })];
    const last = keys.length < WINDOW;
    await commits.run('change', (draft) => {
      for (const [, seq] of keys) {
        const record = draft.get(pending, [output, seq]);
        if (record !== undefined) draft.put(ranks, [output, rankOf(record), seq], true);
      }
      if (last) draft.book(output, (account) => ({ ...account, ranked: 'yes' }));
    });
    if (last) return;
    after = keys.at(-1)![1];
  }
}

/** Takes the deliveries of an output out of the order of their priorities again. */
export async function unrank(commits: Commits, { ranks }: Tables, output: string): Promise<void> {
  for (;;) {
    const keys = [
      ...ranks.db.getKeys({ start: [output, 0, 0], end: [output, TOP_RANK, END], limit: WINDOW }),
    ];
    await commits.run('change', (draft) => {
      draft.book(output, (account) => ({ ...account, ranked: 'no' }));
      for (const key of keys) draft.remove(ranks, key);
    });
    if (keys.length < WINDOW) return;
  }
}
