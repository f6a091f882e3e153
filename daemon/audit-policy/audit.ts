/** What an audit policy lets rules see. */
import type { ByteString } from '../../engine/index.ts';
import {
  canHoldWhere,
  fails,
  holds,
  type ConditionNode,
  type Language,
  type ModelRule,
} from '../../rules/index.ts';
import { AuditedRule, withBody, type FieldCheck, type UsedField, type World } from './audited-rule.ts';
import { lacks, levelOf } from './event-parts.ts';
import { ALWAYS, and, listed } from './nodes.ts';
import { isAtLeast, LEVELS, type AuditPolicy, type Level, type PolicyRule, type Stage } from './policy.ts';
import {
  ANYWHERE,
  decidedBy,
  matching,
  ofTarget,
  ofUsers,
  TARGETS,
  usually,
  type TargetKind,
  type Where,
} from './reach.ts';

/** A check that is false at a level, as events lack its field there: with a `not` round it, the rule fires for what it should leave out. */
export interface EmptyCheck extends FieldCheck {
  readonly field: UsedField;
}

/** What becomes of a rule where one rule of the policy decides, or none. */
export interface RuleAtPolicyRule {
  /** Undefined where no rule of the policy matches: then nothing is written. */
  readonly decidedBy: PolicyRule | undefined;
  /** Whether it can fire there; if not, what prevents it. */
  readonly outcome: 'fires' | 'no events' | 'no stage' | 'level too low';
  /** The stages at which it could fire if everything were written. */
  readonly stages: readonly Stage[];
  /** The least level at which it could fire, its stages being written. */
  readonly needs: Level;
  /** Where it fires: what of its condition and its output has no value, though it would have one at a higher level. */
  readonly emptyChecks: readonly EmptyCheck[];
  readonly emptyOutput: readonly UsedField[];
}

/**
 * `always false`: whatever the policy. `never`: no event that the policy lets through makes it fire. `partly`: some of the requests that it is about
 * are not written, or not what it wants of them.
 */
export type Verdict = 'fires' | 'partly' | 'never' | 'always false';

/** What an audit policy means for a rule. */
export interface RuleAudit {
  readonly rule: ModelRule;
  readonly verdict: Verdict;
  /** With `never`: whether it could fire for requests that the API server refuses, or for somebody else's resources with the name of one of Kubernetes' own. */
  readonly oddly: boolean;
  /** The rules of the policy that requests meet which it is about, in their order. */
  readonly at: readonly RuleAtPolicyRule[];
}

/** Says of rules for audit events what they see under a policy. */
export function auditRules(
  policy: AuditPolicy,
  rules: readonly ModelRule[],
  language: Pick<Language, 'parse'>,
): RuleAudit[] {
  const decisions = [...policy.rules, undefined].map((rule) => decisionOf(policy, rule));
  const ofPolicy = policy.rules.flatMap(({ userGroups }) => userGroups);
  const named = policy.rules.flatMap(resourcesOf);
  return rules.map((rule) => {
    const audited = new AuditedRule(rule, language, ofPolicy);
    const usual = usually([...named, ...audited.constantsAt('/objectRef/resource')]);
    return auditRule(audited, decisions, usual);
  });
}

/** The events that one rule of a policy decides, or none of them. */
interface PolicyDecision {
  readonly rule: PolicyRule | undefined;
  readonly events: Where;
}

const decisionOf = (policy: AuditPolicy, rule: PolicyRule | undefined): PolicyDecision => ({
  rule,
  events: { resource: decidedBy(policy, rule, 'resource'), path: decidedBy(policy, rule, 'path') },
});

function auditRule(audited: AuditedRule, decisions: readonly PolicyDecision[], usual: Where): RuleAudit {
  const { rule } = audited;
  const all = (where: Where): RuleAtPolicyRule[] =>
    decisions.flatMap((decision) => atDecision(audited, decision, where) ?? []);
  if (audited.worlds.length === 0) return { rule, verdict: 'always false', oddly: false, at: [] };
  const ordinary = all(usual);
  const firing = ordinary.filter(({ outcome }) => outcome === 'fires').length;
  if (firing > 0)
    return { rule, verdict: firing === ordinary.length ? 'fires' : 'partly', oddly: false, at: ordinary };
  const anywhere = all(ANYWHERE);
  const oddly = anywhere.some(({ outcome }) => outcome === 'fires');
  return { rule, verdict: 'never', oddly, at: ordinary.length > 0 ? ordinary : anywhere };
}

