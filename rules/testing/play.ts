import { Scene, type SceneEvent } from './scene/index.ts';
import type { CaseEvent, EventCase } from './test-file.ts';

/** When the first event of a case happens, 2026-01-01T00:00:00Z: nanoseconds since 1970. */
const START = 1_767_225_600_000_000_000n;

/** Makes the events of a case, one after the other over one state, and hands each over with its number, from 1. Throws a `SceneError`. */
export function play(
  { events }: Pick<EventCase, 'events'>,
  onEvent: (event: SceneEvent, made: CaseEvent, nth: number) => void,
): void {
  const scene = new Scene();
  events.forEach((made, i) => onEvent(scene.apply(made.facts, { time: START + made.at }), made, i + 1));
}
