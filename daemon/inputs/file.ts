import * as z from 'zod';
import { duration } from '../../outputs/index.ts';
import { alertTextSettings } from './alert-lines.ts';
import { FileInput } from './file/file-input.ts';
import { defineInput } from './input.ts';

const filePath = z.string().min(1);

export const file = defineInput({
  kind: 'file',
  takesRecords: true,
  summary: "Follows files that alerts are written to, one in a line: Falco's `file_output`.",
  config: z.strictObject({
    path: z
      .union([filePath, z.array(filePath).min(1)])
      .transform((path) => (typeof path === 'string' ? [path] : path))
      .describe(
        'File, or files; `*`, `?` and `[a-z]` stand for many, also ones that come later. Rotated files are found by themselves',
      ),
    from: z
      .enum(['end', 'beginning'])
      .default('end')
      .describe(
        'Where to begin in files that are there at the very first start. Later on, reading goes on where it stopped, and new files are read from their beginning',
      ),
    ...alertTextSettings,
    poll: duration
      .refine((ms) => ms >= 10 && ms <= 60_000, 'expected 10ms to 1m')
      .prefault('1s')
      .describe(
        'How often to look for changes that the system does not tell of, as with network file systems',
      ),
  }),
  secrets: [],
  example: { path: '/var/log/falco/events.json' },
  notes: `How far a file was read is stored together with its alerts: after a restart, or a crash, none is missing and none comes twice. Files are recognised by device, inode and
their first bytes, whatever their name:

- **renamed** (logrotate's \`create\`): the old file is read to its end, and left when there is something in the new one. Send Falco SIGUSR1 after the rotation if it has \`keep_alive: true\`
- **copied and cut** (\`copytruncate\`): what was not read before the cut is read from the copy. What Falco writes between copy and cut is lost to everybody
- **rotated more than once**, also while tiercel was not running: files between are read in the order of their last change. Rotated files are those called as the file
  with digits behind (\`events.json.1\`, \`events.json-20260131\`, \`events-2026-01-31.json\`); use logrotate's \`delaycompress\`, as compressed files are not read
- **deleted and made anew**, or a symbolic link that leads elsewhere: as if renamed

An incomplete last line waits for its end. Lines that are no alert, or too long, are counted (\`refused\`) and passed over. When the queue is full, reading waits, and nothing is lost
as long as the files stay.`,
  open: (config, context) =>
    Promise.resolve(new FileInput({ ...config, path: config.path.map(context.path) }, context)),
});
