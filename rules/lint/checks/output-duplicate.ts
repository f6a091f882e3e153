import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, OUTPUT } from '../example.ts';

export const outputDuplicate: LintCheck = {
  code: 'output-duplicate',
  severity: 'info',
  what: 'The same `key=%field` twice in one output.',
  why: 'It makes alerts longer and says nothing new; mostly it is a slip of the hand where another field was meant.',
  bad: exampleRule({
    condition: 'evt.type = execve and proc.name = nc',
    output: `${OUTPUT} user=%user.name`,
  }),
  good: exampleRule({
    condition: 'evt.type = execve and proc.name = nc',
    output: `${OUTPUT} loginuid=%user.loginuid`,
  }),
  *check({ rules }) {
    for (const { output } of rules) {
      const seen = new Set<string>();
      for (const { index, 0: token } of output.text.matchAll(/[\w.]+=%[\w.[\]]+/g)) {
        if (seen.has(token))
          yield {
            place: output.place(index, token.length) ?? {},
            message: `${fromBytes(token)} stands in this output before`,
          };
        seen.add(token);
      }
    }
  },
};
