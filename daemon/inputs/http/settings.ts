import * as z from 'zod';
import { rate, size, duration } from '../../../outputs/index.ts';
import { listenAddress } from '../address.ts';
import { alertTextSettings } from '../alert-lines.ts';
import { serverTls } from '../server-tls.ts';

/** Paths that are answered beside that of alerts. */
const TAKEN = new Set(['/ping', '/healthz', '/test']);

/** Settings of `kind: http`. */
export const httpSettings = z.strictObject({
  listen: listenAddress
    .prefault('127.0.0.1:2801')
    .describe('Address and port: `127.0.0.1:2801`, `[::1]:2801`; `:2801` is all addresses of this machine'),
  path: z
    .string()
    .regex(/^\/[^?#\s]*$/, 'expected a path that begins with /')
    .refine((path) => !TAKEN.has(path), 'expected another path: /ping, /healthz and /test are taken')
    .default('/')
    .describe('Where alerts are sent to; other paths give 404'),
  ...alertTextSettings,
  token: z
    .string()
    .regex(/^\S{8,}$/, 'expected 8 characters or more, without blanks')
    .optional()
    .describe('Requests have to carry it: `Authorization: Bearer …`'),
  hmac_secret: z
    .string()
    .min(8)
    .optional()
    .describe('Requests have to carry the HMAC-SHA256 of their body with this secret, as hexadecimal digits'),
  hmac_header: z
    .string()
    .regex(/^[\w-]+$/, 'expected the name of a header')
    .default('x-signature-256')
    .transform((name) => name.toLowerCase())
    .describe('Header with the HMAC; `sha256=` may stand before it'),
  tls: serverTls.optional(),
  max_request_bytes: size
    .prefault('32MiB')
    .describe('Longest request, as it is sent and when it is inflated; longer ones are answered with 413'),
  max_pending_bytes: size
    .prefault('256MiB')
    .describe('What all requests together may hold in memory; beyond it they are answered with 503'),
  max_connections: z
    .int()
    .min(1)
    .max(100_000)
    .default(1024)
    .describe('Connections at the same time; more are closed at once'),
  rate_limit: z
    .strictObject({
      per_client: rate
        .optional()
        .describe('Requests of one IPv4 address, or one /64 network of IPv6: `100/s`, `5000/m`'),
      total: rate.optional().describe('Requests of all clients'),
    })
    .prefault({})
    .describe(
      'More requests are answered with 429; unlimited where it does not say. Falco does not send again: what is refused, it has lost',
    ),
  timeout: duration
    .refine((ms) => ms >= 100 && ms <= 3_600_000, 'expected 100ms to 1h')
    .prefault('30s')
    .describe('How long a client may take to send a request'),
  idle_timeout: duration
    .refine((ms) => ms >= 100 && ms <= 3_600_000, 'expected 100ms to 1h')
    .prefault('75s')
    .describe('How long a connection may be open without a request'),
});
export type HttpSettings = z.output<typeof httpSettings>;
