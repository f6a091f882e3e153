import { createHash } from 'node:crypto';
import type { RoutedAlert } from '../alert.ts';
import { valueNamed, valueText } from '../template.ts';

/** What alerts have in common, by which stages tell them apart: the values of these names. */
export interface KeyFields {
  readonly names: readonly string[];
  values(alert: RoutedAlert): readonly string[];
}

/** The values of names in alerts, as text; what an alert does not have is `<NA>`. */
export function keyFields(names: readonly string[]): KeyFields {
  return { names, values: (alert) => names.map((name) => valueText(valueNamed(alert, name))) };
}

/** Longer texts are hashed: the queue keeps state under them, and its keys are short. */
const LONGEST_KEY = 128;

/** A text for a key, equal for equal values only. */
export function keyText(values: readonly string[]): string {
  const text = JSON.stringify(values);
  return text.length <= LONGEST_KEY ? text : createHash('sha256').update(text).digest('hex');
}
