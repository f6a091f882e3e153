import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, OUTPUT } from '../example.ts';

export const outputFieldTail: LintCheck = {
  code: 'output-field-tail',
  severity: 'warning',
  what: 'Text in an output that sticks to a field.',
  why: 'Of what follows a `%`, Falco takes the longest beginning that is a field, and the rest as text: `%proc.namespace` shows the name and “space”, `%proc.aname[2` the names of all ancestors and “[2”.',
  bad: exampleRule({
    condition: 'evt.type = execve and proc.name = nc',
    output: `${OUTPUT} program=%proc.namefull`,
  }),
  good: exampleRule({
    condition: 'evt.type = execve and proc.name = nc',
    output: `${OUTPUT} program=%proc.exepath`,
  }),
  *check({ rules }) {
    for (const { loaded, output } of rules) {
      const names = new Set(loaded.output.names);
      for (const { index, 0: token } of output.text.matchAll(/%\d*[a-z]\w*(?:\.\w+)+(?:\[[^\]\s]*\]?)?/g)) {
        const written = token.replace(/^%\d*/, '');
        if (names.has(written)) continue;
        const field = [...names]
          .filter((name) => written.startsWith(name))
          .sort((a, b) => b.length - a.length)[0];
        if (field === undefined || field === written) continue;
        const tail = written.slice(field.length);
        yield {
          place: output.place(index, token.length) ?? {},
          message: `Falco reads "${fromBytes(token)}" as the field ${fromBytes(field)} and the text "${fromBytes(tail)}"`,
          hint: 'name the field that is meant, or put a blank behind it',
        };
      }
    }
  },
};
