export { SceneError, type Fact, type FactValue } from './fact.ts';
export { Scene, type SceneEvent } from './scene.ts';
export { sceneOf, SourceScene, type Stage } from './source-scene.ts';
