/** Types of settings that several outputs share. Each tells in its description how it is written; JSON Schema and the reference page take it from there. */
import * as z from 'zod';

// Few settings are read, once: code that is written for that takes longer than it saves.
z.config({ jitless: true });

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000,
}; // prettier-ignore

const BYTES: Readonly<Record<string, number>> = {
  '': 1, B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12,
  KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40, k: 2 ** 10, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40,
}; // prettier-ignore

/** Milliseconds of `500ms`, `10s`, `1h30m`; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g))
    sum += Number(number) * MILLISECONDS[unit!]!;
  return Number.isSafeInteger(Math.round(sum)) ? Math.round(sum) : undefined;
}

/** Bytes of `65536`, `100MB`, `1.5GiB`; undefined if it is none. */
export function parseSize(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const factor = unit === undefined ? undefined : BYTES[unit];
  const bytes = factor === undefined ? NaN : Math.floor(Number(number) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Alerts per time of `10/s`, `100/5m`. */
export interface Rate {
  readonly count: number;
  /** Milliseconds. */
  readonly per: number;
}

/** The rate that a text means; undefined if it is none. */
export function parseRate(text: string): Rate | undefined {
  const [, count, amount, unit] = /^([1-9]\d*) ?\/ ?(\d*)(ms|[smhd])$/.exec(text) ?? [];
  if (unit === undefined) return undefined;
  const per = (amount === '' ? 1 : Number(amount)) * MILLISECONDS[unit]!;
  return per > 0 && Number.isSafeInteger(per) ? { count: Number(count), per } : undefined;
}

/** A setting that is text (or a number) in the file and something else in the program. */
const written = <T>(parse: (text: string) => T | undefined, expected: string) =>
  z.union([z.string(), z.number()]).transform((value, context): T => {
    const read = parse(String(value));
    if (read !== undefined) return read;
    context.addIssue({ code: 'custom', message: `expected ${expected}, found ${JSON.stringify(value)}` });
    return z.NEVER;
  });

/** A time span: `500ms`, `10s`, `5m`, `1h30m`, `7d`; milliseconds in the program. */
export const duration = written(parseDuration, 'a time span such as 500ms, 10s, 5m, 1h30m or 7d');

/** An amount of bytes: `65536`, `100MB`, `1GiB`; a number in the program. */
export const size = written(parseSize, 'an amount of bytes such as 65536, 100MB or 1GiB');

/** A rate: `10/s`, `100/5m`. */
export const rate = written(parseRate, 'a rate such as 10/s, 300/m or 100/5m');

/** An address for HTTP. */
export const httpUrl = z
  .string()
  .refine(isHttpUrl, 'expected an address that begins with http:// or https://');

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** Names and values of headers. */
export const headers = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header'),
    z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'expected text without line breaks'),
  )
  .default({});

/** How a TLS server is trusted and how this side shows who it is. */
export const tls = z
  .strictObject({
    ca: z
      .string()
      .optional()
      .describe(
        'File with the certificates (PEM) that the server is checked against, instead of those that Node.js brings',
      ),
    cert: z.string().optional().describe('File with the certificate (PEM) that this side shows'),
    key: z.string().optional().describe('File with the key (PEM) of `cert`'),
    insecure: z.boolean().default(false).describe('Trust any certificate'),
    server_name: z
      .string()
      .optional()
      .describe('Name that the certificate must be for, if not that of the address'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'cert and key come together');
export type TlsSettings = z.output<typeof tls>;
