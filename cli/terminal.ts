/** Whether text for a stream may have colour: it is a terminal that shows some, and nobody asks for none (https://no-color.org). */
export const hasColour = (
  stream: Pick<NodeJS.WriteStream, 'isTTY'>,
  { NO_COLOR = '', TERM }: NodeJS.ProcessEnv = process.env,
): boolean => stream.isTTY && NO_COLOR === '' && TERM !== 'dumb';
