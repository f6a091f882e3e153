import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { HttpClient, httpSettings } from '../http.ts';
import { batchId, defineOutput, eachInTurn, type Delivery } from '../output.ts';
import { httpUrl } from '../settings.ts';

/** Any address that takes alerts by HTTP. */
export const http = defineOutput({
  kind: 'http',
  aliases: ['webhook'],
  summary: 'Sends alerts to an address of your own (a webhook) by HTTP.',
  config: z.strictObject({
    url: httpUrl.describe('Where to'),
    method: z.enum(['POST', 'PUT', 'PATCH']).default('POST').describe('How'),
    content_type: z
      .string()
      .default('application/json')
      .describe('`Content-Type`; with one of JSON, values in templates are escaped for strings of JSON'),
    body: z
      .enum(['alert', 'array', 'lines'])
      .default('alert')
      .describe(
        'What one request holds: an alert, a JSON array of them, or one in each line (NDJSON); the last two with `batch.max`',
      ),
    signature: z
      .strictObject({
        secret: z.string().min(1).describe('Key of the HMAC'),
        header: z.string().default('X-Tiercel-Signature').describe('Header of the signature'),
      })
      .optional()
      .describe('Sign the body (before compression): `sha256=` and the HMAC-SHA-256 in hexadecimal digits'),
    ...httpSettings,
  }),
  secrets: ['url', 'headers', 'signature'],
  batch: { max: 1 },
  concurrency: 32,
  format: 'json',
  escape: ({ content_type: type }) => (/json/i.test(type) ? 'json' : 'none'),
  example: { url: 'https://hooks.example.org/falco', headers: { Authorization: 'Bearer ${env:HOOK_TOKEN}' } },
  notes:
    'Delivered is what is answered with a status from 200 to 299. `Idempotency-Key` is the id of the alert (of several, a hash of their ids): a request that comes twice has the same. Up to 32 requests are under way at the same time, so that alerts may change places; `concurrency: 1` keeps their order.',
  async open({ url, method, content_type: type, body, signature, ...settings }, place) {
    const client = new HttpClient(settings, place);
    const sent = body === 'lines' && type === 'application/json' ? 'application/x-ndjson' : type;
    const send = async (batch: readonly Delivery[], content: string, signal: AbortSignal): Promise<void> => {
      const headers: Record<string, string> = { 'content-type': sent, 'idempotency-key': batchId(batch) };
      if (signature !== undefined)
        headers[signature.header.toLowerCase()] =
          `sha256=${createHmac('sha256', signature.secret).update(content).digest('hex')}`;
      await client.send({ method, url, headers, body: content, signal });
    };
    return {
      async send(batch, { signal }) {
        if (body === 'alert') return eachInTurn(batch, (one) => send([one], one.text(), signal));
        await send(
          batch,
          body === 'array' ? jsonArray(batch) : batch.map(({ text }) => `${text()}\n`).join(''),
          signal,
        );
      },
      async close() {
        client.close();
      },
    };
  },
});

/** Texts that are JSON stand in the array as they are, others as strings. */
function jsonArray(batch: readonly Delivery[]): string {
  return `[${batch.map(({ text }) => asJson(text())).join(',')}]`;
}

function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
