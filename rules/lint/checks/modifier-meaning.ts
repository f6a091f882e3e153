import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { constantsOf, operatorOf, type CheckNode } from '../../model/condition-node.ts';

export const modifierMeaning: LintCheck = {
  code: 'modifier-meaning',
  severity: 'warning',
  what: '`oneof`, `anyof` or `allof` that means something else than it says.',
  why: '`oneof` wants exactly one value to fit: `startswith oneof (c, ca)` is false for "cat", which fits both. `!= oneof (a, b)` is true for a and b alone, `!= anyof (a, b)` nearly always; “none of them” is `not … in (…)`. `= allof (a, b)` is never true.',
  bad: exampleRule({ condition: 'evt.type = execve and proc.exepath startswith oneof (/tmp, /tmp/build)' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.exepath startswith anyof (/tmp, /dev/shm)' }),
  *check(model) {
    for (const node of model.checks()) {
      const found = problemOf(node);
      if (found !== undefined) yield { place: node.place, ...found };
    }
  },
};

function problemOf(node: CheckNode): { message: string; hint: string } | undefined {
  const operator = operatorOf(node);
  const values = constantsOf(node);
  if (values.length < 2) return undefined;
  const name = fromBytes(node.check.left.key);
  switch (operator) {
    case '!= oneof':
      return {
        message:
          '`!= oneof` is true where all values but one differ: for the listed values alone, if there are two',
        hint: `write \`not ${name} in (…)\``,
      };
    case '!= anyof':
      return {
        message: '`!= anyof` is true as soon as one value differs, which is always',
        hint: `write \`not ${name} in (…)\``,
      };
    case '= allof':
    case '== allof':
      return new Set(values).size < 2
        ? undefined
        : { message: `\`${operator}\` is never true: no value equals several`, hint: 'write `in (…)`' };
    case 'startswith oneof':
    case 'endswith oneof':
    case 'contains oneof':
    case '= oneof':
    case '== oneof': {
      const pair = overlap(operator, values);
      return pair === undefined
        ? undefined
        : {
            message: `what fits "${fromBytes(pair[0])}" fits "${fromBytes(pair[1])}" too, and \`oneof\` wants exactly one`,
            hint: 'write `anyof`',
          };
    }
    default:
      return undefined;
  }
}

/** Two of the values of which whatever fits the first fits the second as well. */
function overlap(operator: string, values: readonly string[]): readonly [string, string] | undefined {
  const covers = (one: string, other: string): boolean => {
    if (operator.startsWith('startswith')) return one.startsWith(other);
    if (operator.startsWith('endswith')) return one.endsWith(other);
    return operator.startsWith('contains') ? one.includes(other) : one === other;
  };
  for (const [i, one] of values.entries())
    for (const [j, other] of values.entries()) if (i !== j && covers(one, other)) return [one, other];
  return undefined;
}
