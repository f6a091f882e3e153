import { DiagnosticError } from './diagnostic.ts';

/** What an error of the system means, and what to do about it. */
type Reasons = Readonly<Record<string, readonly [reason: string, hint: string]>>;

const FOLDERS = 'check the permissions of the file and of the directories above it';
const READING: Reasons = {
  ENOENT: ['there is no such file', 'check the path'],
  ENOTDIR: ['there is no such file', 'check the path'],
  EACCES: ['no permission to read it', FOLDERS],
  EPERM: ['no permission to read it', FOLDERS],
  EISDIR: ['it is a directory', 'name a file in it'],
};

const WRITING: Reasons = {
  ENOENT: ['its directory does not exist', 'make the directory, or check the path'],
  ENOTDIR: ['its directory does not exist', 'make the directory, or check the path'],
  EACCES: ['no permission to write there', FOLDERS],
  EPERM: ['no permission to write there', FOLDERS],
  EISDIR: ['it is a directory', 'name a file in it'],
  ENOSPC: ['no space is left on the device', 'make room, or write elsewhere'],
  EDQUOT: ['no space is left on the device', 'make room, or write elsewhere'],
  EROFS: ['the file system is read-only', 'write elsewhere'],
};

/** The error for a file that the system does not let us read, of what Node says of it. */
export const unreadable = (code: string, path: string, error: unknown): DiagnosticError =>
  fileError(code, path, `cannot read ${path}`, READING, error);

/** The error for a file that the system does not let us write, of what Node says of it. */
export const unwritable = (code: string, path: string, error: unknown): DiagnosticError =>
  fileError(code, path, `cannot write ${path}`, WRITING, error);

function fileError(
  code: string,
  file: string,
  what: string,
  reasons: Reasons,
  error: unknown,
): DiagnosticError {
  const known = reasons[(error as NodeJS.ErrnoException).code ?? ''];
  const reason = known?.[0] ?? (error instanceof Error ? error.message : String(error));
  return new DiagnosticError(
    { code, severity: 'error', message: `${what}: ${reason}`, file, ...(known && { hint: known[1] }) },
    { cause: error },
  );
}
