import * as z from 'zod';
import { defineOutput, sendError } from '../output.ts';

/** Standard output or error: one line per alert. */
export const stdout = defineOutput({
  kind: 'stdout',
  summary: 'Writes each alert as a line to standard output.',
  config: z.strictObject({
    stream: z.enum(['stdout', 'stderr']).default('stdout').describe('Where lines go'),
  }),
  secrets: [],
  batch: { max: 100 },
  format: 'text',
  escape: () => 'line',
  example: { stream: 'stdout' },
  notes:
    'Delivered is what the operating system has taken; a reader that is slow holds up the queue, never the inputs.',
  async open({ stream }) {
    const out = process[stream];
    // Without a listener, a reader that went away would end the process.
    let gone: Error | undefined;
    const onError = (error: Error): void => void (gone = error);
    out.on('error', onError);
    return {
      async send(batch) {
        if (gone !== undefined) throw sendError('network', `${stream}: ${gone.message}`);
        const lines = batch.map(({ text }) => `${text()}\n`).join('');
        await new Promise<void>((resolve, reject) => {
          out.write(lines, (error) =>
            error ? reject(sendError('network', `${stream}: ${error.message}`, { cause: error })) : resolve(),
          );
        });
      },
      async close() {
        out.off('error', onError);
      },
    };
  },
});
