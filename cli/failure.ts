import { Interrupted } from '../daemon/index.ts';
import { DiagnosticError } from '../engine/index.ts';
import { tellOf } from './diagnostics.ts';

/** Tells of what ended a command; a signal ends this process as it would have without us. Throws again what is a mistake of ours. */
export function tellOfFailure(error: unknown): void {
  if (error instanceof Interrupted) process.kill(process.pid, error.signal);
  else if (error instanceof DiagnosticError) tellOf(error.diagnostic);
  else if (isOfSystem(error)) tellOf({ code: 'SYSTEM', severity: 'error', message: error.message });
  else throw error;
}

/** What the system says of a file that it does not give or take. */
const isOfSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && 'syscall' in error && 'path' in error;
