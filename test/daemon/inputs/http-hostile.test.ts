import { expect } from 'chai';
import fc from 'fast-check';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { http } from '../../../daemon/inputs/http.ts';
import type { HttpInput } from '../../../daemon/inputs/http/server.ts';
import { FakeSink, fakeContext, falcoAlert } from './fakes.ts';

/** `HOSTILE_BODIES=100000` sends so many. */
const BODIES = Number(process.env['HOSTILE_BODIES'] ?? 400);

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

const sending = fc.record({
  body,
  packed: fc.constantFrom('none', 'gzip', 'deflate', 'said only', 'cut'),
  chunks: fc.integer({ min: 1, max: 3 }),
});

/** What is sent, and the headers that go with it. */
function pack(bytes: Buffer, packed: string): { sent: Buffer; headers: Record<string, string> } {
  const gzip = { 'content-encoding': 'gzip' };
  if (packed === 'gzip') return { sent: gzipSync(bytes), headers: gzip };
  if (packed === 'deflate') return { sent: deflateSync(bytes), headers: { 'content-encoding': 'deflate' } };
  if (packed === 'said only') return { sent: bytes, headers: gzip };
  if (packed === 'cut') return { sent: gzipSync(bytes).subarray(0, -5), headers: gzip };
  return { sent: bytes, headers: {} };
}

describe('the HTTP input and hostile bodies', () => {
  let input: HttpInput;
  let sink: FakeSink;
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  before(async () => {
    sink = new FakeSink();
    const settings = { listen: '127.0.0.1:0', max_request_bytes: '4KiB', max_alert_bytes: '1KiB' };
    input = (await http.open(http.config.parse(settings), fakeContext())) as HttpInput;
    await input.start(sink);
  });
  after(async () => {
    agent.destroy();
    await input.stop();
  });

  function send(
    bytes: Buffer,
    headers: Record<string, string>,
    chunks: number,
  ): Promise<{ status: number; text: string; headers: IncomingHttpHeaders }> {
    return new Promise((resolve, reject) => {
      const all = { agent, host: '127.0.0.1', port: input.port, method: 'POST', path: '/' };
      const request = httpRequest({
        ...all,
        headers: chunks === 1 ? { ...headers, 'content-length': bytes.length } : headers,
      });
      request.on('error', reject);
      request.on('response', (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (part: string) => (answer += part));
        response.on('end', () =>
          resolve({ status: response.statusCode!, text: answer, headers: response.headers }),
        );
      });
      const step = Math.ceil(bytes.length / chunks);
      for (let at = 0; at < bytes.length; at += step) request.write(bytes.subarray(at, at + step));
      request.end();
    });
  }

  it(`answers each of ${BODIES}: with 200 for alerts that are all taken, or with what is wrong`, async function () {
    this.timeout(0);
    await fc.assert(
      fc.asyncProperty(sending, async ({ body: bytes, packed, chunks }) => {
        const before = sink.alerts.length;
        const { sent, headers } = pack(bytes, packed);
        const { status, text: answer } = await send(sent, headers, chunks);
        const taken = sink.alerts.length - before;
        if (status === 200) {
          expect(answer).to.equal('');
          return;
        }
        expect(status).to.be.oneOf([400, 413]);
        const { error, accepted = 0 } = JSON.parse(answer) as { error: string; accepted?: number };
        expect(error).to.be.a('string').that.is.not.empty;
        expect(accepted).to.equal(taken);
      }),
      { numRuns: BODIES },
    );
    // It still works, holds nothing, and every alert that it took can be read again.
    expect((await send(Buffer.from(falcoAlert('end')), {}, 1)).status).to.equal(200);
    expect(sink.rules.at(-1)).to.equal('end');
    for (const { json } of sink.alerts) expect(JSON.parse(json)).to.be.an('object');
  });
});
