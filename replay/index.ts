/** What other folders may use of the replay. */
export * from './capture.ts';
export * from './capture-writer.ts';
export * from './create.ts';
export * from './failure.ts';
export type { CaptureReader } from './fed-capture.ts';
export * from './jsonl/json-line.ts';
export * from './jsonl/reader.ts';
export * from './jsonl/writer.ts';
export * from './open.ts';
export * from './output/gzip-file.ts';
export * from './scap/reader.ts';
export * from './scap/writer.ts';
export * from './strace/reader.ts';
export * from './strace/run.ts';
