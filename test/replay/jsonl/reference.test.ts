import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FD, L4 } from '../../../engine/index.ts';
import { EVENT_KEYS } from '../../../replay/jsonl/event-lines.ts';
import * as keys from '../../../replay/jsonl/state-keys.ts';
import { readJsonl } from './read-lines.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/capture-format.md'), 'utf8');

describe('the reference page of JSON lines', () => {
  it('names every key', () => {
    const types = Object.values(FD);
    const all = [
      keys.MACHINE_KEYS, keys.PROCESS_KEYS, keys.FDS_KEYS, keys.INTERFACE_KEYS, keys.USER_KEYS, keys.GROUP_KEYS, ...types.map(keys.fdKeys),
    ].flatMap((table) => table.map(({ name }) => name)); // prettier-ignore
    const names = [...Object.keys(FD), ...Object.keys(L4)].map((name) => name.toLowerCase());
    const missing = [...all, ...names, ...EVENT_KEYS].filter((name) => !page.includes(`\`${name}\``));
    expect(missing).deep.equals([]);
  });

  it('has an example that can be read', () => {
    const example = /```json\n([^`]*)```/.exec(page)![1]!;
    const { events, error, state } = readJsonl(example);
    expect(error).equals(undefined);
    expect(events.map(({ symbol, time }) => [symbol, time])).deep.equals([
      ['SYSCALL_OPENAT_2_X', BigInt(Date.UTC(2026, 0, 31, 12)) * 1_000_000n],
    ]);
    expect(state.threads).length(2);
  });
});
