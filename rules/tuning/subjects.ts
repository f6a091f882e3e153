import type { ByteString } from '../../engine/index.ts';
import type { ConditionNode } from '../model/condition-node.ts';
import type { ModelRule } from '../model/model.ts';

/** Fields that tell of one thing from several sides. */
const SUBJECTS: readonly (readonly [RegExp, ByteString])[] = [
  [/^proc\.(?:name|exe|exepath)$/, 'program'],
  [/^proc\.p(?:name|exe|exepath)$/, 'parent'],
  [/^(?:container|k8s)\./, 'container'],
];

/** What a field is about: the same word for fields that tell of the same thing. Fields of the command line stand for themselves, as do those of plug-ins by two parts. */
export function subjectOf(field: ByteString): ByteString {
  for (const [pattern, subject] of SUBJECTS) if (pattern.test(field)) return subject;
  const [first = '', second = ''] = field.replace(/\[.*/s, '').split('.');
  return /^(?:fd|user|group|evt)$/.test(first) ? first : `${first}.${second}`;
}

/** Comparisons that leave most values possible. */
const LOOSE: ReadonlySet<string> = new Set(['!=', '<', '<=', '>', '>=', 'exists']);

/**
 * What a rule looks for: the subjects of the fields that its condition wants to have certain values. What is only about them tells nothing harmless from what the rule is there for:
 * shells, for a rule about shells.
 */
export function subjectsOf({ whole }: ModelRule): ReadonlySet<ByteString> {
  const subjects = new Set<ByteString>();
  const walk = (node: ConditionNode, negated: boolean): void => {
    switch (node.kind) {
      case 'not':
        return walk(node.child, !negated);
      case 'macro':
        return walk(node.body, negated);
      case 'check': {
        const { left, op } = node.check.expr;
        if (!negated && !LOOSE.has(op) && left.kind === 'field') subjects.add(subjectOf(left.name));
        return;
      }
      default:
        for (const child of node.children) walk(child, negated);
    }
  };
  walk(whole, false);
  return subjects;
}
