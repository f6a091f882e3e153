/** The machine that this runs on, as captures tell of one. */
export * from './fds.ts';
export { readLink } from './files.ts';
export * from './machine.ts';
export * from './process.ts';
export { layerOf, statusOf } from './program.ts';
