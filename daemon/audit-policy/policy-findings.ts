/** What is doubtful in an audit policy itself. */
import { didYouMean, fromBytes, type Diagnostic } from '../../engine/index.ts';
import { unreachedRules } from './audit.ts';
import { groupsOf, isBuiltInGroup, resourcesOfGroup } from './built-in-resources.ts';
import type { AuditPolicy, GroupResources } from './policy.ts';

/** Rules that decide nothing, and resources that an API group does not have. */
export function policyFindings(policy: AuditPolicy): Diagnostic[] {
  return [
    ...policy.rules.flatMap(({ resources }) => resources.flatMap(missingResources)),
    ...unreachedRules(policy).map(({ rule, by }): Diagnostic => ({
      code: 'POLICY_UNREACHED',
      severity: 'warning',
      message: `no request meets this rule: ${by === undefined ? 'the rules before it match all that it does' : 'one before it matches all that it does'}`,
      ...rule.place,
      ...(by !== undefined && { notes: [{ ...by.place, message: 'the first rule that matches decides' }] }),
      hint:
        by === undefined ? 'take it away, or put it before them' : 'take it away, or put it before that one',
    })),
  ];
}

function missingResources({ group, resources, places }: GroupResources): Diagnostic[] {
  return resources.flatMap((pattern, index): Diagnostic[] => {
    const [resource] = pattern.split('/');
    const elsewhere = groupsOf(resource!);
    if (resource === undefined || resource === '*' || group === '*' || elsewhere.includes(group)) return [];
    // Groups with a dot may be anybody's.
    if (!isBuiltInGroup(group) && (group.includes('.') || elsewhere.length === 0)) return [];
    const others = elsewhere.map(groupText).join(' and ');
    const hint =
      elsewhere.length > 0
        ? `${fromBytes(resource)} are in ${others}: write group: "${elsewhere[0]}"`
        : didYouMean(resource, resourcesOfGroup(group));
    return [
      {
        code: 'POLICY_NO_RESOURCE',
        severity: 'warning',
        message: `${groupText(group)} has no resource ${JSON.stringify(fromBytes(resource))}`,
        ...places[index],
        ...(hint !== undefined && { hint }),
      },
    ];
  });
}

const groupText = (group: string): string =>
  group === '' ? 'the core group' : `the group ${fromBytes(group)}`;
