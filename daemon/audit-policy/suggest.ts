/** The smallest audit policy that feeds rules. */
import { Document, Scalar, YAMLSeq, type YAMLMap } from 'yaml';
import { fromBytes, type ByteString } from '../../engine/index.ts';
import type { Language, ModelRule } from '../../rules/index.ts';
import { auditRules, type RuleAudit } from './audit.ts';
import { AuditedRule } from './audited-rule.ts';
import { needsOf, type Need, type ResourcePattern } from './needs.ts';
import { higherLevel, isAtLeast, STAGES, type AuditPolicy, type Level, type Stage } from './policy.ts';
import { readAuditPolicy } from './read-policy.ts';

/** The smallest policy for rules. */
export interface SuggestedPolicy {
  /** YAML. */
  readonly text: string;
  readonly policy: AuditPolicy;
  /** What the rules see under it. */
  readonly audits: readonly RuleAudit[];
}

/** Makes a policy for rules, and holds it against them. */
export function suggestPolicy(
  rules: readonly ModelRule[],
  language: Pick<Language, 'parse'>,
): SuggestedPolicy {
  const needs = rules.flatMap((rule) => needsOf(new AuditedRule(rule, language, [])));
  const text = policyText(entriesFor(needs), needs.some(wantsAnyPath));
  const { policy } = readAuditPolicy(text, 'suggested policy');
  if (policy === undefined) throw new Error(`no policy: ${text}`);
  return { text, policy, audits: auditRules(policy, rules, language) };
}

/** One rule of the policy to be: needs that are the same but for the resource. */
interface Entry extends Omit<Need, 'about'> {
  readonly about: readonly ResourcePattern[] | 'resources' | 'paths' | 'everything';
}

/**
 * Orders needs so that each request meets first what writes enough of it: what is about fewer requests comes first, and among these what
 * needs more. A rule that takes requests which a later need is about writes as much as that one.
 */
function entriesFor(needs: readonly Need[]): Entry[] {
  const merged = uniteVerbs(needs);
  const ordered = [...merged].sort(
    (a, b) =>
      breadth(a) - breadth(b) ||
      Number(isAtLeast(b.level, a.level)) - Number(isAtLeast(a.level, b.level)) ||
      Number(isOpen(a)) - Number(isOpen(b)),
  );
  const raised = ordered.map((need, index) => raise(need, ordered.slice(index + 1)));
  const needed = raised.flatMap((need, index) => withoutEarlier(need, raised.slice(0, index)));
  return group(withoutCovered(needed));
}

const BREADTH = { paths: 1, resources: 2, everything: 3 } as const;
const breadth = ({ about }: Need): number => (typeof about === 'string' ? BREADTH[about] : 0);

const isOpen = ({ users, userGroups, namespaces, paths }: Need): boolean =>
  [users, userGroups, namespaces, paths].every((texts) => texts === undefined);

/** A key of everything but what is named. */
const keyOf = (need: Need | Entry, ...left: readonly (keyof Need)[]): string =>
  JSON.stringify(
    Object.entries(need)
      .filter(([key]) => key !== 'rules' && !left.includes(key as keyof Need))
      .map(([key, value]) => [key, value instanceof Set ? [...value].sort() : value]),
  );

/** Makes one of those that are the same but for their verbs, or their users. */
function uniteVerbs(needs: readonly Need[]): Need[] {
  const byUsers = unite(needs, 'verbs');
  return unite(unite(byUsers, 'users'), 'verbs');
}

function unite(needs: readonly Need[], by: 'verbs' | 'users'): Need[] {
  const groups = new Map<string, Need>();
  for (const need of needs) {
    const key = keyOf(need, by);
    const known = groups.get(key);
    groups.set(
      key,
      known === undefined
        ? need
        : {
            ...known,
            [by]: union(known[by], need[by]),
            rules: [...new Set([...known.rules, ...need.rules])],
          },
    );
  }
  return [...groups.values()];
}

const union = (
  one: readonly ByteString[] | undefined,
  other: readonly ByteString[] | undefined,
): readonly ByteString[] | undefined =>
  one === undefined || other === undefined ? undefined : [...new Set([...one, ...other])];

/** Whether every request that comes so far meets it: a rule of a policy for resources of any group is one for everything. */
const isForAll = ({ about, verbs, users, userGroups }: Need | Entry): boolean =>
  (about === 'everything' || about === 'resources') &&
  [verbs, users, userGroups].every((texts) => texts === undefined);

