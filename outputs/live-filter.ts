import type { RoutedAlert } from './alert.ts';
import { priorityNamed } from './alert.ts';
import { PRIORITIES } from '../engine/index.ts';
import { AlertConditions } from './routes/condition.ts';
import type { RouteProblem } from './routes/problem.ts';
import { valueNamed, valueText } from './template.ts';

/** Whether an alert is wanted. */
export type LiveFilter = (alert: RoutedAlert) => boolean;

/**
 * What the query of an address asks for: `priority=warning` (and what is more severe), `rule=`, `source=`, `hostname=`, `tag=`, `filter=` is a condition as routes
 * have it, and every other name is a field (`k8s.ns.name=prod`). A key that comes several times takes each of its values; several keys must all hold.
 *
 * @returns The filter, or what is wrong with the query.
 */
export function parseLiveFilter(query: URLSearchParams): LiveFilter | { readonly error: string } {
  const tests: LiveFilter[] = [];
  for (const key of new Set(query.keys())) {
    const wanted = query.getAll(key);
    if (key === 'priority') {
      const priorities = wanted.map(priorityNamed);
      const unknown = priorities.indexOf(undefined);
      if (unknown >= 0)
        return { error: `there is no priority ${wanted[unknown]}; known are ${PRIORITIES.join(', ')}` };
      const least = Math.max(...priorities.map((priority) => PRIORITIES.indexOf(priority!)));
      tests.push(({ priority }) => PRIORITIES.indexOf(priority) <= least);
    } else if (key === 'filter') {
      const verdicts = wanted.map((text) => new AlertConditions().compile(text, []));
      const wrong = verdicts.find((verdict) => 'problem' in verdict);
      if (wrong !== undefined) return { error: problemText(wrong.problem) };
      tests.push((alert) =>
        verdicts.some((verdict) => 'condition' in verdict && verdict.condition.matches(alert)),
      );
    } else if (key === 'tag') tests.push(({ tags }) => tags.some((tag) => wanted.includes(tag)));
    else tests.push((alert) => wanted.includes(valueText(valueNamed(alert, key))));
  }
  return (alert) => tests.every((test) => test(alert));
}

const problemText = ({ message, hint, at }: RouteProblem): string =>
  `filter: ${message}${at === undefined ? '' : ` (character ${at.index + 1})`}${hint === undefined ? '' : `: ${hint}`}`;
