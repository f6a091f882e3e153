import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { constantsOf, operatorOf, placeOfValue } from '../../model/condition-node.ts';

export const modifierAsValue: LintCheck = {
  code: 'modifier-as-value',
  severity: 'error',
  what: 'A modifier that Falco reads as the value.',
  why: '`startswith oneof` without a list behind it compares with the text "oneof".',
  bad: exampleRule({ condition: 'evt.type = execve and proc.name startswith oneof' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.name startswith oneof (python, perl)' }),
  *check(model) {
    for (const node of model.checks())
      for (const value of constantsOf(node))
        if (/^(?:oneof|anyof|allof)$/.test(value) && !/ /.test(operatorOf(node)))
          yield {
            place: placeOfValue(node, value),
            message: `"${value}" is compared with as a text here`,
            hint: `put a list in brackets behind it: ${value} (a, b)`,
          };
  },
};
