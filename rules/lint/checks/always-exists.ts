import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import type { CheckNode } from '../../model/condition-node.ts';

export const alwaysExists: LintCheck = {
  code: 'always-exists',
  severity: 'warning',
  what: '`exists` with a field that has a value even where there is nothing.',
  why: 'Falco finds `proc.env[X]`, `proc.aenv[X]` and `proc.args[n]` everywhere: empty where there is no such variable or argument. `fd.ip`, `fd.net`, `fd.port` and the names of addresses exist for every known fd, files too.',
  bad: exampleRule({ condition: 'evt.type = execve and proc.env[LD_PRELOAD] exists' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.env[LD_PRELOAD] != ""' }),
  *check(model) {
    for (const node of model.checks()) {
      const instead = node.check.expr.op === 'exists' ? insteadOf(node) : undefined;
      if (instead !== undefined)
        yield {
          place: node.place,
          message: `${fromBytes(node.check.left.key)} exists even where there is nothing`,
          hint: `write \`${instead}\``,
        };
    }
  },
};

function insteadOf({ check: { left } }: CheckNode): string | undefined {
  const { field } = left;
  if (field === undefined) return undefined;
  const { name } = field.field;
  if ((name === 'proc.env' || name === 'proc.aenv' || name === 'proc.args') && field.arg !== undefined)
    return `${fromBytes(left.key)} != ""`;
  if (['fd.ip', 'fd.net', 'fd.port', 'fd.proto'].includes(name) || /^fd\.[cslr]ip\.name$/.test(name))
    return 'fd.sip exists';
  return undefined;
}
