import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleException } from '../example.ts';
import { fails, holds } from '../../model/reasoning/reasoner.ts';

export const exceptionSwallowsRule: LintCheck = {
  code: 'exception-swallows-rule',
  severity: 'error',
  what: 'Exceptions that take out all that their rule matches.',
  why: 'Nothing is left to alert on: the rule is silent as long as the exceptions stand.',
  bad: exampleException('bash, sh'),
  good: exampleException('sh'),
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
