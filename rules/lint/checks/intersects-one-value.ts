import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';

export const intersectsOneValue: LintCheck = {
  code: 'intersects-one-value',
  severity: 'warning',
  what: '`intersects` with a field that has one value.',
  why: 'There it is `in`: the whole value must be in the list. `proc.args intersects ("-l")` is true for the arguments "-l" alone, not for "-l -a": `proc.args` is one text.',
  bad: exampleRule({
    condition: 'evt.type = execve and proc.name = mount and proc.args intersects ("--bind", "--move")',
  }),
  good: exampleRule({
    condition:
      'evt.type = execve and proc.name = mount and (proc.args contains "--bind" or proc.args contains "--move")',
  }),
  *check(model) {
    for (const node of model.checks()) {
      const { check } = node;
      if (check.expr.op !== 'intersects' || check.left.shape.list) continue;
      const name = fromBytes(check.left.key);
      yield {
        place: node.place,
        message: `${name} has one value, so \`intersects\` asks whether the whole of it is in the list`,
        hint: `write \`in\` if that is meant, else \`contains\``,
      };
    }
  },
};
