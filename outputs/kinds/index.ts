import type { OutputKind } from '../output.ts';

/** All kinds of outputs. */
export const KINDS: readonly OutputKind[] = [];

/** The kind of a name. */
export const kindNamed = (name: string): OutputKind | undefined => KINDS.find(({ kind }) => kind === name);
