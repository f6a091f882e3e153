import type { Event } from '../event.ts';
import type { Check, Tree } from './condition.ts';

/** What is told of the evaluation of rules, one check after the other. */
export interface Tracer {
  /** A check was made; checks that could not change the result any more are not. */
  check?(check: Check, outcome: boolean, event: Event): void;
  /** A rule is about to be asked. */
  begin?(index: number, event: Event): void;
  /** A rule was asked. */
  rule?(index: number, matched: boolean, event: Event): void;
}

/** Evaluates a condition from left to right as long as its result is open, and tells a tracer. */
export function evaluate(tree: Tree, event: Event, tracer?: Tracer): boolean {
  switch (tree.kind) {
    case 'and':
      for (const child of tree.children) if (!evaluate(child, event, tracer)) return false;
      return true;
    case 'or':
      for (const child of tree.children) if (evaluate(child, event, tracer)) return true;
      return false;
    case 'not':
      return !evaluate(tree.child, event, tracer);
    case 'check': {
      const outcome = tree.check.test(event);
      tracer?.check?.(tree.check, outcome, event);
      return outcome;
    }
  }
}
