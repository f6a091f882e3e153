import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { constantsOf, fieldOf, operatorOf } from '../../model/condition-node.ts';

export const eventTypeOperator: LintCheck = {
  code: 'event-type-operator',
  severity: 'warning',
  what: 'An event type that is compared in a way that Falco does not index.',
  why: 'Falco asks a rule only at the event types that its comparisons with `=`, `!=` and `in` leave. With `startswith`, `glob` or a modifier the rule is asked at every event. `evt.type` is checked against the known names even there, so `startswith open` loads as `open` happens to be one.',
  bad: exampleRule({ condition: 'evt.type startswith execve and proc.name = nc' }),
  good: exampleRule({ condition: 'evt.type in (execve, execveat) and proc.name = nc' }),
  *check(model) {
    for (const node of model.checks()) {
      const name = fieldOf(node);
      const operator = operatorOf(node);
      if ((name !== 'evt.type' && name !== 'syscall.type') || /^(?:=|==|!=|in|exists)$/.test(operator))
        continue;
      if (constantsOf(node).length === 0) continue;
      yield {
        place: node.place,
        message: `\`${name} ${operator}\` does not narrow the event types: the rule is asked at every event`,
        hint: `write \`${name} in (…)\` with all names`,
      };
    }
  },
};
