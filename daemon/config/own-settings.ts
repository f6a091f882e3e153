/** Settings of the daemon itself: tiercel's own keys but for inputs, outputs and routes. */
import * as z from 'zod';
import { duration } from '../../outputs/index.ts';
import { listenAddress } from '../inputs/address.ts';
import { serverTls } from '../inputs/server-tls.ts';

/** Levels of the log, the most important first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

/** Less than the 30 s that Kubernetes gives. */
export const DEFAULT_SHUTDOWN_TIMEOUT = '20s';

export const ownSettings = z.strictObject({
  data_dir: z
    .string()
    .min(1)
    .default('/var/lib/tiercel')
    .describe('Folder of the queue: alerts are kept there until all outputs are done with them'),
  api: z
    .strictObject({
      listen: listenAddress
        .optional()
        .describe(
          'Address and port of a listener for the API alone; without it, the API answers where inputs of kind `http` listen',
        ),
      token: z
        .string()
        .regex(/^\S{8,}$/, 'expected 8 characters or more, without blanks')
        .optional()
        .describe(
          'Requests have to carry it: `Authorization: Bearer …`; all but `/healthz` and `/readyz`, which then tell no details without it',
        ),
      tls: serverTls.optional(),
    })
    .prefault({})
    .describe('Health, metrics, configuration and the queue over HTTP'),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).default('info').describe('What is told'),
      format: z
        .enum(['auto', 'json', 'text'])
        .default('auto')
        .describe('`auto`: lines for people on a terminal, else one JSON object per line'),
    })
    .prefault({})
    .describe('The log, on standard error'),
  shutdown_timeout: duration
    .prefault(DEFAULT_SHUTDOWN_TIMEOUT)
    .describe('How long deliveries may go on after SIGTERM; the rest stays in the queue'),
});
export type OwnSettings = z.output<typeof ownSettings>;
