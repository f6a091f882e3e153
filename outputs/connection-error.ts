/** What an error of a connection says, in one line. */
export function connectionErrorText(error: unknown): string {
  const { message, code, library, reason } = error as NodeJS.ErrnoException & {
    library?: string;
    reason?: string;
  };
  // OpenSSL names the line of its source; the reason is what can be read.
  if (library === 'SSL routines' && typeof reason === 'string') return `TLS: ${reason}`;
  // Where a name has several addresses, each has an error of its own, and the whole has no message.
  if (message === '' && error instanceof AggregateError) return error.errors.map(String).join('; ');
  return message.trim() || String(code);
}
