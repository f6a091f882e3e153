import { file } from './file.ts';
import { grpc } from './grpc.ts';
import { http } from './http.ts';
import type { InputKind } from './input.ts';
import { program } from './program.ts';
import { replay } from './replay.ts';
import { source } from './source.ts';
import { stdin } from './stdin.ts';
import { unix } from './unix.ts';
import { websocket } from './websocket.ts';

export * from './input.ts';
export type { RecordOutcome, RecordReader } from './records.ts';

/** All kinds of inputs. */
export const INPUT_KINDS: readonly InputKind[] = [
  http,
  file,
  grpc,
  stdin,
  program,
  unix,
  websocket,
  replay,
  source,
] as readonly InputKind[];

/** The kind of a name. */
export const inputKindNamed = (name: string): InputKind | undefined =>
  INPUT_KINDS.find(({ kind }) => kind === name);
