import { alertTime, fromBytes, print } from '../engine/index.ts';
import type { AlertDiff } from '../daemon/index.ts';
import {
  changeLines,
  type ConditionChange,
  type DefinitionChange,
  type RuleChange,
  type RulesDiff,
} from '../rules/index.ts';

/** A comparison as one JSON object. `lines` of a condition are those of the text form. */
export function diffJson(
  { lists, macros, rules, moved, unused }: RulesDiff,
  alerts: AlertDiff | undefined,
): string {
  return JSON.stringify(
    {
      lists: lists.map((list) => ({ ...definition(list), items: list.items, changes: list.consequences })),
      macros: macros.map((macro) => ({
        ...definition(macro),
        condition: macro.condition && condition(macro.condition),
        changes: macro.consequences,
      })),
      rules: rules.map(rule),
      moved: moved.map(({ rule: name, after }) => ({
        rule: name,
        after: { old: after.old ?? null, new: after.next ?? null },
      })),
      unused,
      alerts: alerts && alertsJson(alerts),
    },
    // Everything that is text here is a byte string.
    (_key, value: unknown) => (typeof value === 'string' ? fromBytes(value) : value),
  );
}

const definition = ({
  name,
  change,
  place,
}: Pick<DefinitionChange, 'name' | 'change' | 'place'>): object => ({
  name,
  change,
  ...place,
});

function condition({ old, next, changes, effect }: ConditionChange): object {
  return {
    effect,
    old: print(old),
    new: print(next),
    lines: changeLines(changes).map(({ mark, text }) => `${mark} ${text}`),
  };
}

function rule(change: RuleChange): object {
  const { old, next, runs, own, properties, tags, exceptions, rewritten, causes } = change;
  const only = old === undefined ? next : next === undefined ? old : undefined;
  return {
    ...definition(change),
    runs: { old: runs.old, new: runs.next },
    ...(only
      ? {
          priority: only.priority,
          source: only.source,
          desc: only.desc,
          output: only.definition.output,
          tags: only.tags,
          condition: print(only.condition.expr),
        }
      : {
          own,
          properties: properties.map((property) => ({
            key: property.key,
            old: property.old,
            new: property.next,
          })),
          tags,
          exceptions: exceptions.map(({ fields, comps, ...exception }) => ({
            ...exception,
            ...(fields && { fields: { old: fields.old, new: fields.next } }),
            ...(comps && { comps: { old: comps.old, new: comps.next } }),
          })),
          rewritten,
          condition: change.condition && condition(change.condition),
          causes,
        }),
  };
}

function alertsJson({ captures, events, old, next, rules }: AlertDiff): object {
  return {
    captures,
    events,
    old,
    new: next,
    rules: rules.map(
      ({ rule: name, old: before, next: after, appeared, disappeared, changed, examples }) => ({
        rule: name,
        old: before,
        new: after,
        appeared,
        disappeared,
        changed,
        examples: examples.map(({ kind, capture, event, time, old: line, next: newLine, instead }) => ({
          kind,
          capture,
          event,
          time: alertTime(time),
          old: line,
          new: newLine,
          instead,
        })),
      }),
    ),
  };
}
