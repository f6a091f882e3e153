/** Where the bytes of a capture go. */
export interface ByteOutput {
  /** Takes bytes, which nobody may change after that. */
  write(bytes: Uint8Array): void;
  /** Waits while too much has been taken that is not written yet. Throws a `DiagnosticError` if writing has failed. */
  drain(): Promise<void>;
  /** Writes what is left and ends the output. Throws a `DiagnosticError` if that cannot be done. */
  close(): Promise<void>;
  /** Gives the output up: a file that was begun goes away. */
  abandon(): Promise<void>;
}
