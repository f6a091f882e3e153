import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';
import { constantsOf, operatorOf, placeOfValue } from '../../model/condition-node.ts';

export const bracePattern: LintCheck = {
  code: 'brace-pattern',
  severity: 'warning',
  what: '`{a,b}` or `**` in a pattern.',
  why: 'Falco’s patterns are those of fnmatch: braces are plain characters. In `pmatch` each component is a pattern of its own, so `**` stands for one component, not for any number; what lies below a path always matches.',
  bad: exampleRule({
    condition: 'evt.type = openat and fd.name glob "/etc/{passwd,shadow}"',
    output: FILE_OUTPUT,
  }),
  good: exampleRule({
    condition: 'evt.type = openat and fd.name in (/etc/passwd, /etc/shadow)',
    output: FILE_OUTPUT,
  }),
  *check(model) {
    for (const node of model.checks()) {
      const operator = operatorOf(node);
      if (!/^(?:i?glob|pmatch)(?: |$)/.test(operator)) continue;
      for (const value of constantsOf(node)) {
        const text = fromBytes(value);
        if (/\{[^{}]*,[^{}]*\}/.test(value))
          yield {
            place: placeOfValue(node, value),
            message: `braces in "${text}" are plain characters for \`${operator}\``,
            hint: 'write one pattern for each alternative',
          };
        else if (operator === 'pmatch' && value.includes('**'))
          yield {
            place: placeOfValue(node, value),
            message: `** in "${text}" stands for one component of a path`,
            hint: '`pmatch` fits all that lies below a path: leave the ** out',
          };
      }
    }
  },
};
