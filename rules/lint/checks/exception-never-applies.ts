import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleException } from '../example.ts';
import { holds } from '../../model/reasoning/reasoner.ts';

export const exceptionNeverApplies: LintCheck = {
  code: 'exception-never-applies',
  severity: 'warning',
  what: 'An exception that takes nothing out of its rule.',
  why: 'No event that the condition matches can satisfy the exception, so it only looks as if something were excluded.',
  bad: exampleException('zsh'),
  good: exampleException('sh'),
  *check({ rules, reasoner }) {
    for (const { condition, codes, exceptions, loaded } of rules) {
      if (!reasoner.canHold([holds(condition)], codes)) continue;
      for (const { condition: excluded, exception, place } of exceptions)
        if (!reasoner.canHold([holds(condition), holds(excluded)], codes))
          yield {
            place,
            message: `exception "${fromBytes(exception.name)}" of rule "${fromBytes(loaded.name)}" never applies: its condition excludes what the rule matches`,
          };
    }
  },
};
