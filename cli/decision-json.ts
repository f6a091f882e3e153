import { fromBytes, type ByteString } from '../engine/index.ts';
import type { NearMisses } from '../daemon/index.ts';
import { writtenCheck, type Decision, type ModelRule, type Obstacle } from '../rules/index.ts';

/** What is told of a decision as JSON. */
export interface ToldDecision {
  readonly rule: ModelRule;
  readonly decision: Decision;
  /** The event as `eventJson` gives it. */
  readonly event?: ByteString;
  readonly asked?: boolean;
}

/**
 * A decision as one JSON object: {rule, place, outcome, asked, event, tree}. A part of the tree is {kind, outcome, decides, text | name, left, right, place, parts}; `left` is
 * null where there is no value.
 */
export function decisionJson({ rule, decision, event, asked }: ToldDecision): string {
  return JSON.stringify({
    rule: fromBytes(rule.name),
    place: rule.place,
    outcome: decision.outcome,
    ...(asked !== undefined && { asked }),
    ...(event !== undefined && { event: JSON.parse(fromBytes(event)) as unknown }),
    tree: partJson(decision, rule),
  });
}

/** A part of a decision; see `decisionJson`. */
export function partJson(
  { node, outcome, decides, parts, left, right }: Decision,
  rule?: Pick<ModelRule, 'exceptions'>,
): object {
  const exception = rule?.exceptions.find(({ condition }) => condition === node)?.exception.name;
  return {
    kind: node.kind,
    ...(exception !== undefined && { exception: fromBytes(exception) }),
    ...(node.kind === 'macro' && { name: fromBytes(node.name) }),
    outcome,
    decides,
    ...(node.kind === 'check'
      ? {
          text: fromBytes(writtenCheck(node)),
          left: left === undefined ? null : fromBytes(left),
          ...(right !== undefined && { right: fromBytes(right) }),
          place: node.place,
        }
      : { parts: parts.map((part) => partJson(part, rule)) }),
  };
}

/** Near misses as one JSON object: {rule, events, asked, matched, firstMatch, misses: [{obstacles, events, examples}]}. */
export function nearMissesJson(
  { events, asked, matched, firstMatch, misses }: NearMisses,
  rule: ModelRule,
  top: number,
): string {
  return JSON.stringify({
    rule: fromBytes(rule.name),
    events,
    asked: Object.fromEntries(asked),
    matched,
    firstMatch: firstMatch ?? null,
    misses: misses.slice(0, top).map(({ obstacles, events: count, examples }) => ({
      obstacles: obstacles.map(obstacleJson),
      events: count,
      examples: examples.map(({ num, read }) => ({
        event: num,
        read: read.map((text) => (text === undefined ? null : fromBytes(text))),
      })),
    })),
  });
}

const obstacleJson = ({ node, wanted }: Obstacle): object => ({
  check: fromBytes(writtenCheck(node)),
  wanted,
  place: node.place,
});
