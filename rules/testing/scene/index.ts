/** Events made of facts. */
export { SceneError, type Fact, type FactValue } from './fact.ts';
export { Scene, type SceneEvent } from './scene.ts';
export { sceneOf, SourceScene } from './source-scene.ts';
