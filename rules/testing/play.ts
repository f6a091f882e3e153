import { sceneOf, type SceneEvent } from './scene/index.ts';
import type { CaseEvent, EventCase } from './test-file.ts';
import type { TestRules } from './test-rules.ts';

/** When the first event of a case happens, 2026-01-01T00:00:00Z: nanoseconds since 1970. */
const START = 1_767_225_600_000_000_000n;

/** Makes the events of a case, one after the other over one state, and hands each over with its number, from 1. Throws a `SceneError`. */
export function play(
  testCase: EventCase,
  rules: TestRules,
  onEvent: (event: SceneEvent, made: CaseEvent, nth: number) => void,
): void {
  const scene = sceneOf(rules.sourceOf(testCase), rules.language);
  testCase.events.forEach((made, i) => {
    const { facts, record, at } = made;
    onEvent(scene.apply(facts, { time: START + at, ...(record && { record }) }), made, i + 1);
  });
}
