import { fromBytes, type Expr } from '../../../engine/index.ts';
import { lookup } from '../../yaml/node.ts';
import type { Finding, LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { placeOfScalar, type ModelItem, type RuleModel } from '../../model/model.ts';

const rule = (condition: string): string => exampleRule({ condition });
const append = (condition: string): string =>
  `\n- rule: Example\n  condition: ${condition}\n  override: {condition: append}\n`;

export const appendPrecedence: LintCheck = {
  code: 'append-precedence',
  severity: 'warning',
  what: 'An appended condition that binds otherwise than it reads.',
  why: 'Falco appends text, without brackets, and `and` binds closer than `or`: `A and B` with `or C` appended is `(A and B) or C`, true for C alone, at any event type; `A or B` with `and C` appended is `A or (B and C)`.',
  bad: rule('evt.type = execve and proc.name = nc') + append('or proc.name = ncat'),
  good:
    rule('evt.type = execve and (proc.name = nc or proc.name = ncat)') + append('and not proc.pname = cron'),
  *check(model) {
    for (const items of model.groups()) {
      let before: Expr | undefined;
      let text = '';
      for (const item of items) {
        const condition = lookup(item.node, 'condition');
        if (condition?.kind !== 'scalar') continue;
        if (item.effect === 'append') {
          const word = /^\s*(and|or)\b/.exec(condition.value)?.[1];
          text += ` ${condition.value}`;
          const other = word === 'and' ? 'or' : 'and';
          if (word !== undefined && before?.kind === other) yield finding(item, word, other);
        } else text = condition.value;
        before = parsed(text, model);
      }
    }
  },
};

function finding(item: ModelItem, word: string, other: string): Finding {
  const condition = lookup(item.node, 'condition')!;
  const place = condition.kind === 'scalar' ? placeOfScalar(item.file, condition) : item.place;
  return {
    place,
    message:
      word === 'or'
        ? `appended to "… and …", this alone makes the ${item.kind} "${fromBytes(item.name)}" true, whatever stands before it`
        : `appended to "… or …", this binds to the last alternative of the ${item.kind} "${fromBytes(item.name)}" only`,
    hint: `replace the condition (\`override: {condition: replace}\`) with brackets round the \`${other}\`, or put the part into a macro`,
  };
}

function parsed(text: string, { language }: RuleModel): Expr | undefined {
  try {
    return language.parse(text);
  } catch {
    return undefined;
  }
}
