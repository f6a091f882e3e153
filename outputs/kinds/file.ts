import * as z from 'zod';
import { defineOutput } from '../output.ts';
import { AlertFile } from '../rotated-file.ts';
import { duration, size } from '../settings.ts';

/** A file: one line per alert, as Falco's `file_output`, on disk before it counts as delivered; rotated by size and time. */
export const file = defineOutput({
  kind: 'file',
  summary: 'Appends each alert as a line to a file, and rotates it by size and time.',
  config: z.strictObject({
    path: z.string().min(1).describe('The file; made if it is not there, with its directories'),
    keep_alive: z
      .boolean()
      .default(false)
      .describe(
        'Keep the file open between batches; then whoever renames it must send SIGUSR1, as with Falco. Without, it is opened for each batch',
      ),
    sync: z
      .boolean()
      .default(true)
      .describe('Wait until the disk has each batch, so that no power failure takes it back'),
    mode: z
      .string()
      .regex(/^0?[0-7]{3}$/, 'expected permissions such as 0640')
      .default('0640')
      .describe('Permissions of files that are made'),
    rotate: z
      .strictObject({
        size: size.optional().describe('Start a new file before it becomes longer than this'),
        every: duration
          .optional()
          .describe('Start a new file in each such span of time, counted from midnight UTC: `1h`, `1d`'),
        keep: z.int().min(0).optional().describe('How many old files stay; all if left away'),
        gzip: z.boolean().default(false).describe('Compress old files'),
      })
      .optional()
      .describe('Old files get the time in their name: `alerts.json.20260131T123456Z`'),
  }),
  secrets: [],
  batch: { max: 1000 },
  format: 'json',
  escape: () => 'line',
  example: {
    path: '/var/log/tiercel/alerts.json',
    rotate: { size: '100MB', every: '1d', keep: 14, gzip: true },
  },
  notes:
    'A batch that was written in part (the disk is full) is taken back before it is tried again, so that no line is ever torn. SIGUSR1 opens the file anew.',
  async open({ path, keep_alive: keepOpen, mode, ...rest }, place) {
    const target = new AlertFile(
      { ...rest, path: place.path(path), mode: parseInt(mode, 8), keepOpen },
      place.log,
    );
    return {
      send: (batch) => target.append(batch.map(({ text }) => `${text()}\n`).join('')),
      close: () => target.close(),
      reopen: () => target.close(),
    };
  },
});
