import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleList, exampleRule } from '../example.ts';

const rule = exampleRule({ condition: 'evt.type = execve and proc.cmdline in (commands)' });

export const listItemComma: LintCheck = {
  code: 'list-item-comma',
  severity: 'error',
  what: 'A list item with a comma in it.',
  why: 'Lists are put into conditions as text, so that a comma ends the item: `tar,gz` becomes two values. Quotes inside the YAML quotes keep it together.',
  bad: exampleList('commands', "'ls,x'") + rule,
  good: exampleList('commands', `'"ls,x"'`) + rule,
  *check({ lists }) {
    for (const { name, entries } of lists.values())
      for (const { value, place } of entries)
        // Items with a blank get quotes from Falco.
        if (/,/.test(value) && !/[ "']/.test(value))
          yield {
            place,
            message: `"${fromBytes(value)}" in the list "${fromBytes(name)}" becomes ${value.split(',').length} values`,
            hint: `write '"${fromBytes(value)}"'`,
          };
  },
};
