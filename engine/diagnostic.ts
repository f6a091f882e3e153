/** How much a diagnostic matters: an error stops the work, a warning does not. */
export type Severity = 'error' | 'warning' | 'info';

/**
 * One thing that is wrong (or doubtful) with some input, at its place. Lines and columns count from 1; columns count
 * UTF-16 units, `endColumn` is exclusive. For captures, `offset` is the byte offset.
 */
export interface Diagnostic {
  /** A stable code: Falco's own where one exists (`LOAD_ERR_COMPILE_CONDITION`), else ours. */
  readonly code: string;
  readonly severity: Severity;
  /** What was found and what was expected. */
  readonly message: string;
  /** The name of the file as the user gave it. */
  readonly file?: string;
  /** What `line` and `column` count in where that is no file, such as a condition of the command line. */
  readonly text?: string;
  /** The line itself, where it cannot be read in the file again (a pipe, compressed data); '' if it is too long to be shown. */
  readonly excerpt?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endColumn?: number;
  /** Byte offset, for binary input. */
  readonly offset?: number;
  /** How to mend it. */
  readonly hint?: string;
}

/** Thrown where work cannot go on; carries what would be shown. */
export class DiagnosticError extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic, options?: ErrorOptions) {
    super(diagnostic.message, options);
    this.name = 'DiagnosticError';
    this.diagnostic = diagnostic;
  }
}
