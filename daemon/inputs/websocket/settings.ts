import * as z from 'zod';
import { headers, size, tls } from '../../../outputs/index.ts';
import { listenAddress } from '../address.ts';
import { alertTextSettings } from '../alert-lines.ts';
import { serverTls } from '../server-tls.ts';

/** Settings of `kind: websocket`. */
export const webSocketSettings = z
  .strictObject({
    url: z
      .string()
      .refine(
        (text) => /^wss?:\/\//i.test(text) && URL.canParse(text),
        'expected an address that begins with ws:// or wss://',
      )
      .optional()
      .describe('Server to connect to'),
    listen: listenAddress
      .optional()
      .describe('Address and port to listen at, instead of `url`: `127.0.0.1:2802`'),
    path: z
      .string()
      .regex(/^\//, 'expected a path that begins with /')
      .default('/')
      .describe('With `listen`: where clients connect'),
    token: z
      .string()
      .regex(/^\S{8,}$/, 'expected 8 characters or more, without blanks')
      .optional()
      .describe('`Authorization: Bearer …`: sent with `url`, asked for with `listen`'),
    headers: headers.describe('With `url`: more headers of the request'),
    subscribe: z
      .string()
      .optional()
      .describe('With `url`: text that is sent once connected, such as a subscription'),
    tls: tls.optional().describe('With `url`: how the server is trusted'),
    server_tls: serverTls.optional().describe('With `listen`: listens with TLS'),
    ...alertTextSettings,
    max_message_bytes: size
      .prefault('1MiB')
      .describe('Longest message; the connection of a longer one is closed'),
    max_connections: z
      .int()
      .min(1)
      .max(100_000)
      .default(256)
      .describe('With `listen`: connections at the same time'),
  })
  .refine(
    ({ url, listen }) => (url === undefined) !== (listen === undefined),
    'expected url or listen, and not both',
  );
export type WebSocketSettings = z.output<typeof webSocketSettings>;
