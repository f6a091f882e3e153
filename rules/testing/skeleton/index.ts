/** Test files to begin with. */
export { fieldsRead } from './alert-facts.ts';
export { pinChange } from './pin.ts';
export { makeSkeleton, type Skeleton } from './skeleton.ts';
export { skeletonText } from './write.ts';
