import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import type { ModelRule } from '../../model/model.ts';
import {
  conjunctsOf,
  fieldOf,
  operatorOf,
  type CheckNode,
  type ConditionNode,
} from '../../model/condition-node.ts';

export const expensiveFirst: LintCheck = {
  code: 'expensive-first',
  severity: 'info',
  what: 'An expensive check before a cheap one that decides more.',
  why: 'Falco makes the checks of an `and` in the order in which they are written, and stops at the first that is false. Patterns, and fields that walk up all ancestors of a process, cost ten times what `proc.name = x` does. (tiercel orders checks itself.)',
  bad: exampleRule({ condition: 'evt.type = execve and proc.cmdline regex "nc .*-e.*" and proc.name = nc' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.name = nc and proc.cmdline regex "nc .*-e.*"' }),
  *check({ rules }) {
    for (const rule of rules) {
      const found = firstOf(rule);
      if (found === undefined) continue;
      const { expensive, cheap } = found;
      yield {
        place: expensive.place,
        message: `${fromBytes(expensive.check.left.key)} ${operatorOf(expensive)} is checked before the cheaper ${fromBytes(cheap.check.left.key)} ${operatorOf(cheap)}`,
        hint: 'put the cheaper check first',
        notes: [{ ...cheap.place, message: 'the cheaper check' }],
      };
    }
  },
};

function firstOf({ condition }: ModelRule): { expensive: CheckNode; cheap: CheckNode } | undefined {
  let expensive: CheckNode | undefined;
  for (const part of conjunctsOf(condition)) {
    const check = plainCheck(part);
    if (check === undefined) continue;
    if (isExpensive(check)) expensive ??= check;
    else if (expensive !== undefined && isSelective(check)) return { expensive, cheap: check };
  }
  return undefined;
}

/** The check itself, or the one that a macro consists of. */
function plainCheck(node: ConditionNode): CheckNode | undefined {
  if (node.kind === 'macro') return plainCheck(node.body);
  return node.kind === 'check' ? node : undefined;
}

const ANCESTORS = /^proc\.(?:aname|aexe|aexepath|acmdline|apid|aenv)$/;

const isExpensive = (node: CheckNode): boolean =>
  operatorOf(node).startsWith('regex') ||
  (ANCESTORS.test(fieldOf(node) ?? '') && node.check.left.field?.test !== undefined);

/** Event types are in the index of rules, so that they cost nothing wherever they stand. */
const isSelective = (node: CheckNode): boolean =>
  /^(?:=|==|in|startswith|endswith)$/.test(operatorOf(node)) &&
  node.check.accepts !== undefined &&
  node.check.left.field !== undefined &&
  !/^(?:evt\.type|syscall\.type|evt\.dir)$/.test(fieldOf(node) ?? '') &&
  node.check.left.shape.type !== 'BOOL';
