import { DiagnosticError } from '../engine/index.ts';
import { renderDiagnostic } from './diagnostics.ts';

/** Tells of what ended a command. Throws again what is a mistake of ours. */
export function tellOfFailure(error: unknown): void {
  if (!(error instanceof DiagnosticError)) throw error;
  process.stderr.write(`${renderDiagnostic(error.diagnostic, { colour: process.stderr.isTTY })}\n`);
}
