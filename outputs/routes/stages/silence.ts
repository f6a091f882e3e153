import { createHash } from 'node:crypto';
import type { RoutedAlert } from '../../alert.ts';
import type { AlertCondition } from '../condition.ts';
import type { SilenceSettings } from '../schema.ts';
import type { Stage } from './stage.ts';

/** A silence with its condition compiled. */
export interface Silence {
  readonly id: string;
  readonly settings: SilenceSettings;
  /** All alerts if undefined. */
  readonly match: AlertCondition | undefined;
}

/** The name that a silence has if none is given. */
export const silenceId = ({ id, ...rest }: SilenceSettings): string =>
  id ?? createHash('sha256').update(JSON.stringify(rest)).digest('hex').slice(0, 12);

/** Until someone ends it. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** Whether a silence holds at a time of the clock. */
export const isInForce = ({ starts = -Infinity, until = Infinity }: SilenceSettings, wall: number): boolean =>
  wall >= starts && wall < until;

/** Holds alerts back that a silence is for. */
export function silenceStage(silences: () => Iterable<Silence>): Stage {
  return {
    check: (alert: RoutedAlert, { wall, steady }) => {
      for (const { id, settings, match } of silences()) {
        if (!isInForce(settings, wall) || match?.matches(alert) === false) continue;
        const { until, comment, summary } = settings;
        return {
          stage: 'silence',
          reason: `silenced by ${id}${comment === undefined ? '' : ` (${comment})`}`,
          names: ['silence'],
          values: [id],
          until: summary ? (until === undefined ? NEVER : steady + until - wall) : undefined,
        };
      }
      return undefined;
    },
  };
}
