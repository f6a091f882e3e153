import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleList, exampleRule } from '../example.ts';

const rule = (text: string): string =>
  exampleList('tools', 'curl, wget') +
  exampleRule({
    condition: `evt.type = execve and proc.name in (tools) and proc.cmdline contains "${text}"`,
  });

const QUOTED = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/g;
const WORD = /(?<=[ \t\n\r(),=])[^ \t\n\r(),="']+(?=[ \t\n\r(),=])/g;

export const listInQuotes: LintCheck = {
  code: 'list-in-quotes',
  severity: 'error',
  what: 'The name of a list inside a quoted text.',
  why: 'Falco replaces the names of lists in the text of a condition, wherever they stand between blanks, brackets, commas or `=`, quotes included: with a list `tools: [curl, wget]` the text "install tools now" becomes "install curl, wget now".',
  bad: rule('install tools now'),
  good: rule('install-tools now'),
  *check({ rules, macros, lists }) {
    for (const { written } of [...macros.values(), ...rules])
      for (const quoted of written.text.matchAll(QUOTED))
        for (const word of quoted[0].matchAll(WORD)) {
          if (!lists.has(word[0])) continue;
          const start = quoted.index + word.index;
          yield {
            place: written.place(start, word[0].length) ?? {},
            message: `"${fromBytes(word[0])}" is the name of a list, and Falco puts the list's items here, quotes or not`,
            hint: 'rename the list',
          };
        }
  },
};
