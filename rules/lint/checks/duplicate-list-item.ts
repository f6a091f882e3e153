import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleList, exampleRule } from '../example.ts';

const rule = exampleRule({ condition: 'evt.type = execve and proc.name in (tools)' });

export const duplicateListItem: LintCheck = {
  code: 'duplicate-list-item',
  severity: 'info',
  what: 'An item that a list holds twice.',
  why: 'It changes nothing, except with `oneof`, where it makes the check false. Mostly it is a slip where another item was meant.',
  bad: exampleList('tools', 'nc, socat, nc') + rule,
  good: exampleList('tools', 'nc, socat, ncat') + rule,
  *check({ lists }) {
    for (const { name, entries } of lists.values()) {
      const seen = new Map<string, (typeof entries)[number]>();
      for (const entry of entries) {
        const first = seen.get(entry.value);
        if (first === undefined) seen.set(entry.value, entry);
        else
          yield {
            place: entry.place,
            message: `"${fromBytes(entry.value)}" stands in the list "${fromBytes(name)}" before`,
            notes: [{ ...first.place, message: 'the first time' }],
          };
      }
    }
  },
};
