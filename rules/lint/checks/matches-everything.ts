import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { ALL_CODES, fails, holds } from '../../model/reasoning/reasoner.ts';

export const matchesEverything: LintCheck = {
  code: 'matches-everything',
  severity: 'error',
  what: 'A condition that every event satisfies.',
  why: 'The rule floods its outputs, and under `rule_matching: first` (the default) it hides every rule behind it.',
  bad: exampleRule({ condition: 'evt.num >= 0' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.name = nc' }),
  *check({ rules, reasoner }) {
    for (const { loaded, condition, place } of rules)
      if (
        loaded.source === 'syscall' &&
        !reasoner.canHold([fails(condition)], ALL_CODES) &&
        reasoner.canHold([holds(condition)], ALL_CODES)
      )
        yield {
          place,
          message: `rule "${fromBytes(loaded.name)}" matches every event`,
          hint: 'narrow the condition with event types, as in `evt.type in (execve, execveat)`',
        };
  },
};
