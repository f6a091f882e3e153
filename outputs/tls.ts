import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsSettings } from './settings.ts';

/** Certificates and trust, for servers and clients of TLS. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
}

/** What TLS connections are made with. Throws if a file cannot be read, or holds no certificate or key. */
export function tlsOptions(settings: TlsSettings | undefined, path: (path: string) => string): TlsOptions {
  const { ca, cert, key, insecure = false, server_name: servername } = settings ?? {};
  const file = (name: string) => readFileSync(path(name));
  const options = {
    ...(ca !== undefined && { ca: file(ca) }),
    ...(cert !== undefined && { cert: file(cert) }),
    ...(key !== undefined && { key: file(key) }),
  };
  // Complains of files that hold something else.
  createSecureContext(options);
  return { ...options, rejectUnauthorized: !insecure, ...(servername !== undefined && { servername }) };
}
