import type { Rate } from '../../../outputs/index.ts';

/** Clients that are remembered at most. */
const MOST_CLIENTS = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** Limits requests: of each client, and of all. A client that was quiet may send as many at once as it may in one span of its rate. */
export class RateLimit {
  readonly #perClient: Rate | undefined;
  readonly #total: Rate | undefined;
  readonly #clients = new Map<string, Bucket>();
  readonly #all: Bucket;

  constructor({ perClient, total }: { perClient?: Rate | undefined; total?: Rate | undefined }, now: number) {
    this.#perClient = perClient;
    this.#total = total;
    this.#all = { tokens: total?.count ?? 0, at: now };
  }

  /** Counts a request; undefined if it may pass, else the milliseconds after which the next may. `now` is in milliseconds. */
  take(address: string, now: number): number | undefined {
    const { bucket, rate } = this.#of(address, now);
    const wait = Math.max(missing(bucket, rate, now), missing(this.#all, this.#total, now));
    if (wait > 0) return wait;
    bucket.tokens--;
    this.#all.tokens--;
    return undefined;
  }

  #of(address: string, now: number): { bucket: Bucket; rate: Rate | undefined } {
    const rate = this.#perClient;
    if (rate === undefined) return { bucket: { tokens: 0, at: now }, rate };
    const client = clientOf(address);
    let bucket = this.#clients.get(client);
    if (bucket !== undefined) this.#clients.delete(client);
    else bucket = { tokens: rate.count, at: now };
    // The one who was quiet for longest stands first, and is forgotten first.
    this.#clients.set(client, bucket);
    if (this.#clients.size > MOST_CLIENTS) this.#clients.delete(this.#clients.keys().next().value!);
    return { bucket, rate };
  }
}

/** Milliseconds until a bucket has a token; fills it first with what its rate gave since the last time. */
function missing(bucket: Bucket, rate: Rate | undefined, now: number): number {
  if (rate === undefined) return 0;
  const perMs = rate.count / rate.per;
  bucket.tokens = Math.min(rate.count, bucket.tokens + Math.max(0, now - bucket.at) * perMs);
  bucket.at = now;
  return bucket.tokens >= 1 ? 0 : Math.ceil((1 - bucket.tokens) / perMs);
}

/** Who counts as one client: an IPv4 address, or the network of 64 bits of an IPv6 address, of which one host has them all. */
export function clientOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1]!;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0');
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':');
}
