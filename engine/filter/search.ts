import type { Event } from '../event.ts';
import { generate, type PlannedRule } from './generate.ts';
import type { Planner } from './plan.ts';
import { instantiate, NO_MATCHES, type Matches, type Matching } from './program.ts';

/** Finds the rules that match an event of one type. */
export type Search = (event: Event) => Matches;

/** The search for rules that never match. */
export const matchNothing: Search = () => NO_MATCHES;

/** So many rules are asked together once one of them may match. */
const MAX_GROUP = 12;

/**
 * A search for some rules, in load order, at events of one type; undefined where a content security policy forbids it. One value rules most rules out at
 * most events: these stand in groups, whose code is written when it is needed. `isStateful` tells the rules that must be asked just when it is their turn.
 */
export function compileSearch(
  rules: readonly PlannedRule[],
  isStateful: (index: number) => boolean,
  planner: Planner,
  matching: Matching,
): Search | undefined {
  const searches: Search[] = [];
  for (let start = 0, end = 0; start < rules.length; start = end) {
    const stateful = isStateful(rules[start]!.index);
    do end++;
    while (end < rules.length && isStateful(rules[end]!.index) === stateful);
    const run = rules.slice(start, end);
    const search = stateful ? instantiate(generate(run, matching)) : searchGroups(run, planner, matching);
    if (search === undefined) return undefined;
    searches.push(search);
  }
  return searches.length === 1 ? searches[0] : inTurn(searches, matching);
}

/** One search after the other. */
function inTurn(searches: readonly Search[], matching: Matching): Search {
  return (event) => {
    let found = NO_MATCHES;
    for (const search of searches) {
      found = inOrder(found, search(event), matching);
      if (matching === 'first' && found.length > 0) break;
    }
    return found;
  };
}

function searchGroups(
  rules: readonly PlannedRule[],
  planner: Planner,
  matching: Matching,
): Search | undefined {
  const groups = planner.group(
    rules.map(({ plan }) => plan),
    MAX_GROUP,
  );
  const grouped = new Set(groups.flatMap(({ members }) => members));
  const ask = (some: readonly PlannedRule[]): Search | undefined => instantiate(generate(some, matching));
  if (groups.length === 0) return ask(rules);

  // The questions are rules too: each that matches is the number of a group.
  const questions = groups.map(({ question }, index) => ({ index, plan: question }));
  const askGroups = instantiate(generate(questions, 'all'));
  if (askGroups === undefined) return undefined;
  const rest = rules.filter((_, n) => !grouped.has(n));
  const searchRest = rest.length === 0 ? matchNothing : ask(rest)!;
  const searches: (Search | undefined)[] = [];
  const searchGroup = (n: number): Search =>
    (searches[n] ??= ask(groups[n]!.members.map((member) => rules[member]!))!);
  return (event) => {
    let found = searchRest(event);
    const numbers = askGroups(event);
    if (numbers !== NO_MATCHES)
      for (const n of numbers) found = inOrder(found, searchGroup(n)(event), matching);
    return found;
  };
}

/** What two searches found, as one search finds it. */
function inOrder(some: Matches, others: Matches, matching: Matching): Matches {
  if (some.length === 0) return others;
  if (others.length === 0) return some;
  if (matching === 'first') return some[0]! < others[0]! ? some : others;
  return [...some, ...others].sort((a, b) => a - b);
}
