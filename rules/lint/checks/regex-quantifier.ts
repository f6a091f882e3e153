import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { constantsOf, operatorOf, placeOfValue } from '../../model/condition-node.ts';

/** A quantifier after another one, outside of classes and not escaped. */
const DOUBLE = /(?:^|[^\\])[*+?}]([?+])/;

export const regexQuantifier: LintCheck = {
  code: 'regex-quantifier',
  severity: 'warning',
  what: 'A lazy or possessive quantifier (`+?`, `*?`, `++`) in a `regex`.',
  why: 'In POSIX syntax the second sign is a quantifier of its own: `a+?` is `(a+)?`, which matches the empty text too. Laziness would change nothing, as the whole value must match.',
  bad: exampleRule({ condition: 'evt.type = execve and proc.cmdline regex "curl .+?[|] *sh"' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.cmdline regex "curl .+[|] *sh"' }),
  *check(model) {
    for (const node of model.checks()) {
      if (operatorOf(node) !== 'regex') continue;
      for (const value of constantsOf(node)) {
        const plain = value.replace(/\[\^?\]?[^\]]*\]/g, (set) => 'x'.repeat(set.length));
        const found = DOUBLE.exec(plain)?.[0].slice(-2);
        if (found !== undefined)
          yield {
            place: placeOfValue(node, value),
            message: `\`${found}\` in "${fromBytes(value)}" is one quantifier applied to another`,
            hint: `write \`${found[0]}\` alone`,
          };
      }
    }
  },
};
