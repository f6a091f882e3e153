import type { AlertCondition } from '../condition.ts';
import { keyFields, keyText } from '../key.ts';
import type { InhibitionSettings } from '../schema.ts';
import type { StageState } from '../state.ts';
import type { HeldBack, Stage } from './stage.ts';

/** An inhibition with its conditions compiled. */
export interface Inhibition extends Pick<InhibitionSettings, 'equal' | 'for' | 'max_keys'> {
  readonly source: AlertCondition;
  readonly target: AlertCondition;
}

/** Holds alerts back for a while after others came that have the same values. */
export function inhibitStage(inhibitions: readonly Inhibition[], node: string, state: StageState): Stage {
  const parts = inhibitions.map((inhibition, index) => part(inhibition, `${node}/${index}`, state));
  return {
    check: (alert, moment) => {
      let held: HeldBack | undefined;
      // Each takes note of sources, also of those that another one mutes.
      for (const { check } of parts) held = check(alert, moment) ?? held;
      return held;
    },
    prune: (moment) => parts.forEach(({ prune }) => prune?.(moment)),
  };
}

function part(
  { source, target, equal, for: length, max_keys }: Inhibition,
  name: string,
  state: StageState,
): Stage {
  const fields = keyFields(equal);
  /** When the last source came. */
  const sources = state.table<number>(`inhibit/${name}`, max_keys);
  return {
    check: (alert, { steady }) => {
      if (source.matches(alert)) {
        sources.set(keyText(fields.values(alert)), steady);
        return undefined;
      }
      if (sources.size === 0 || !target.matches(alert)) return undefined;
      const values = fields.values(alert);
      const last = sources.get(keyText(values));
      if (last === undefined || steady - last >= length) return undefined;
      return {
        stage: 'inhibit',
        reason: `muted by an alert with ${source.text}`,
        names: equal,
        values,
        until: last + length,
      };
    },
    prune: ({ steady }) => {
      for (const [key, last] of sources.entries()) {
        if (steady - last < length) break;
        sources.delete(key);
      }
    },
  };
}
