import type { CheckNode, ConditionNode } from '../model/condition-node.ts';
import type { Probe } from './probe.ts';

/** A check that would have to come out otherwise. */
export interface Obstacle {
  readonly node: CheckNode;
  /** How it would have to come out. */
  readonly wanted: boolean;
}

/**
 * The fewest checks that would have to come out otherwise for a condition to hold: none if it holds. Where several ways are as short, those that
 * stand first. Gives up beyond `limit`: undefined.
 *
 * @param possible Whether an obstacle can be overcome; all can unless told otherwise.
 */
export function obstacles(
  node: ConditionNode,
  probe: Probe,
  limit: number,
  possible: (obstacle: Obstacle) => boolean = () => true,
): readonly Obstacle[] | undefined {
  return search(node, { test: (check) => probe.test(check), possible }, true, limit);
}

interface Search {
  readonly test: Probe['test'];
  readonly possible: (obstacle: Obstacle) => boolean;
}

function search(
  node: ConditionNode,
  probe: Search,
  wanted: boolean,
  limit: number,
): readonly Obstacle[] | undefined {
  switch (node.kind) {
    case 'check':
      if (probe.test(node.check) === wanted) return [];
      return limit < 1 || !probe.possible({ node, wanted }) ? undefined : [{ node, wanted }];
    case 'not':
      return search(node.child, probe, !wanted, limit);
    case 'macro':
      return search(node.body, probe, wanted, limit);
    default:
      return (node.kind === 'and') === wanted
        ? searchAll(node.children, probe, wanted, limit)
        : searchAny(node.children, probe, wanted, limit);
  }
}

function searchAll(
  nodes: readonly ConditionNode[],
  probe: Search,
  wanted: boolean,
  limit: number,
): readonly Obstacle[] | undefined {
  const found: Obstacle[] = [];
  for (const node of nodes) {
    const more = search(node, probe, wanted, limit - found.length);
    if (more === undefined) return undefined;
    // A check that stands in two macros is one obstacle.
    for (const obstacle of more)
      if (
        !found.some(
          ({ node: { check }, wanted: want }) =>
            check.key === obstacle.node.check.key && want === obstacle.wanted,
        )
      )
        found.push(obstacle);
  }
  return found;
}

function searchAny(
  nodes: readonly ConditionNode[],
  probe: Search,
  wanted: boolean,
  limit: number,
): readonly Obstacle[] | undefined {
  let best: readonly Obstacle[] | undefined;
  for (const node of nodes) {
    const found = search(node, probe, wanted, best === undefined ? limit : best.length - 1);
    if (found === undefined) continue;
    if (found.length === 0) return found;
    best = found;
  }
  return best;
}
