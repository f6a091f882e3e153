import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';
import { constantsOf, operatorOf, placeOfValue } from '../../model/condition-node.ts';

const PLAIN = /^(?:=|==|!=|in|contains|icontains|startswith|endswith)(?: |$)/;

export const globAsText: LintCheck = {
  code: 'glob-as-text',
  severity: 'warning',
  what: 'A pattern with `*` where the operator takes text as it is.',
  why: 'Only `glob`, `iglob` and `pmatch` read `*` as a pattern. `=`, `in`, `contains`, `startswith` and `endswith` look for the character itself, which names hardly ever hold.',
  bad: exampleRule({
    condition: 'evt.type = openat and fd.name contains /var/www/*.php',
    output: FILE_OUTPUT,
  }),
  good: exampleRule({ condition: 'evt.type = openat and fd.name glob /var/www/*.php', output: FILE_OUTPUT }),
  *check(model) {
    for (const node of model.checks()) {
      const operator = operatorOf(node);
      const { left } = node.check;
      if (left.shape.type !== 'CHARBUF' || !PLAIN.test(operator)) continue;
      // Command lines may hold patterns that a shell did not expand.
      if (/^(?:proc\.(?:p|a)?(?:cmdline|args|exeline)|evt\.(?:buffer|args))/.test(left.name)) continue;
      for (const value of constantsOf(node))
        if (/\*/.test(value) && value.length > 1)
          yield {
            place: placeOfValue(node, value),
            message: `\`${operator}\` looks for the character * in "${fromBytes(value)}"`,
            hint: hintFor(operator),
          };
    }
  },
};

function hintFor(operator: string): string {
  if (operator === 'in')
    return 'write `glob anyof (…)`, or one `glob` for each pattern with `or` between them';
  return 'write `glob`, or leave the * out';
}
