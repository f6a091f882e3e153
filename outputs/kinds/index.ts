import type { OutputKind } from '../output.ts';
import { file } from './file.ts';
import { program } from './program.ts';
import { stdout } from './stdout.ts';

/** All kinds of outputs: one line each. */
export const KINDS: readonly OutputKind[] = [file, program, stdout];

/** The kind of a name. */
export const kindNamed = (name: string): OutputKind | undefined => KINDS.find(({ kind }) => kind === name);
