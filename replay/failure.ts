import { DiagnosticError, type Diagnostic, type Severity } from '../engine/index.ts';

/** What can be wrong with a capture. */
export type CaptureCode =
  /** No such file, or no permission to read it. */
  | 'CAPTURE_UNREADABLE'
  /** A file that cannot be written. */
  | 'CAPTURE_UNWRITABLE'
  /** A directory in which no file is a capture. */
  | 'CAPTURE_NONE'
  | 'CAPTURE_EMPTY'
  | 'CAPTURE_UNKNOWN_FORMAT'
  /** Compressed data that cannot be inflated. */
  | 'CAPTURE_GZIP'
  /** Recorded on a machine of the other byte order. */
  | 'CAPTURE_BYTE_ORDER'
  | 'CAPTURE_VERSION'
  /** Blocks that contradict themselves or stand where they must not. */
  | 'CAPTURE_CORRUPT'
  /** An event whose parameters do not fit it. */
  | 'CAPTURE_EVENT'
  /** An event of an old type that cannot be brought to the current schema; Falco stops there too. */
  | 'CAPTURE_CONVERSION'
  | 'CAPTURE_NO_EVENTS'
  /** A line of a JSON-lines capture that is no JSON, or not what a capture consists of. */
  | 'CAPTURE_LINE'
  /** A record of a source that is no event of it. */
  | 'CAPTURE_RECORD'
  /** A log of strace of which no capture can be made, or that does not tell everything. */
  | 'CAPTURE_STRACE'
  /** The capture ends in the middle of a block. */
  | 'CAPTURE_TRUNCATED'
  /** Event types or parameters that a newer version recorded were left out. */
  | 'CAPTURE_NEWER';

/** A place of a capture: `offset` counts bytes of the uncompressed stream, lines and columns are those of text. */
export type CapturePlace = { file: string } & Pick<Diagnostic, 'offset' | 'line' | 'column' | 'excerpt'>;

/** The diagnostic for a place of a capture. */
export function captureDiagnostic(
  code: CaptureCode,
  severity: Severity,
  message: string,
  place: CapturePlace,
  hint?: string,
): Diagnostic {
  return { code, severity, message, ...place, ...(hint === undefined ? {} : { hint }) };
}

/** The error for a place of a capture, to be thrown. */
export function captureError(
  code: CaptureCode,
  message: string,
  place: CapturePlace,
  hint?: string,
  cause?: unknown,
): DiagnosticError {
  return new DiagnosticError(
    captureDiagnostic(code, 'error', message, place, hint),
    cause === undefined ? {} : { cause },
  );
}
