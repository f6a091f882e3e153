import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleList, exampleRule } from '../example.ts';
import { overridden, placeOfKey } from '../../model/model.ts';

const list = exampleList('web_servers', 'nginx, httpd');
const override = (name: string): string =>
  `- list: ${name}\n  items: [nginx, caddy]\n  override: {items: replace}\n\n`;
const rule = exampleRule({ condition: 'evt.type = execve and proc.pname in (web_servers)' });

export const overrideMissing: LintCheck = {
  code: 'override-missing',
  severity: 'error',
  what: 'An override of a list or macro that is not defined before.',
  why: 'Falco refuses to append to what is not there, and to replace parts of such a rule. But `replace` of a missing list or macro simply defines it: with a misspelt name, or loaded before the file that it is for, the override has no effect.',
  bad: list + override('webservers') + rule,
  good: list + override('web_servers') + rule,
  *check(model) {
    for (const items of model.groups()) {
      const [first] = items;
      if (first === undefined || first.kind === 'rule' || overridden(first.node, 'replace').length === 0)
        continue;
      yield {
        place: first.place,
        message: `there is no ${first.kind} "${fromBytes(first.name)}" before this override, so it defines one`,
        hint: 'check the name, and that the file comes after the one that it changes',
        notes: [{ ...placeOfKey(first, 'override'), message: 'the override' }],
      };
    }
  },
};
