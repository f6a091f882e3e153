import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';

const QUOTED = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/g;

export const escapedBlank: LintCheck = {
  code: 'escaped-blank',
  severity: 'warning',
  what: 'A backslash before a blank in a quoted text.',
  why: 'Falco makes a backslash of it and drops the blank. A backslash followed by a blank is written `\\\\ `.',
  bad: exampleRule({
    condition: 'evt.type = execve and proc.name = sudoedit and proc.args contains "-s \\ "',
  }),
  good: exampleRule({
    condition: 'evt.type = execve and proc.name = sudoedit and proc.args contains "-s \\\\ "',
  }),
  *check({ rules, macros }) {
    for (const { written } of [...macros.values(), ...rules])
      for (const quoted of written.text.matchAll(QUOTED)) {
        const at = /(?<!\\)(?:\\\\)*\\ /.exec(quoted[0]);
        if (at === null) continue;
        const start = quoted.index + at.index + at[0].length - 2;
        yield {
          place: written.place(start, 2) ?? {},
          message: 'a backslash before a blank gives a backslash, and the blank is lost',
          hint: 'write \\\\ for the backslash',
        };
      }
  },
};
