import { keyFields, keyText } from '../key.ts';
import type { DedupSettings } from '../schema.ts';
import type { StageState } from '../state.ts';
import type { Stage } from './stage.ts';

/** Lets an alert pass if none with the same key did within the window. */
export function dedupStage({ by, window, max_keys }: DedupSettings, node: string, state: StageState): Stage {
  const fields = keyFields(by);
  /** When the one that passed did so. */
  const passed = state.table<number>(`dedup/${node}`, max_keys);
  return {
    check: (alert, { steady }) => {
      const values = fields.values(alert);
      const key = keyText(values);
      const last = passed.get(key);
      if (last === undefined || steady - last >= window) {
        passed.set(key, steady);
        return undefined;
      }
      return {
        stage: 'dedup',
        reason: 'the same was told already',
        names: by,
        values,
        until: last + window,
      };
    },
    prune: ({ steady }) => {
      for (const [key, last] of passed.entries()) {
        if (steady - last < window) break;
        passed.delete(key);
      }
    },
  };
}
