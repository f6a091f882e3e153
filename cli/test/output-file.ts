import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { unwritable } from '../../engine/index.ts';

/** Writes a file that the user asks for, and its folder. Throws a `DiagnosticError` if that is impossible. */
export function writeOutput(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (cause) {
    throw unwritable('FILE_UNWRITABLE', path, cause);
  }
}
