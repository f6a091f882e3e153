import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { checksOf } from '../../model/condition-node.ts';
import { isMissing, namesOf } from '../../model/reasoning/event-facts.ts';

const rule = (argument: string): string =>
  exampleRule({
    condition: `evt.type in (rename, renameat2) and (proc.name = nc or ${argument} startswith /etc/)`,
    output:
      'Example | from=%evt.arg.oldpath to=%evt.arg.newpath command=%proc.cmdline parent=%proc.pname user=%user.name',
  });

export const missingField: LintCheck = {
  code: 'missing-field',
  severity: 'warning',
  what: 'A field in a condition that no event of the rule’s types has.',
  why: 'An argument (`evt.arg.name`) belongs to some event types, `fd.*` to those that are about an fd. At others every comparison with it is false, and `not` of one true.',
  bad: rule('evt.arg.path'),
  good: rule('evt.arg.newpath'),
  *check(model) {
    for (const rule of model.rules) {
      const { whole, loaded } = rule;
      if (loaded.source !== 'syscall') continue;
      const possible = model.possibleCodes(rule);
      if (possible.length === 0) continue;
      for (const { node } of checksOf(whole)) {
        const field = node.check.left.base;
        // Macros are shared between rules of different event types.
        if (field === undefined || node.text.text !== loaded.conditionText) continue;
        if (!possible.every((code) => isMissing(field.field.name, field.arg, code))) continue;
        yield {
          place: node.place,
          message: `${fromBytes(node.check.left.key)} has no value at the events of this rule (${namesOf(possible)})`,
        };
      }
    }
  },
};
