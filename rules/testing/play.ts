import { sceneOf, type SceneEvent } from './scene/index.ts';
import type { CaseEvent, EventCase } from './test-file.ts';
import type { TestRules } from './test-rules.ts';
import { START } from './time.ts';

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