/** Undefined where no request that the rule is about meets the policy's rule. */
function atDecision(
  audited: AuditedRule,
  { rule, events }: PolicyDecision,
  more: Where,
): RuleAtPolicyRule | undefined {
  const where = { resource: and(events.resource, more.resource), path: and(events.path, more.path) };
  const can = (world: World): boolean => audited.canHold(world, where[world.target]);
  const worlds = audited.worlds.filter(can);
  if (worlds.length === 0) return undefined;
  const written = rule === undefined ? [] : worlds.filter(({ stage }) => !rule.omitStages.has(stage));
  const at =
    (level: Level) =>
    (world: World): World => ({
      ...world,
      level,
      anyLevel: false,
      omitManagedFields: rule?.omitManagedFields ?? false,
    });
  const level = rule?.level ?? 'None';
  const firing = level === 'None' ? [] : written.map(at(level)).filter(can);
  const open = written.length > 0 ? written : worlds;
  return {
    decidedBy: rule,
    outcome:
      firing.length > 0
        ? 'fires'
        : level === 'None'
          ? 'no events'
          : written.length === 0
            ? 'no stage'
            : 'level too low',
    stages: [...new Set(worlds.map(({ stage }) => stage))],
    needs: LEVELS.slice(1).find((least) => open.map(at(least)).some(can)) ?? 'RequestResponse',
    emptyChecks: emptyChecks(audited, firing, where),
    emptyOutput: emptyOutput(audited, firing, where),
  };
}

/** Whether a field has no value at events of a world, and would have one at a higher level. */
function isCut({ reading: { part }, text }: UsedField, { level, stage, target }: World): boolean {
  // What `ka.sourceips` reads is in no event, whatever the level; nor is an object where no resource is asked for.
  if (text === 'ka.sourceips' || target === 'path') return false;
  return !isAtLeast(level, levelOf(part)) && !lacks(part, 'RequestResponse', stage);
}

const whole = (world: World): World => ({ ...world, level: 'RequestResponse', anyLevel: true });

/** Checks of the condition that matter, and read what the policy cuts away in events that can make the rule fire. */
export function emptyChecks(audited: AuditedRule, firing: readonly World[], where: Where): EmptyCheck[] {
  const seen = new Set<string>();
  return audited.checks.flatMap((check) => {
    const key = audited.keyIn(check.node);
    const id = `${key} ${check.negated}`;
    if (seen.has(id)) return [];
    seen.add(id);
    const field = check.fields.find((used) =>
      firing.some((world) => isCut(used, world) && audited.matters(key, whole(world), where[world.target])),
    );
    return field === undefined ? [] : [{ ...check, field }];
  });
}

/** Fields of the output that are empty in events that can make the rule fire, as the policy cuts them away. */
export function emptyOutput(audited: AuditedRule, firing: readonly World[], where: Where): UsedField[] {
  const fields = new Map(audited.outputFields.map((field) => [field.text, field]));
  return [...fields.values()].filter((field) => {
    const { verbs, resources } = field.reading;
    const fitting = and(
      verbs === undefined ? ALWAYS : withBody(verbs),
      resources === undefined ? ALWAYS : listed('/objectRef/resource', resources),
    );
    return firing.some(
      (world) => isCut(field, world) && audited.canHold(whole(world), and(where[world.target], fitting)),
    );
  });
}

/** The names of resources in a rule of a policy, without those of subresources. */
const resourcesOf = ({ resources }: PolicyRule): ByteString[] =>
  resources.flatMap((entry) => entry.resources.map((pattern) => pattern.split('/')[0]!));

/** A rule of a policy that no request meets, as those before it take all that it matches. */
export interface UnreachedRule {
  readonly rule: PolicyRule;
  /** The one that does so alone, if one does. */
  readonly by: PolicyRule | undefined;
}

/** Finds the rules of a policy that decide nothing. */
export function unreachedRules(policy: AuditPolicy): UnreachedRule[] {
  const users = ofUsers(policy.rules.flatMap(({ userGroups }) => userGroups));
  const canBe = (
    claims: (target: TargetKind) => readonly ConditionNode[],
    not?: (target: TargetKind) => ConditionNode,
  ) =>
    TARGETS.some((target) =>
      canHoldWhere(
        [
          ...[...claims(target), ofTarget[target], users].map(holds),
          ...(not === undefined ? [] : [fails(not(target))]),
        ],
        () => undefined,
      ),
    );
  return policy.rules
    .filter((rule) => !canBe((target) => [decidedBy(policy, rule, target)]))
    .map((rule) => ({
      rule,
      by: policy.rules.slice(0, rule.number - 1).find(
        (earlier) =>
          !canBe(
            (target) => [matching(rule, target, 'over')],
            (target) => matching(earlier, target, 'under'),
          ),
      ),
    }));
}
