import * as z from 'zod';
import { alertId } from '../alert.ts';
import { HttpClient, httpSettings } from '../http.ts';
import { defineOutput, sendError, type Delivery } from '../output.ts';
import { httpUrl } from '../settings.ts';

/** Another tiercel: what it has answered for is on its disk. */
export const forward = defineOutput({
  kind: 'forward',
  summary:
    'Hands alerts to the HTTP input of another tiercel, which acknowledges each once it is on its disk.',
  config: z.strictObject({
    url: httpUrl.describe('Its HTTP input'),
    token: z.string().min(1).optional().describe('Sent as `Authorization: Bearer …`'),
    ...httpSettings,
    gzip: httpSettings.gzip.default(true),
  }),
  secrets: ['token', 'headers'],
  batch: { max: 500 },
  example: { url: 'https://tiercel.example.org:2801/', token: '${file:/etc/tiercel/token}' },
  notes:
    'Delivered is what is answered with 2xx and named in the answer: `{"ids": ["…"]}`. Both sides make the same id of the same alert, so one that comes twice is recognised.',
  async open({ url, token, ...settings }, place) {
    const client = new HttpClient(settings, place);
    const headers = {
      'content-type': 'application/x-ndjson',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    return {
      async send(batch, { signal }) {
        const body = batch.map(({ alert }) => `${alert.json}\n`).join('');
        const { body: answer, status } = await client.send({ url, headers, body, signal });
        const taken = acknowledged(answer);
        if (taken === undefined)
          throw sendError(
            'client',
            `${new URL(url).origin}: answered ${status}, but without the ids of the alerts: is this the HTTP input of tiercel?`,
          );
        const failed = batch.flatMap((delivery, index) => (isTaken(delivery, taken) ? [] : [index]));
        if (failed.length > 0)
          throw sendError(
            'server',
            `${new URL(url).origin}: took ${batch.length - failed.length} of ${batch.length} alerts`,
            { failed },
          );
      },
      async close() {
        client.close();
      },
    };
  },
});

/** The ids in an answer; undefined if it is none of tiercel's. */
function acknowledged(answer: string): ReadonlySet<string> | undefined {
  try {
    const { ids } = JSON.parse(answer) as { ids?: unknown };
    return Array.isArray(ids) ? new Set(ids.map(String)) : undefined;
  } catch {
    return undefined;
  }
}

/** A route may have changed an alert: the other side knows only what it got. */
const isTaken = ({ alert }: Delivery, taken: ReadonlySet<string>): boolean =>
  taken.has(alert.id) || taken.has(alertId(alert.json));
