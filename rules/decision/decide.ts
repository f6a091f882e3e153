import type { ByteString } from '../../engine/index.ts';
import type { CheckNode, ConditionNode } from '../model/condition-node.ts';
import type { Probe } from './probe.ts';

/**
 * How a part of a condition came out. `unreached`: the result was certain before it was its turn. `unknown`: what is asked about does not say,
 * as an alert does that lacks the field.
 */
export type DecisionOutcome = 'true' | 'false' | 'unknown' | 'unreached';

/** Why a condition, or a part of one, came out as it did. */
export interface Decision {
  readonly node: ConditionNode;
  readonly outcome: DecisionOutcome;
  /** Whether the result of the whole condition rests on this part. */
  readonly decides: boolean;
  /** The parts, in the order in which they are asked; the body of a macro. */
  readonly parts: readonly Decision[];
  /** Of a check: what its left side reads, also where the check was not reached; undefined where there is no value. */
  readonly left?: ByteString | undefined;
  /** The same of the right side, where that is a field. */
  readonly right?: ByteString | undefined;
}

interface Undecided extends Omit<Decision, 'decides' | 'parts'> {
  readonly parts: readonly Undecided[];
}

/** Evaluates a condition from left to right as long as its result is open, as Falco does, and says why it comes out as it does. */
export function decide(node: ConditionNode, probe: Probe): Decision {
  return mark(walk(node, probe), true);
}

function walk(node: ConditionNode, probe: Probe): Undecided {
  switch (node.kind) {
    case 'check': {
      const outcome = outcomeOf(probe.test(node.check));
      return { ...read(node, probe), outcome };
    }
    case 'not': {
      const child = walk(node.child, probe);
      return { node, outcome: opposite(child.outcome), parts: [child] };
    }
    case 'macro': {
      const body = walk(node.body, probe);
      return { node, outcome: body.outcome, parts: [body] };
    }
    default: {
      const final = node.kind === 'and' ? 'false' : 'true';
      const parts: Undecided[] = [];
      let outcome: DecisionOutcome = opposite(final);
      for (const child of node.children) {
        const part = outcome === final ? skip(child, probe) : walk(child, probe);
        parts.push(part);
        if (part.outcome === final || (part.outcome === 'unknown' && outcome !== final))
          outcome = part.outcome;
      }
      return { node, outcome, parts };
    }
  }
}

/** A part that is not reached: its values are read all the same, as people want to know them. */
function skip(node: ConditionNode, probe: Probe): Undecided {
  const outcome = 'unreached';
  switch (node.kind) {
    case 'check':
      return { ...read(node, probe), outcome };
    case 'not':
      return { node, outcome, parts: [skip(node.child, probe)] };
    case 'macro':
      return { node, outcome, parts: [skip(node.body, probe)] };
    default:
      return { node, outcome, parts: node.children.map((child) => skip(child, probe)) };
  }
}

function read(node: CheckNode, probe: Probe): Omit<Undecided, 'outcome'> {
  const { left, right } = node.check;
  return { node, parts: [], left: probe.text(left), ...(right && { right: probe.text(right) }) };
}

const outcomeOf = (result: boolean | undefined): DecisionOutcome =>
  result === undefined ? 'unknown' : result ? 'true' : 'false';

const OPPOSITES = { true: 'false', false: 'true', unknown: 'unknown', unreached: 'unreached' } as const;
const opposite = (outcome: DecisionOutcome): DecisionOutcome => OPPOSITES[outcome];

/**
 * Finds the parts on which the result rests: of a conjunction that is false its false part, of one that is true all parts; of
 * disjunctions the other way round.
 */
function mark(decision: Undecided, decides: boolean): Decision {
  const { node, outcome, parts } = decision;
  const final = node.kind === 'and' ? 'false' : node.kind === 'or' ? 'true' : undefined;
  const isSettled = outcome === final || outcome === 'unknown';
  return {
    ...decision,
    decides,
    parts: parts.map((part) =>
      mark(part, decides && (final === undefined || !isSettled || part.outcome === outcome)),
    ),
  };
}

/** The checks on which a result rests, in their order. */
export function decisiveChecks(decision: Decision): readonly Decision[] {
  if (!decision.decides) return [];
  if (decision.node.kind === 'check') return [decision];
  return decision.parts.flatMap(decisiveChecks);
}
