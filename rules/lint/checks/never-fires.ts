import { fromBytes } from '../../../engine/index.ts';
import type { Finding, LintCheck } from '../check.ts';
import { exampleMacro, exampleRule } from '../example.ts';
import type { RuleModel, ModelRule } from '../../model/model.ts';
import { checksOf, type ConditionNode } from '../../model/condition-node.ts';
import { neverTrue } from '../../model/reasoning/facts.ts';
import { currentCodes } from '../../model/reasoning/event-facts.ts';
import { ALL_CODES, holds } from '../../model/reasoning/reasoner.ts';

export const neverFires: LintCheck = {
  code: 'never-fires',
  severity: 'warning',
  what: 'A rule that no event can match.',
  why: 'Its parts exclude each other: two event types, two values of one field, a macro that is switched off (`never_true`, `evt.num = 0`), an empty list. Falco loads such a rule without a word, and it stays silent for ever.',
  bad:
    exampleMacro('never_true', '(evt.num = 0)') +
    exampleMacro('watched_programs', '(never_true)') +
    exampleRule({ condition: 'evt.type = execve and watched_programs' }),
  good:
    exampleMacro('watched_programs', '(proc.name in (nc, ncat))') +
    exampleRule({ condition: 'evt.type = execve and watched_programs' }),
  *check(model) {
    for (const rule of model.rules) {
      const { condition, codes, loaded } = rule;
      if (model.possibleCodes(rule).length > 0) continue;
      if (loaded.eventTypes > 0 && model.reasoner.canHold([holds(condition)], codes)) continue;
      const finding = explain(rule, model);
      if (finding !== undefined) yield finding;
    }
  },
};

const CODES = currentCodes(ALL_CODES);

/** Why the rule is silent, at the part that makes it so; undefined where another check says it. */
function explain(
  { condition, place, loaded, codes }: ModelRule,
  { reasoner }: RuleModel,
): Finding | undefined {
  const parts = condition.kind === 'and' ? condition.children : [condition];
  const name = fromBytes(loaded.name);
  const canHold: CanHold = (...nodes) => reasoner.canHold(nodes.map(holds), CODES);
  const dead = parts.find((part) => !canHold(part));
  if (dead !== undefined) {
    if (saysNetworkList(dead)) return undefined;
    return {
      place: dead.place,
      message: `rule "${name}" can never fire: ${describe(dead)}`,
      ...notesOf(dead, canHold),
    };
  }
  const conflict = conflictOf(parts, canHold);
  if (conflict !== undefined)
    return {
      place: conflict.later.place,
      message: `rule "${name}" can never fire: this cannot be true together with what stands before it`,
      notes: [{ ...conflict.earlier.place, message: 'this excludes it' }],
    };
  if (reasoner.canHold([holds(condition)], codes))
    return {
      place,
      message: `rule "${name}" can never fire at a system call: Falco asks it at no event type, but for the asynchronous events of plug-ins`,
      hint: 'Falco takes event types from comparisons of evt.type with =, != and in; `not syscall.type exists` leaves none',
    };
  return {
    place,
    message: `rule "${name}" can never fire: no event can satisfy all parts of its condition at once`,
    hint: 'a rule is asked at the event types that its comparisons of evt.type with =, != and in leave',
  };
}

const saysNetworkList = (node: ConditionNode): boolean =>
  [...checksOf(node)].some(({ node: { check } }) => neverTrue(check)?.startsWith('Falco') === true);

function describe(node: ConditionNode): string {
  if (node.kind === 'macro') return `the macro ${fromBytes(node.name)} is never true`;
  const reason = node.kind === 'check' ? neverTrue(node.check) : undefined;
  return reason === undefined ? 'this is never true' : `this is never true, as ${reason}`;
}

type CanHold = (...nodes: readonly ConditionNode[]) => boolean;

/** Two parts that exclude each other. */
function conflictOf(
  parts: readonly ConditionNode[],
  canHold: CanHold,
): { readonly earlier: ConditionNode; readonly later: ConditionNode } | undefined {
  for (const [j, later] of parts.entries())
    for (const earlier of parts.slice(0, j)) if (!canHold(earlier, later)) return { earlier, later };
  return undefined;
}

/** The way down to the part of a macro that is never true. */
function notesOf(node: ConditionNode, canHold: CanHold): Pick<Finding, 'notes' | 'hint'> {
  const notes: NonNullable<Finding['notes']>[number][] = [];
  let at = node;
  while (at.kind === 'macro') {
    const { body } = at;
    const parts = body.kind === 'and' ? body.children : [body];
    const dead = parts.find((part) => !canHold(part));
    const conflict = dead === undefined ? conflictOf(parts, canHold) : undefined;
    if (conflict !== undefined)
      return {
        notes: [
          ...notes,
          { ...conflict.later.place, message: 'this cannot be true together with what stands before it' },
          { ...conflict.earlier.place, message: 'this excludes it' },
        ],
      };
    at = dead ?? body;
    notes.push({ ...at.place, message: at.kind === 'macro' ? describe(at) : 'here it is switched off' });
  }
  return notes.length === 0
    ? {}
    : { notes, hint: 'fill the macro in a file of your own, or take the rule out with `enabled: false`' };
}