/** Takes out the verbs for which an earlier one decides. */
function withoutEarlier(need: Need, earlier: readonly Need[]): Need[] {
  if (earlier.some(isForAll)) return [];
  const deciding = earlier.filter((other) => isOpen(other) && contains({ ...other, verbs: undefined }, need));
  if (deciding.some(({ verbs }) => verbs === undefined)) return [];
  const taken = new Set(deciding.flatMap(({ verbs }) => verbs ?? []));
  const verbs = need.verbs?.filter((verb) => !taken.has(verb));
  return verbs?.length === 0 ? [] : [{ ...need, verbs }];
}

function raise(need: Need, later: readonly Need[]): Need {
  const met = later.filter((other) => overlap(need, other));
  return {
    ...need,
    level: met.map(({ level }) => level).reduce<Level>(higherLevel, need.level),
    stages: new Set([need, ...met].flatMap(({ stages }) => [...stages])),
  };
}

/** Takes away what a later one does as well, nothing between them being in the way. */
function withoutCovered(needs: readonly Need[]): Need[] {
  const kept = [...needs];
  for (let index = kept.length - 1; index >= 0; index--) {
    const need = kept[index]!;
    const next = kept.slice(index + 1).find((other) => overlap(need, other));
    if (next === undefined || !contains(next, need) || !isSame(next, need)) continue;
    kept[kept.indexOf(next)] = { ...next, rules: [...new Set([...next.rules, ...need.rules])] };
    kept.splice(index, 1);
  }
  return kept;
}

const isSame = (one: Need, other: Need): boolean =>
  one.level === other.level && String([...one.stages].sort()) === String([...other.stages].sort());

function overlap(one: Need, other: Need): boolean {
  return (
    aboutOverlaps(one.about, other.about) &&
    (['verbs', 'users', 'namespaces'] as const).every((key) => share(one[key], other[key]))
  );
}

const share = (one: readonly ByteString[] | undefined, other: readonly ByteString[] | undefined): boolean =>
  one === undefined || other === undefined || one.some((text) => other.includes(text));

function aboutOverlaps(one: Need['about'], other: Need['about']): boolean {
  if (one === 'everything' || other === 'everything') return true;
  if (one === 'paths' || other === 'paths') return one === other;
  if (one === 'resources' || other === 'resources') return true;
  return one.group === other.group && one.pattern === other.pattern;
}

function contains(larger: Need, smaller: Need): boolean {
  const about =
    larger.about === 'everything' ||
    larger.about === smaller.about ||
    (larger.about === 'resources' && typeof smaller.about === 'object') ||
    (typeof larger.about === 'object' &&
      typeof smaller.about === 'object' &&
      aboutOverlaps(larger.about, smaller.about));
  return (
    about &&
    (['verbs', 'users', 'userGroups', 'namespaces', 'paths'] as const).every((key) =>
      includesAll(larger[key], smaller[key]),
    )
  );
}

const includesAll = (
  larger: readonly ByteString[] | undefined,
  smaller: readonly ByteString[] | undefined,
): boolean =>
  larger === undefined || (smaller !== undefined && smaller.every((text) => larger.includes(text)));

/** Puts together what is the same but for the resource, where nothing between is about the same requests. */
function group(needs: readonly Need[]): Entry[] {
  const entries: { readonly entry: Entry; readonly needs: readonly Need[] }[] = [];
  for (const need of needs) {
    const { about } = need;
    if (typeof about === 'string') {
      entries.push({ entry: { ...need, about }, needs: [need] });
      continue;
    }
    const key = keyOf(need, 'about');
    const last = entries.findLastIndex((other) => other.needs.some((one) => overlap(one, need)));
    const index = entries.findIndex(
      ({ entry }, at) => at > last && isOfResources(entry) && keyOf(entry, 'about') === key,
    );
    const known = entries[index];
    if (known === undefined || !isOfResources(known.entry))
      entries.push({ entry: { ...need, about: [about] }, needs: [need] });
    else
      entries[index] = {
        entry: {
          ...known.entry,
          about: [...known.entry.about, about],
          rules: [...new Set([...known.entry.rules, ...need.rules])],
        },
        needs: [...known.needs, need],
      };
  }
  return entries.map(({ entry }) => entry);
}

