/** What is worth telling of an audit policy and of the rules that it is to feed. */
import { fromBytes, type Diagnostic, type DiagnosticNote, type SourcePlace } from '../../engine/index.ts';
import { writtenCheck, type ModelRule } from '../../rules/index.ts';
import type { RuleAtPolicyRule, RuleAudit } from './audit.ts';
import { levelOf } from './event-parts.ts';
import { higherLevel, type AuditPolicy, type Level, type Stage } from './policy.ts';

/** Everything about the rules, in the order of the rules. Errors and warnings are what should be mended, infos what one may have meant. */
export function auditFindings(audits: readonly RuleAudit[], policy: AuditPolicy): Diagnostic[] {
  return audits.flatMap((audit) => [
    ...verdictFinding(audit, policy),
    ...emptyCheckFindings(audit, policy),
    ...emptyOutputFindings(audit, policy),
  ]);
}

const ODDLY: DiagnosticNote = {
  message: 'but for requests that are refused, and resources of the same name in other API groups',
};

const nameOf = ({ name }: ModelRule): string => `"${fromBytes(name)}"`;

function verdictFinding({ rule, verdict, at, oddly }: RuleAudit, policy: AuditPolicy): Diagnostic[] {
  const base = { ...rule.place, notes: [...reasons(at, policy), ...(oddly ? [ODDLY] : [])] };
  switch (verdict) {
    case 'never':
      return [
        {
          code: 'AUDIT_NEVER_FIRES',
          severity: 'error',
          message: `${nameOf(rule)} can never fire under this policy`,
          ...base,
          hint: mending(at, 'fire'),
        },
      ];
    case 'partly': {
      const missed = at.filter(({ outcome }) => outcome !== 'fires');
      const chosen = missed.every(({ outcome }) => outcome === 'no events');
      return [
        {
          code: 'AUDIT_PARTLY',
          severity: chosen ? 'info' : 'warning',
          message: `${nameOf(rule)} does not fire for all the requests that it is about`,
          ...rule.place,
          notes: reasons(missed, policy),
          ...(!chosen && { hint: mending(missed, 'fire for these') }),
        },
      ];
    }
    default:
      return [];
  }
}

/** Where a rule of the policy stands; the policy itself where none matches. */
const placeOf = ({ decidedBy }: RuleAtPolicyRule, { file }: AuditPolicy): SourcePlace =>
  decidedBy?.levelPlace ?? { file };

const reasons = (at: readonly RuleAtPolicyRule[], policy: AuditPolicy): DiagnosticNote[] =>
  at.map((found) => ({ ...placeOf(found, policy), message: reason(found) }));

function reason({ decidedBy, outcome, stages, needs }: RuleAtPolicyRule): string {
  if (decidedBy === undefined) return 'no rule of the policy matches: nothing is written';
  switch (outcome) {
    case 'no events':
      return 'level None: nothing is written';
    case 'no stage':
      return `${listed([...decidedBy.omitStages])} ${decidedBy.omitStages.size > 1 ? 'are' : 'is'} left out, and the rule wants ${listed(stages, 'or')}`;
    case 'level too low':
      return `level ${decidedBy.level}, and the rule looks at what is written from ${needs} on`;
    case 'fires':
      return `level ${decidedBy.level}: it could fire here`;
  }
}

function mending(at: readonly RuleAtPolicyRule[], aim: string): string {
  const stages = at.filter(({ outcome }) => outcome === 'no stage').flatMap((found) => found.stages);
  const least = at.map(({ needs }) => needs).reduce(higherLevel, 'Metadata');
  const levels = at.some(({ outcome }) => outcome !== 'no stage');
  return [
    `for it to ${aim}:`,
    [
      ...(levels ? [`write these requests at level ${least}`] : []),
      ...(stages.length > 0 ? [`leave ${listed([...new Set(stages)], 'or')} out of omitStages`] : []),
    ].join(', and '),
  ].join(' ');
}

function emptyCheckFindings({ rule, at }: RuleAudit, policy: AuditPolicy): Diagnostic[] {
  const found = new Map<
    string,
    { readonly first: RuleAtPolicyRule['emptyChecks'][number]; readonly at: RuleAtPolicyRule[] }
  >();
  for (const one of at)
    for (const check of one.emptyChecks) {
      const key = `${check.node.check.key} ${check.negated}`;
      const known = found.get(key) ?? { first: check, at: [] };
      known.at.push(one);
      found.set(key, known);
    }
  return [...found.values()].map(({ first: { node, field, negated }, at: where }) => {
    const check = fromBytes(writtenCheck(node));
    return {
      code: 'AUDIT_CHECK_EMPTY',
      severity: 'warning',
      message: `${nameOf(rule)}: ${fromBytes(field.text)} has no value at level ${levels(where)}, so ${
        negated
          ? `\`${check}\` never holds, and the rule fires for what it should leave out`
          : `\`${check}\` never holds, and the rule fires without it only`
      }`,
      ...(node.place.file === undefined ? rule.place : node.place),
      notes: where.map((one) => ({ ...placeOf(one, policy), message: `level ${one.decidedBy?.level}` })),
      hint: `write these requests at level ${levelOf(field.reading.part)}`,
    };
  });
}

function emptyOutputFindings({ rule, at }: RuleAudit, policy: AuditPolicy): Diagnostic[] {
  const where = at.filter(({ emptyOutput }) => emptyOutput.length > 0);
  const fields = new Map(where.flatMap(({ emptyOutput }) => emptyOutput.map((field) => [field.text, field])));
  if (fields.size === 0) return [];
  const names = [...fields.keys()].map(fromBytes);
  const least = [...fields.values()]
    .map(({ reading }) => levelOf(reading.part))
    .reduce<Level>(higherLevel, 'Metadata');
  return [
    {
      code: 'AUDIT_OUTPUT_EMPTY',
      severity: 'warning',
      message: `${nameOf(rule)}: its output shows ${listed(names)}, which ${names.length > 1 ? 'have' : 'has'} no value at level ${levels(where)}`,
      ...placeInOutput(rule, [...fields.keys()][0]!),
      notes: where.map((one) => ({
        ...placeOf(one, policy),
        message: `level ${one.decidedBy?.level}: ${listed(one.emptyOutput.map(({ text }) => fromBytes(text)))} ${one.emptyOutput.length > 1 ? 'are' : 'is'} empty`,
      })),
      hint: `write these requests at level ${least}`,
    },
  ];
}

function placeInOutput({ output, place }: ModelRule, field: string): SourcePlace {
  const at = output.text.indexOf(`%${field}`);
  return (at < 0 ? undefined : output.place(at, field.length + 1)) ?? place;
}

const levels = (at: readonly RuleAtPolicyRule[]): string =>
  listed([...new Set(at.map(({ decidedBy }) => decidedBy?.level ?? 'None'))], 'or');

/** `a, b and c` */
export const listed = (names: readonly (string | Stage)[], word = 'and'): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
