export { SceneError, type Fact, type FactValue } from './fact.ts';
export { Scene, type SceneEvent } from './scene.ts';
