import type { AddressInfo, Server } from 'node:net';
import * as z from 'zod';

/** Where a server listens. */
export interface ListenAddress {
  /** Undefined: on all addresses of this machine. */
  readonly host: string | undefined;
  /** 0: a free one. */
  readonly port: number;
}

/** `127.0.0.1:2801`, `[::1]:2801`, `localhost:2801`, `:2801`. Undefined if it is none. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, inBrackets, plain, digits] =
    /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  return { host: inBrackets ?? (plain === '' ? undefined : plain), port };
}

/** The setting of an address to listen at. */
export const listenAddress = z.string().transform((text, context): ListenAddress => {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  context.addIssue({
    code: 'custom',
    message: `expected an address and a port such as 127.0.0.1:2801, [::1]:2801 or :2801, found ${JSON.stringify(text)}`,
  });
  return z.NEVER;
});

/** An address as people write it. */
export function addressText({ host, port }: ListenAddress): string {
  return host?.includes(':') ? `[${host}]:${port}` : `${host ?? ''}:${port}`;
}

/** Why a server cannot listen, and what may help. */
export function listenError(error: NodeJS.ErrnoException, where: string): Error {
  const hint =
    error.code === 'EADDRINUSE'
      ? '; another program has it (falcosidekick, or another tiercel?)'
      : error.code === 'EACCES'
        ? '; this user may not: ports below 1024 need CAP_NET_BIND_SERVICE, sockets a folder that can be written to'
        : error.code === 'EADDRNOTAVAIL'
          ? '; this machine does not have the address'
          : '';
  return new Error(`cannot listen at ${where}: ${error.code ?? error.message}${hint}`, { cause: error });
}

/** Listens at an address. Throws what `listenError` makes of an error. */
export function listenAt(server: Server, address: ListenAddress): Promise<void> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, addressText(address))));
    server.listen({ port, ...(host !== undefined && { host }) }, resolve);
  });
}

/** The port that a listening server got. */
export const portOf = (address: string | AddressInfo | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0;
