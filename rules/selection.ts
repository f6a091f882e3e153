import { PRIORITIES, type ByteString, type Priority } from '../engine/index.ts';
import type { LoadedRule } from './compiler.ts';

/** An entry of `rules:` in falco.yaml: switches the rules that the name pattern fits, and those that have the tag. */
export interface RuleSelection {
  readonly enable: boolean;
  /** A name; `*` stands for anything. */
  readonly rule?: ByteString;
  readonly tag?: ByteString;
}

export interface SelectionOptions {
  readonly rules?: readonly RuleSelection[];
  /** Rules less grave than this are left out. Default: `Debug`, which leaves none out. */
  readonly priority?: Priority;
}

/** The rules that run, in the order in which they are tried: a rule that is switched on later comes later. All have `enabled` set. */
export function selectRules(
  rules: readonly LoadedRule[],
  { rules: selections = [], priority = 'Debug' }: SelectionOptions = {},
): LoadedRule[] {
  const threshold = PRIORITIES.indexOf(priority);
  const candidates = rules.filter((rule) => PRIORITIES.indexOf(rule.priority) <= threshold);
  const selected = new Set(candidates.filter(({ enabled }) => enabled));
  const apply = (enable: boolean, fits: (rule: LoadedRule) => boolean): void => {
    for (const candidate of candidates) {
      if (!fits(candidate)) continue;
      if (enable) selected.add(candidate);
      else selected.delete(candidate);
    }
  };
  for (const { enable, rule, tag } of selections) {
    if (rule) apply(enable, ({ name }) => matchesWildcard(rule, name));
    if (tag) apply(enable, ({ tags }) => tags.includes(tag));
  }
  return Array.from(selected, (rule) => (rule.enabled ? rule : { ...rule, enabled: true }));
}

/** Falco's matching of names: after each `*` the first place that fits is taken and never given up, so `*a` does not match `aba`. */
function matchesWildcard(pattern: ByteString, name: ByteString): boolean {
  const [first = '', ...rest] = pattern.split(/\*+/);
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    if (part === '') return true;
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at === name.length;
}
