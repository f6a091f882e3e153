import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleList, exampleRule } from '../example.ts';

const rule = exampleRule({ condition: 'evt.type = execve and proc.name in (tools)' });

export const listCycle: LintCheck = {
  code: 'list-cycle',
  severity: 'error',
  what: 'A list that holds itself, directly or through others.',
  why: 'Falco does not refuse it: what the list then holds depends on the order of the definitions, and one of the names stays a word or is lost.',
  bad: exampleList('tools', 'nc, tools') + rule,
  good: exampleList('tools', 'nc, ncat') + rule,
  *check(model) {
    for (const { name, entries } of model.lists.values())
      for (const { value, place } of entries)
        if (model.lists.has(value) && (value === name || model.reaches(value, name)))
          yield { place, message: `the list "${fromBytes(name)}" holds itself here` };
  },
};
