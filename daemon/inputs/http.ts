import { HttpInput } from './http/server.ts';
import { httpSettings } from './http/settings.ts';
import { defineInput } from './input.ts';

export const http = defineInput({
  kind: 'http',
  takesRecords: true,
  summary: "Listens for HTTP: Falco's `http_output`, whatever sends alerts to falcosidekick, or any program.",
  config: httpSettings,
  secrets: ['token', 'hmac_secret'],
  example: { listen: '0.0.0.0:2801', token: '${env:TIERCEL_TOKEN}' },
  notes: `\`POST /\` takes one alert, one alert per line, or a JSON list of alerts; \`Content-Encoding\` gzip, deflate and br are known. The answer is

| status | meaning |
|---|---|
| 200 | all alerts are on disk |
| 400 | something is no alert; the JSON says what and where, and how many of the others were \`accepted\`: do not send it again |
| 401 | token or signature is missing or wrong |
| 404, 405 | nothing is at this path; alerts are sent with POST |
| 408, 413, 415, 431 | too slow, too long, an unknown encoding, headers too long |
| 429, 503 | too many requests, no room in the queue, or a disk that fails: send it again after \`Retry-After\` seconds |

An \`X-Request-Id\` is kept, or made, and stands in the answer and in the log. As in falcosidekick, \`/ping\` and \`/healthz\` answer without a token, and any request to
\`/test\` makes a test alert.

Falco's \`http_output\` does not look at the answer, and sends again only when there was none in time: when the queue is full (\`when_full: block\`), what Falco sends is lost to it. Where that must not
be, let Falco write a file and use \`kind: file\`.`,
  open: (config, context) => Promise.resolve(new HttpInput(config, context)),
});
