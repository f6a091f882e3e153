import type { AlertRule } from '../engine/index.ts';
import type { LoadedRule } from './compiler.ts';

/** What the alerts of a rule are made of. */
export function alertRuleOf({ name, priority, source, tags, output, extraFields }: LoadedRule): AlertRule {
  return {
    name,
    priority,
    source,
    tags,
    output,
    extraFields: [...extraFields].map(([key, field]) => ({ key, ...field })),
  };
}
