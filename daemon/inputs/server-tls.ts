import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { Server as SecureServer } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import * as z from 'zod';

/** How a server shows who it is, and whom it lets in. */
export const serverTls = z
  .strictObject({
    cert: z.string().describe('File with the certificate (PEM), followed by those that signed it'),
    key: z.string().describe('File with its key (PEM)'),
    client_ca: z
      .string()
      .optional()
      .describe(
        'File with the certificates (PEM) that clients have to be signed by; without it, clients need none',
      ),
  })
  .describe('Listens with TLS, 1.2 or newer. When the files change, connections that come see the new ones');
export type ServerTlsSettings = z.output<typeof serverTls>;

/** TLS options of a server. Throws an error that names the file if one cannot be read or is no PEM. */
export function serverTlsOptions(
  { cert, key, client_ca: ca }: ServerTlsSettings,
  path: (path: string) => string,
): SecureContextOptions & { requestCert: boolean; rejectUnauthorized: boolean } {
  const read = (name: string, file: string): Buffer => {
    try {
      return readFileSync(path(file));
    } catch (error) {
      throw new Error(`tls.${name}: cannot read ${path(file)}: ${(error as NodeJS.ErrnoException).code}`, {
        cause: error,
      });
    }
  };
  const options = {
    cert: read('cert', cert),
    key: read('key', key),
    ...(ca !== undefined && { ca: read('client_ca', ca) }),
    minVersion: 'TLSv1.2' as const,
    requestCert: ca !== undefined,
    rejectUnauthorized: ca !== undefined,
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new Error(`tls: cert, key or client_ca is not as it should be: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return options;
}

/** Reads the files of a server's settings anew: connections that come get what is in them now, others go on. Throws what `serverTlsOptions` throws; then nothing has changed. */
export function renewTls(
  server: Server,
  settings: ServerTlsSettings | undefined,
  path: (path: string) => string,
): void {
  if (settings !== undefined && server instanceof SecureServer)
    server.setSecureContext(serverTlsOptions(settings, path));
}
