import { changeAlert, type AlertContent, type RoutedAlert } from '../../alert.ts';
import type { Template } from '../../template.ts';
import type { SetSettings } from '../schema.ts';

/** Changes with their templates compiled. */
export interface Changes extends Pick<SetSettings, 'priority' | 'tags' | 'remove_tags'> {
  readonly fields: readonly (readonly [name: string, value: Template])[];
  readonly output: Template | undefined;
}

/** Changes what an alert says; its id stays. */
export function changed(
  alert: RoutedAlert,
  { priority, tags, remove_tags, fields, output }: Changes,
): RoutedAlert {
  const changes: { -readonly [K in keyof AlertContent]?: AlertContent[K] } = {};
  if (priority !== undefined) changes.priority = priority;
  if (tags !== undefined || remove_tags !== undefined) {
    const kept = alert.tags.filter((tag) => remove_tags?.includes(tag) !== true);
    changes.tags = [...new Set([...kept, ...(tags ?? [])])].sort();
  }
  if (fields.length > 0)
    changes.fields = new Map([
      ...alert.fields,
      ...fields.map(([name, { text }]) => [name, text(alert)] as const),
    ]);
  if (output !== undefined) changes.output = output.text(alert);
  return changeAlert(alert, changes);
}
