import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { fails, holds } from '../../model/reasoning/reasoner.ts';

const rule = (values: string): string =>
  exampleRule({
    condition: 'evt.type = execve and proc.name in (bash, sh)',
    more: `  exceptions:\n    - name: known_programs\n      fields: proc.name\n      values: [${values}]\n`,
  });

export const exceptionSwallowsRule: LintCheck = {
  code: 'exception-swallows-rule',
  severity: 'error',
  what: 'Exceptions that take out all that their rule matches.',
  why: 'Nothing is left to alert on: the rule is silent as long as the exceptions stand.',
  bad: rule('bash, sh'),
  good: rule('sh'),
  *check({ rules, reasoner }) {
    for (const { condition, whole, codes, exceptions, loaded, place } of rules) {
      if (exceptions.length === 0 || !reasoner.canHold([holds(condition)], codes)) continue;
      if (reasoner.canHold([holds(whole)], codes)) continue;
      const alone = exceptions.find(
        ({ condition: excluded }) => !reasoner.canHold([holds(condition), fails(excluded)], codes),
      );
      const name = `rule "${fromBytes(loaded.name)}"`;
      yield alone === undefined
        ? { place, message: `the exceptions of ${name} together take out all that it matches` }
        : {
            place: alone.place,
            message: `exception "${fromBytes(alone.exception.name)}" takes out all that ${name} matches`,
          };
    }
  },
};
