import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { fieldOf } from '../../model/condition-node.ts';

const ANCESTORS: ReadonlySet<string> = new Set([
  'proc.aname',
  'proc.aexe',
  'proc.aexepath',
  'proc.acmdline',
  'proc.apid',
  'proc.aenv',
]);

export const ancestorNotEqual: LintCheck = {
  code: 'ancestor-not-equal',
  severity: 'error',
  what: '`!=` with a field of all ancestors.',
  why: 'Without an index such a field is compared with every ancestor, and the check is true if it is for any of them. `proc.aname != bash` means “some ancestor is not bash”, which nearly every process has.',
  bad: exampleRule({ condition: 'evt.type = execve and proc.name = nc and proc.aname != sshd' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.name = nc and not proc.aname = sshd' }),
  *check(model) {
    for (const node of model.checks()) {
      const { check } = node;
      const name = fieldOf(node);
      if (
        name === undefined ||
        !ANCESTORS.has(name) ||
        check.left.field?.test === undefined ||
        check.expr.op !== '!='
      )
        continue;
      yield {
        place: node.place,
        message: `\`${name} !=\` is true if any ancestor differs, which is nearly always`,
        hint: `write \`not ${name} = …\` (or \`not ${name} in (…)\`): no ancestor is so`,
      };
    }
  },
};
