import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { constantsOf, fieldOf, operatorOf, placeOfValue } from '../../model/condition-node.ts';

/** TASK_COMM_LEN of Linux, without the NUL. */
const MAX_NAME = 15;
const NAMES: ReadonlySet<string> = new Set([
  'proc.name',
  'proc.pname',
  'proc.aname',
  'proc.sname',
  'proc.vpgid.name',
  'proc.pgid.name',
]);

export const nameTooLong: LintCheck = {
  code: 'name-too-long',
  severity: 'warning',
  what: 'The name of a process with more than 15 characters.',
  why: 'Linux keeps 15 characters of the name of a process (`comm`); `proc.name` and its like never hold more, so the comparison is never true.',
  bad: exampleRule({ condition: 'evt.type = execve and proc.name = unattended-upgrade' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.name = unattended-upgr' }),
  *check(model) {
    for (const node of model.checks()) {
      const name = fieldOf(node);
      if (
        name === undefined ||
        !NAMES.has(name) ||
        !/^(?:=|==|in|startswith|endswith|contains)(?: |$)/.test(operatorOf(node))
      )
        continue;
      for (const value of constantsOf(node))
        if (value.length > MAX_NAME)
          yield {
            place: placeOfValue(node, value),
            message: `${name} has at most ${MAX_NAME} characters, so it never matches "${fromBytes(value)}"`,
            hint: `write the beginning, "${fromBytes(value.slice(0, MAX_NAME))}", or compare proc.exepath, proc.cmdline or proc.pcmdline`,
          };
    }
  },
};
