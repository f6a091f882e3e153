import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type InputType, type ZlibOptions } from 'node:zlib';
import { Refusal } from './refusal.ts';

/** Bytes of requests that are in memory, over all connections. */
export class PendingBytes {
  readonly #most: number;
  #bytes = 0;
  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Throws a `Refusal` if that would be too much. */
  add(bytes: number): void {
    if (this.#bytes + bytes > this.#most)
      throw new Refusal(503, 'too much is under way; try again', {}, { 'retry-after': '1' });
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** Thrown when the client went before it had sent all. */
export class Gone extends Error {}

const tooLarge = (most: number): Refusal =>
  new Refusal(413, `a request of more than ${most} bytes`, { limit: most });

/** Throws a `Refusal` for what need not be read. */
export function checkHeaders({ headers }: IncomingMessage, most: number): void {
  if (Number(headers['content-length'] ?? 0) > most) throw tooLarge(most);
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && !INFLATE.has(encoding.trim().toLowerCase()))
    throw new Refusal(
      415,
      'the content-encoding is none of gzip, deflate, br',
      {},
      { 'accept-encoding': 'gzip, deflate, br' },
    );
}

/** Reads a body as it was sent, of at most `most` bytes. `add` is told of each piece, and may throw. */
export function collectBody(
  request: IncomingMessage,
  most: number,
  add: (bytes: number) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const onData = (piece: Buffer): void => {
      bytes += piece.length;
      try {
        if (bytes > most) throw tooLarge(most);
        add(piece.length);
      } catch (error) {
        request.off('data', onData);
        pieces.length = 0;
        reject(error as Error);
        return;
      }
      pieces.push(piece);
    };
    const onGone = (): void => reject(new Gone());
    request.on('data', onData);
    request.once('end', () => {
      // The request closes in any case; an error that nobody sees costs more than the rest of this.
      request.off('close', onGone);
      resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    });
    request.once('error', onGone);
    request.once('close', onGone);
  });
}

type Inflate = (body: InputType, options: ZlibOptions) => Promise<Buffer>;

const INFLATE: ReadonlyMap<string, Inflate | undefined> = new Map([
  ['identity', undefined],
  ['gzip', promisify<InputType, ZlibOptions, Buffer>(gunzip)],
  ['x-gzip', promisify<InputType, ZlibOptions, Buffer>(gunzip)],
  ['deflate', promisify<InputType, ZlibOptions, Buffer>(inflate)],
  [
    'br',
    (body, { maxOutputLength }) => promisify(brotliDecompress)(body, { maxOutputLength: maxOutputLength! }),
  ],
]);

/** The body inflated as its header says, to at most `most` bytes; throws a `Refusal`. */
export async function inflateBody({ headers }: IncomingMessage, body: Buffer, most: number): Promise<Buffer> {
  const inflateAs = INFLATE.get(headers['content-encoding']?.trim().toLowerCase() ?? 'identity');
  if (inflateAs === undefined) return body;
  try {
    return await inflateAs(body, { maxOutputLength: most });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new Refusal(413, `a request of more than ${most} bytes when inflated`, { limit: most });
    throw new Refusal(400, `the body is not ${headers['content-encoding']}: ${(error as Error).message}`);
  }
}
