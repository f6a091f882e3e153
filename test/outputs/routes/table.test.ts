import { expect } from 'chai';
import { Table } from '../../../outputs/routes/table.ts';

describe('Table with a limit of weight', () => {
  let gone: string[];
  let table: Table<number>;
  const keys = (): string[] => [...table.entries()].map(([key]) => key);
  beforeEach(() => {
    gone = [];
    let seq = 0;
    const evicted = (key: string): void => void gone.push(key);
    const weight = { most: 10, of: (value: number) => value };
    table = new Table<number>('t', () => ++seq, 100, evicted, undefined, weight);
  });

  it('lets go, oldest first, of as many as it takes', () => {
    for (const [key, value] of Object.entries({ a: 3, b: 3, c: 3, d: 5 })) table.set(key, value);
    expect([gone, keys()]).to.deep.equal([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('always keeps one', () => {
    table.set('a', 3);
    table.set('b', 50);
    expect([gone, keys()]).to.deep.equal([['a'], ['b']]);
    table.set('c', 1);
    expect([gone, keys()]).to.deep.equal([['a', 'b'], ['c']]);
  });

  it('weighs what is replaced, deleted, undone and restored', () => {
    table.set('a', 9);
    table.set('a', 2);
    table.set('b', 4);
    table.delete('b');
    table.set('b', 5);
    expect(gone).to.deep.equal([]);
    [...table.changes()];
    table.keep();
    table.set('c', 4);
    table.delete('b');
    table.set('a', 1);
    table.undo();
    gone = [];
    // 7 again.
    table.set('d', 3);
    expect(gone).to.deep.equal([]);
    table.set('e', 1);
    expect(gone).to.deep.equal(['a']);
    const restored = new Table<number>(
      't',
      () => 100,
      100,
      (key) => gone.push(key),
      undefined,
      {
        most: 10,
        of: (value) => value,
      },
    );
    restored.restore(table.json());
    restored.set('f', 1);
    expect(gone).to.deep.equal(['a']);
    restored.set('g', 1);
    expect(gone).to.deep.equal(['a', 'b']);
  });
});
