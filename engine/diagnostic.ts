/** How much a diagnostic matters: an error stops the work, a warning does not. */
export type Severity = 'error' | 'warning' | 'info';

/** A place in a file or a text. Lines and columns count from 1; columns count UTF-16 units, `endColumn` is exclusive. */
export interface SourcePlace {
  /** The name of the file as the user gave it. */
  readonly file?: string;
  /** What `line` and `column` count in where that is not the file as it stands: a condition of the command line, a file of another encoding. */
  readonly text?: string;
  /** The line itself, where it cannot be read in the file again (a pipe, compressed data); '' if it is too long to be shown. */
  readonly excerpt?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endColumn?: number;
}

/** Another place that has to do with a diagnostic, and what it has to do with it. */
export interface DiagnosticNote extends SourcePlace {
  readonly message: string;
}

/** One thing that is wrong (or doubtful) with some input, at its place. */
export interface Diagnostic extends SourcePlace {
  /** A stable code: Falco's own where one exists (`LOAD_ERR_COMPILE_CONDITION`), else ours. */
  readonly code: string;
  readonly severity: Severity;
  /** What was found and what was expected. */
  readonly message: string;
  /** Byte offset, for binary input such as captures. */
  readonly offset?: number;
  readonly notes?: readonly DiagnosticNote[];
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
