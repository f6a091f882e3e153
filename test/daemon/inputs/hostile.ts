/** Requests to the HTTP input that mean no good: alerts that are damaged, cut, packed wrong, and what is none. */
import fc from 'fast-check';
import { deflateSync, gzipSync } from 'node:zlib';
import { falcoAlert } from './fakes.ts';

const alert = fc.record({ rule: fc.string(), more: fc.dictionary(fc.string(), fc.jsonValue()) });
const alertText = alert.map(({ rule, more }) => falcoAlert(rule || 'r', { output_fields: more }));

/** Bytes of a text, with some of them changed, cut out or doubled. */
const damaged = (text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      text,
      fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('change', 'cut', 'double')), { maxLength: 4 }),
    )
    .map(([source, wounds]) => {
      let bytes = Buffer.from(source);
      for (const [where, byte, how] of wounds) {
        if (bytes.length === 0) break;
        const at = where % bytes.length;
        if (how === 'change') bytes[at] = byte;
        else if (how === 'cut')
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (byte % 16))]);
        else bytes = Buffer.concat([bytes.subarray(0, at + 1), bytes.subarray(Math.max(0, at - byte))]);
      }
      return bytes;
    });

const text = fc.oneof(
  alertText,
  fc.array(alertText, { maxLength: 4 }).map((all) => all.join('\n')),
  fc.array(alertText, { maxLength: 4 }).map((all) => `[${all.join(',')}]`),
  fc.array(fc.oneof(alertText, fc.json(), fc.string()), { maxLength: 4 }).map((all) => all.join('\n')),
  fc.array(fc.oneof(alertText, fc.json()), { maxLength: 4 }).map((all) => `[${all.join(',')}]`),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.nat(40).map((depth) => `${'[{"a":'.repeat(depth)}1`),
  fc.constantFrom(
    '{',
    '[',
    '[,]',
    '[[',
    '"',
    '\\',
    '[{"',
    '\u0000',
    '\ufeff',
    '[\ufeff]',
    '{}\n{}',
    '[{}]',
    'null',
  ),
);

const body = fc.oneof(
  damaged(text),
  text.map(Buffer.from),
  fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
);

/** A request that means no good. */
export interface HostileRequest {
  readonly body: Buffer;
  /** How it is compressed, or said to be. */
  readonly packing: string;
  /** Pieces that the body is sent in; 1 has a `Content-Length`. */
  readonly chunks: number;
}

export const hostileRequest: fc.Arbitrary<HostileRequest> = fc.record({
  body,
  packing: fc.constantFrom('none', 'gzip', 'deflate', 'said only', 'cut'),
  chunks: fc.integer({ min: 1, max: 3 }),
});

/** What is sent, and the headers that go with it. */
export function packed({ body: bytes, packing }: HostileRequest): {
  readonly sent: Buffer;
  readonly headers: Readonly<Record<string, string>>;
} {
  const gzip = { 'content-encoding': 'gzip' };
  if (packing === 'gzip') return { sent: gzipSync(bytes), headers: gzip };
  if (packing === 'deflate') return { sent: deflateSync(bytes), headers: { 'content-encoding': 'deflate' } };
  if (packing === 'said only') return { sent: bytes, headers: gzip };
  if (packing === 'cut') return { sent: gzipSync(bytes).subarray(0, -5), headers: gzip };
  return { sent: bytes, headers: {} };
}
