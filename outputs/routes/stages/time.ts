import type { TimeWindowSettings } from '../schema.ts';
import { TimeWindows } from '../time-window.ts';
import type { Stage } from './stage.ts';

/** Holds alerts back outside of times (`active`), or within them (`mute`). */
export function timeStage(stage: 'active' | 'mute', settings: readonly TimeWindowSettings[]): Stage {
  const windows = new TimeWindows(settings);
  // The summary looks ahead; what it finds must not disturb the minute that alerts ask about.
  const ahead = new TimeWindows(settings);
  const passesInside = stage === 'active';
  let opens: number | undefined;
  return {
    check: (_alert, { wall, steady }) => {
      if (windows.includes(wall) === passesInside) return undefined;
      if (opens === undefined || opens <= wall) opens = ahead.next(passesInside, wall);
      return {
        stage,
        reason: passesInside ? 'the route is not active at this time' : 'the route is mute at this time',
        names: [],
        values: [],
        until: opens === undefined ? undefined : steady + opens - wall,
      };
    },
  };
}