const isOfResources = (entry: Entry): entry is Entry & { readonly about: readonly ResourcePattern[] } =>
  typeof entry.about !== 'string';

const HEAD = ' The least that these rules need of the API server.';

/**
 * The policy as YAML, with the rules that each part is for.
 *
 * @param anyPath Whether requests for other paths than the named ones must meet the entries for all resources.
 */
function policyText(entries: readonly Entry[], anyPath: boolean): string {
  const needed = new Set(entries.flatMap(({ stages }) => [...stages]));
  const omitted = STAGES.filter((stage) => !needed.has(stage));
  const document = new Document({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy' });
  document.commentBefore = HEAD;
  const root = document.contents as YAMLMap;
  if (omitted.length > 0) root.set('omitStages', flow(omitted));
  const rules = new YAMLSeq();
  const add = (rule: Record<string, unknown>, comment: string): void => {
    const node = document.createNode(rule);
    node.commentBefore = ` ${comment}`;
    rules.add(node);
  };
  for (const [index, entry] of entries.entries()) {
    if (!anyPath && index === firstOpen(entries))
      add({ level: 'None', nonResourceURLs: flow(['*']) }, 'what is no request for a resource');
    add(ruleOf(entry, omitted), namesText(entry.rules));
  }
  if (!entries.some(isForAll)) add({ level: 'None' }, 'everything else');
  root.set('rules', rules);
  return document.toString({ lineWidth: 120, flowCollectionPadding: false });
}

function ruleOf(entry: Entry, omitted: readonly Stage[]): Record<string, unknown> {
  const { level, stages, about, verbs, users, userGroups, namespaces, paths } = entry;
  const unwanted = STAGES.filter((stage) => !stages.has(stage) && !omitted.includes(stage));
  const texts = (values: readonly ByteString[] | undefined): YAMLSeq | undefined =>
    values === undefined ? undefined : flow(values.map(fromBytes));
  const all = {
    level,
    omitStages: unwanted.length > 0 ? flow(unwanted) : undefined,
    users: texts(users),
    userGroups: texts(userGroups),
    verbs: texts(verbs),
    namespaces: texts(namespaces),
    resources: isOfResources(entry) ? resourcesByGroup(entry.about) : undefined,
    nonResourceURLs: about === 'paths' ? texts(paths ?? ['*']) : undefined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const wantsAnyPath = ({ about, paths }: Need): boolean =>
  about === 'everything' || (about === 'paths' && paths === undefined);

/** The entry for resources of any group that other paths would meet too: a rule of a policy can only name groups, or be for all requests. */
const firstOpen = (entries: readonly Entry[]): number =>
  entries.findIndex(
    ({ about, verbs }) =>
      about === 'resources' && (verbs === undefined || verbs.some((verb) => METHODS.has(verb))),
  );

/** Verbs that requests for other paths have too: methods of HTTP. */
const METHODS: ReadonlySet<ByteString> = new Set(['get', 'delete', 'patch']);

function resourcesByGroup(patterns: readonly ResourcePattern[]): YAMLSeq {
  const groups = new Map<ByteString, ByteString[]>();
  for (const { group: name, pattern } of patterns) groups.set(name, [...(groups.get(name) ?? []), pattern]);
  const list = new YAMLSeq();
  for (const [name, resources] of groups)
    list.add(new Document({ group: fromBytes(name), resources: flow(resources.map(fromBytes)) }).contents);
  return list;
}

/** Text in one line, each part in quotes where YAML would take it for something else. */
function flow(texts: readonly string[]): YAMLSeq {
  const list = new YAMLSeq<Scalar>();
  list.flow = true;
  for (const text of texts) {
    const scalar = new Scalar(text);
    if (!/^[A-Za-z][\w./:@-]*$/.test(text) || AMBIGUOUS.test(text)) scalar.type = Scalar.QUOTE_DOUBLE;
    list.add(scalar);
  }
  return list;
}

/** What YAML 1.1 has other meanings for. */
const AMBIGUOUS = /^(?:y|yes|n|no|on|off|true|false|null)$/i;

/** Names of rules in a comment: not all, if there are many. */
function namesText(names: readonly ByteString[]): string {
  const shown = names.slice(0, SHOWN).map((name) => fromBytes(name).replace(/\s+/g, ' '));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join('; ')}; ${more} more` : shown.join('; ');
}

const SHOWN = 4;
