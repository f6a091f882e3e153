import type { Diagnostic } from '../engine/index.ts';

/** Whether text for a stream may have colour: it is a terminal that shows some, and nobody asks for none (https://no-color.org). */
export const hasColour = (
  stream: Pick<NodeJS.WriteStream, 'isTTY'>,
  { NO_COLOR = '', TERM }: NodeJS.ProcessEnv = process.env,
): boolean => stream.isTTY && NO_COLOR === '' && TERM !== 'dumb';

/** What is said to those who would have the bytes of a capture printed. */
export const NOT_FOR_TERMINALS: Diagnostic = {
  code: 'CAPTURE_UNWRITABLE',
  severity: 'error',
  message: 'captures are not for terminals',
  hint: 'send standard output to a file or to a program, or name a file after -o',
};
