/** Looks for facts at which a rule fires. */
import { fromBytes } from '../../../engine/index.ts';
import { obstacles, type Obstacle } from '../../decision/misses.ts';
import { eventProbe } from '../../decision/probe.ts';
import { checksOf, constantsOf, fieldOf, operatorOf } from '../../model/condition-node.ts';
import { EVENT_TYPE_NAMES } from '../scene/event/type.ts';
import type { Fact } from '../scene/index.ts';
import { choicesFor } from './choices.ts';
import type { Trial } from './trial.ts';

/** Conditions that are farther from an event than this many checks are left to people. */
const FARTHEST = 24;

/** So many event types are tried. */
const MOST_TYPES = 8;

/** Facts at which a rule fires, found in its condition; undefined where none are. */
export function firingFacts(trial: Trial): readonly Fact[] | undefined {
  const starts: readonly (readonly Fact[])[] =
    trial.rule.source === 'syscall' ? eventTypes(trial).map((value) => [{ field: 'evt.type', value }]) : [[]];
  // What lacks something is seldom what a rule is about.
  for (const mayLack of [false, true])
    for (const start of starts) {
      const found = satisfy(trial, start, mayLack);
      if (found !== undefined) return found;
    }
  return undefined;
}

/** Some types at which the rule is asked: those that its condition names, as it names them, then others. */
export function eventTypes({ rules, rule }: Trial): readonly string[] {
  const asked = new Set(rules.eventNames(rule).filter((name) => EVENT_TYPE_NAMES.has(name)));
  const written = [...checksOf(rules.modelOf(rule).whole)].flatMap(({ node }) =>
    fieldOf(node) === 'evt.type' ? constantsOf(node).map(fromBytes) : [],
  );
  // What most often opens a file or a connection stands for the others.
  const usual = ['openat', 'execve', 'connect'].filter((name) => written.includes(name));
  return [...new Set([...usual, ...written, ...asked])]
    .filter((name) => asked.has(name))
    .slice(0, MOST_TYPES);
}

/** Changes facts until the rule fires, one obstacle after the other; undefined where it will not. */
export function satisfy(trial: Trial, start: readonly Fact[], mayLack = true): readonly Fact[] | undefined {
  const { whole } = trial.rules.modelOf(trial.rule);
  const blocked = new Set<string>();
  const possible = (obstacle: Obstacle): boolean =>
    !blocked.has(keyOf(obstacle)) && (mayLack || obstacle.wanted || operatorOf(obstacle.node) !== 'exists');
  const distance = (facts: readonly Fact[]): readonly Obstacle[] | undefined => {
    const attempt = trial.attempt(facts);
    if (attempt.error !== undefined) return undefined;
    const left = obstacles(whole, eventProbe(attempt.event), FARTHEST, possible);
    // Nothing in the way, and still no alert: the rule is not asked about such events.
    return left?.length === 0 && !attempt.fires ? undefined : left;
  };
  let facts = start;
  let left = distance(facts);
  while (left !== undefined && left.length > 0 && !trial.isOver) {
    const next = improved(trial, facts, left, distance);
    if (next !== undefined) {
      facts = next.facts;
      left = next.left;
      continue;
    }
    blocked.add(keyOf(left[0]!));
    left = distance(facts);
  }
  return left?.length === 0 ? facts : undefined;
}

const keyOf = ({ node, wanted }: Obstacle): string => `${node.check.key} ${wanted}`;

/** Facts that are nearer, by the first change that brings them there. */
function improved(
  trial: Trial,
  facts: readonly Fact[],
  left: readonly Obstacle[],
  distance: (facts: readonly Fact[]) => readonly Obstacle[] | undefined,
): { readonly facts: readonly Fact[]; readonly left: readonly Obstacle[] } | undefined {
  const attempt = trial.attempt(facts);
  if (attempt.error !== undefined) return undefined;
  const probe = eventProbe(attempt.event);
  const others = left.map(({ node: { check } }) => check.right && probe.text(check.right));
  for (const [i, { node, wanted }] of left.entries())
    for (const choice of choicesFor(node, wanted, facts, others[i])) {
      const next = choice(facts);
      const nextLeft = distance(next);
      if (nextLeft !== undefined && nextLeft.length < left.length) return { facts: next, left: nextLeft };
      if (trial.isOver) return undefined;
    }
  return undefined;
}
