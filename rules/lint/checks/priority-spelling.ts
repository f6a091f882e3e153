import { fromBytes } from '../../../engine/index.ts';
import { parsePriority } from '../../priority.ts';
import { lookup } from '../../yaml/node.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { placeOfScalar } from '../../model/model.ts';

const SPELLINGS: ReadonlySet<string> = new Set([
  'EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'INFORMATIONAL', 'DEBUG',
]); // prettier-ignore

export const prioritySpelling: LintCheck = {
  code: 'priority-spelling',
  severity: 'warning',
  what: 'A priority that loads, but that Falco’s schema of rule files does not know.',
  why: 'The schema has the priorities in upper case only: with `Warning` the file loads, and its validation says `schema_valid: false`.',
  bad: exampleRule({ condition: 'evt.type = execve and proc.name = nc', priority: 'Warning' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.name = nc', priority: 'WARNING' }),
  *check({ items }) {
    for (const { kind, file, node } of items) {
      const priority = kind === 'rule' ? lookup(node, 'priority') : undefined;
      if (priority?.kind !== 'scalar' || SPELLINGS.has(priority.value)) continue;
      const meant = parsePriority(priority.value);
      yield {
        place: placeOfScalar(file, priority),
        message: `the priority "${fromBytes(priority.value)}" is not in Falco's schema`,
        ...(meant !== undefined && { hint: `write ${meant.toUpperCase()}` }),
      };
    }
  },
};
