/** Looks for the smallest change of facts at which a rule stays silent. */
import { fromBytes } from '../../../engine/index.ts';
import { decide, decisiveChecks, type Decision } from '../../decision/decide.ts';
import { eventProbe } from '../../decision/probe.ts';
import { writtenCheck } from '../../model/condition-node.ts';
import type { Fact } from '../scene/index.ts';
import { choicesFor, nameOf } from './choices.ts';
import type { Trial } from './trial.ts';

/** Facts at which a rule stays silent, and why. */
export interface SilentFacts {
  readonly facts: readonly Fact[];
  readonly why: string;
}

/** Changes one fact on which it rests that a rule fires; undefined where none is found. */
export function silentFacts(trial: Trial, firing: readonly Fact[]): SilentFacts | undefined {
  const attempt = trial.attempt(firing);
  if (attempt.error !== undefined) return undefined;
  const given = new Set(firing.map(({ field }) => field));
  const rank = ({ node }: Decision): number => {
    const name = nameOfCheck(node);
    return name === undefined || !given.has(name) ? 2 : name === 'container.id' ? 1 : 0;
  };
  const decision = decide(trial.rules.modelOf(trial.rule).whole, eventProbe(attempt.event));
  const checks = decisiveChecks(decision).filter(
    ({ node }) => !/^evt\.(?:type|dir)$/.test(nameOfCheck(node) ?? ''),
  );
  for (const { node, outcome } of [...checks].sort((a, b) => rank(a) - rank(b))) {
    if (node.kind !== 'check') continue;
    const holds = outcome === 'true';
    for (const choice of choicesFor(node, !holds, firing, undefined)) {
      const facts = choice(firing);
      // A fact less says little; another one says what the rule looks at.
      if (facts.length < firing.length || !trial.isSilent(facts)) continue;
      const written = fromBytes(writtenCheck(node));
      return { facts, why: holds ? `not ${written}` : written };
    }
  }
  return undefined;
}

function nameOfCheck(node: Decision['node']): string | undefined {
  const field = node.kind === 'check' ? node.check.left.base : undefined;
  return field && nameOf(field);
}
