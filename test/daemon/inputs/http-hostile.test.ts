import { expect } from 'chai';
import fc from 'fast-check';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { http } from '../../../daemon/inputs/http.ts';
import type { HttpInput } from '../../../daemon/inputs/http/server.ts';
import { FakeSink, fakeContext, falcoAlert } from './fakes.ts';
import { hostileRequest, packed } from './hostile.ts';

/** `HOSTILE_BODIES=100000` sends so many. */
const BODIES = Number(process.env['HOSTILE_BODIES'] ?? 400);

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
    headers: Readonly<Record<string, string>>,
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
      fc.asyncProperty(hostileRequest, async (request) => {
        const before = sink.alerts.length;
        const { sent, headers } = packed(request);
        const { status, text: answer } = await send(sent, headers, request.chunks);
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
