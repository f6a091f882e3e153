import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';
import { constantsOf, operatorOf, placeOfValue } from '../../model/condition-node.ts';

export const emptyPattern: LintCheck = {
  code: 'empty-pattern',
  severity: 'warning',
  what: 'A pattern that fits everything.',
  why: 'Every text starts with, ends with and contains the empty one; `pmatch (/)` and `pmatch ("")` fit every value, `pmatch (/*)` every path; `glob *` all that is there. One such value in a list makes the whole check true.',
  bad: exampleRule({ condition: 'evt.type = openat and fd.name pmatch (/, /etc)', output: FILE_OUTPUT }),
  good: exampleRule({ condition: 'evt.type = openat and fd.name pmatch (/root, /etc)', output: FILE_OUTPUT }),
  *check(model) {
    for (const node of model.checks()) {
      const operator = operatorOf(node);
      for (const value of constantsOf(node))
        if (fitsAll(operator, value))
          yield {
            place: placeOfValue(node, value),
            message: `\`${operator}\` with "${fromBytes(value)}" is true for every value`,
            hint: 'to ask whether there is a value at all, write `exists`',
          };
    }
  },
};

function fitsAll(operator: string, value: string): boolean {
  const [op, modifier] = operator.split(' ');
  if (modifier !== undefined && modifier !== 'anyof') return false;
  switch (op) {
    case 'startswith':
    case 'endswith':
    case 'contains':
    case 'icontains':
      return value === '';
    case 'pmatch':
      return /^\/*\**$/.test(value);
    case 'glob':
    case 'iglob':
      return /^\*+$/.test(value);
    default:
      return false;
  }
}
