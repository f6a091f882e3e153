import { readAlert, type RoutedAlert } from '../../outputs/alert.ts';
import type { Priority } from '../../engine/index.ts';

/** An alert whose rule has a number, with JSON of about `bytes` bytes. */
export function numberedAlert(
  number: number,
  {
    priority = 'Notice',
    bytes = 300,
    received = 1_700_000_000_000 + number,
    source = 'syscall',
  }: {
    priority?: Priority;
    bytes?: number;
    received?: number;
    source?: string;
  } = {},
): RoutedAlert {
  const alert = {
    hostname: 'node-1',
    output: `12:00:00.000000000: ${priority} number ${number} ü`,
    output_fields: { 'evt.num': number, pad: '' },
    priority,
    rule: `Rule ${number}`,
    source,
    tags: ['test'],
    time: '2026-01-31T12:34:56.123456789Z',
  };
  const length = Buffer.byteLength(JSON.stringify(alert));
  alert.output_fields.pad = 'x'.repeat(Math.max(0, bytes - length));
  return readAlert(JSON.stringify(alert), { input: 'test', received });
}
