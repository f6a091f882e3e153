/** Test files to begin with. */
export { fieldsRead, firingFactsOf } from './alert-facts.ts';
export { pinChange, type PinnedGroup, type PinnedTest } from './pin.ts';
export { isProven } from './prove.ts';
export { reduceFacts } from './reduce.ts';
export { makeSkeleton, type Skeleton } from './skeleton.ts';
export { Trial } from './trial.ts';
export { skeletonText, type SkeletonCase, type SkeletonTest } from './write.ts';
