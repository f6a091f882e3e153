/** Events and their parameters in JSON that keeps every byte. */
export * from './byte-buffer.ts';
export { exactJson } from './codecs.ts';
export * from './event-from-json.ts';
export * from './json.ts';
export { readAddress } from './sockets.ts';
