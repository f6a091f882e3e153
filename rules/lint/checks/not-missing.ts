import { fromBytes, type EventCode } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';
import { checksOf, type CheckNode } from '../../model/condition-node.ts';
import { isMissing, namesOf } from '../../model/reasoning/event-facts.ts';

export const notMissing: LintCheck = {
  code: 'not-missing',
  severity: 'warning',
  what: '`not` of a comparison whose field some of the rule’s events lack.',
  why: 'A comparison with a missing value is false for every operator, so `not fd.name startswith /usr` is true at every event that has no fd. If the rule says nothing else about the field, it matches all of these.',
  bad: exampleRule({
    condition: 'evt.type in (openat, execve) and proc.name = nc and not fd.name startswith /usr/',
    output: FILE_OUTPUT,
  }),
  good: exampleRule({
    condition:
      'evt.type in (openat, execve) and proc.name = nc and fd.name exists and not fd.name startswith /usr/',
    output: FILE_OUTPUT,
  }),
  *check(model) {
    for (const rule of model.rules) {
      const { condition, loaded } = rule;
      if (loaded.source !== 'syscall') continue;
      const checks = [...checksOf(condition)];
      const asked = new Set(checks.filter(({ negated }) => !negated).map(({ node }) => groupOf(node)));
      const negated = checks.filter(({ node, negated: isNegated }) => isNegated && !asked.has(groupOf(node)));
      const doubtful = negated.filter(
        ({ node }) => node.check.left.base !== undefined && node.text.text === loaded.conditionText,
      );
      if (doubtful.length === 0) continue;
      const current = model.possibleCodes(rule);
      for (const { node } of doubtful) {
        const without = current.filter((code) => lacks(node, code));
        if (without.length === 0 || without.length === current.length) continue;
        yield {
          place: node.place,
          message: `the \`not\` round this is true wherever ${fromBytes(node.check.left.key)} is missing: at ${namesOf(without)}`,
          hint: `if these events are not meant, add \`${fromBytes(node.check.left.key)} exists\``,
        };
      }
    }
  },
};

function lacks({ check: { left } }: CheckNode, code: EventCode): boolean {
  const { field, arg } = left.base!;
  return isMissing(field.name, arg, code);
}

/** All fields of the fd come and go together. */
function groupOf({ check: { left } }: CheckNode): string {
  return left.name.startsWith('fd.') && left.name !== 'fd.types' ? 'fd' : left.key;
}
