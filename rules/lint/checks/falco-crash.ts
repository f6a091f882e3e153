import type { TransformerArg } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';

export const falcoCrash: LintCheck = {
  code: 'falco-crash',
  severity: 'error',
  what: 'A condition that loads and then ends Falco.',
  why: 'Falco 0.44 dies with a segmentation fault at the first event that reaches `concat(…) = val(…)`. (tiercel evaluates it.)',
  bad: exampleRule({
    condition: 'evt.type = execve and concat(proc.name, " ", proc.args[0]) = val(proc.cmdline)',
  }),
  good: exampleRule({ condition: 'evt.type = execve and concat(proc.name, " ", proc.args[0]) = "nc -e"' }),
  *check(model) {
    for (const node of model.checks()) {
      const { check } = node;
      const { expr } = check;
      if (expr.kind === 'unary' || expr.right.kind !== 'transformer') continue;
      if (holdsConcat(expr.left) || holdsConcat(expr.right))
        yield {
          place: node.place,
          message: '`concat(…)` compared with another field ends Falco 0.44 at the first event',
          hint: 'compare with a constant, or compare the parts one by one',
        };
    }
  },
};

function holdsConcat(operand: TransformerArg): boolean {
  if (operand.kind !== 'transformer') return false;
  return operand.name === 'concat' || operand.values.some(holdsConcat);
}
