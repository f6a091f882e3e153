import { keyFields, keyText } from '../key.ts';
import type { ThrottleSettings } from '../schema.ts';
import type { StageState } from '../state.ts';
import type { Stage } from './stage.ts';

/** A bucket of tokens: how many there were, and when. */
type Bucket = readonly [tokens: number, at: number];

/** Lets so many alerts of a key pass in a time: a bucket of tokens that fills evenly. */
export function throttleStage(
  { by, rate: { count, per }, burst = count, max_keys }: ThrottleSettings,
  node: string,
  state: StageState,
): Stage {
  const fields = keyFields(by);
  const buckets = state.table<Bucket>(`throttle/${node}`, max_keys);
  const fill = ([tokens, at]: Bucket, now: number): number =>
    Math.min(burst, tokens + ((now - at) * count) / per);
  return {
    check: (alert, { steady }) => {
      const values = fields.values(alert);
      const key = keyText(values);
      const bucket = buckets.get(key);
      const tokens = bucket === undefined ? burst : fill(bucket, steady);
      // A full token may lack a rounding error.
      if (tokens >= 1 - 1e-9) {
        buckets.set(key, [Math.max(0, tokens - 1), steady]);
        return undefined;
      }
      return { stage: 'throttle', reason: 'there were too many', names: by, values, until: steady + per };
    },
    prune: ({ steady }) => {
      for (const [key, bucket] of buckets.entries()) if (fill(bucket, steady) >= burst) buckets.delete(key);
    },
  };
}
