import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DiagnosticError } from '../../engine/index.ts';

/** Writes a file that the user asks for, and its folder. Throws a `DiagnosticError` if that is impossible. */
export function writeOutput(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (cause) {
    const message = `cannot write ${path}: ${(cause as Error).message}`;
    throw new DiagnosticError({ code: 'OUTPUT_FILE', severity: 'error', message, file: path }, { cause });
  }
}
