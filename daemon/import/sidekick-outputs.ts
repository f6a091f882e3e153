/** Every output of falcosidekick: what it becomes here, or why it stays behind. */
import { fromGoTemplate } from './go-template.ts';
import type { SidekickBlock } from './sidekick-block.ts';

/** Settings of an output in tiercel.yaml, but for its name. */
export type OutputTree = Readonly<Record<string, unknown>> & { readonly kind: string };

/** An output of falcosidekick. */
export interface SidekickOutput {
  /** Key of its settings: `slack`, `aws.s3`. */
  readonly block: string;
  readonly title: string;
  /** The settings without which falcosidekick leaves it out. */
  readonly enabledBy: readonly string[];
  /** What it becomes; undefined if something that it needs has no counterpart, which is then among what is left. */
  readonly make?: (block: SidekickBlock) => OutputTree | undefined;
  /** Why there is no counterpart. */
  readonly why?: string;
}

const NO_OUTPUT = 'tiercel has no output for it; one of kind http or program can hand alerts to what does';

const over = (block: SidekickBlock) => ({ ...block.concurrency(), ...block.tls() });

/** Puts a path behind an address. */
const at = (address: string, path: string): string => `${address.replace(/\/+$/, '')}${path}`;

/** HTTP with the alert's JSON as it is. */
function jsonTo(
  block: SidekickBlock,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): OutputTree {
  const all = { ...headers, ...block.headers() };
  return { kind: 'http', url, ...(Object.keys(all).length > 0 && { headers: all }), ...over(block) };
}

/** User and password as a header; of a secret in the environment none can be made here. */
function basicHeaders(block: SidekickBlock, user: string, password: string): Record<string, string> {
  const [name, word] = [block.read(user)?.text, block.read(password)];
  if (name === undefined || word === undefined) return {};
  if (word.env === undefined)
    return { Authorization: `Basic ${Buffer.from(`${name}:${word.text}`).toString('base64')}` };
  const variable = `${block.name.toUpperCase().replaceAll('.', '_')}_AUTHORIZATION`;
  block.lack(
    password,
    `set ${variable} to "Basic " and the Base64 of user:password, which HTTP wants in one`,
  );
  return { Authorization: `\${env:${variable}}` };
}

/** A webhook for people: a text in a JSON object of its own form. */
function chat(block: SidekickBlock, body: (text: string) => unknown, title: string): OutputTree | undefined {
  const url = block.secret('webhookurl');
  if (url === undefined) return undefined;
  const text = message(block);
  block.note('webhookurl', `${title} gets the text of the alert, without falcosidekick's table of fields`);
  for (const key of ['icon', 'username', 'footer', 'activityimage', 'useemoji'])
    block.leave(key, 'the text is sent without it', ['falcosidekick', 'false']);
  block.leave('outputformat', 'the text is sent, whatever it says', ['all', 'text']);
  return { kind: 'http', url, template: JSON.stringify(body(text)), ...over(block) };
}

/** `messageformat`, or Falco's line. */
function message(block: SidekickBlock): string {
  const format = block.text('messageformat');
  if (format === undefined) return '%output';
  const template = fromGoTemplate(format);
  if (template === undefined)
    block.leave(
      'messageformat',
      "not every part of this Go template has a counterpart in Falco's output language",
    );
  return template === undefined ? '%output' : `${template} %output`;
}

function slack(block: SidekickBlock): OutputTree | undefined {
  const url = block.secret('webhookurl');
  const [channel, username, icon, format] = ['channel', 'username', 'icon', 'outputformat'].map((key) =>
    block.text(key),
  );
  const template = block.text('messageformat') === undefined ? undefined : message(block);
  block.leave('footer', 'messages of tiercel have none');
  const emoji = icon !== undefined && /^:[^:]+:$/.test(icon) ? icon : undefined;
  if (emoji === undefined)
    block.leave('icon', 'only an emoji such as :eagle: can be the picture of the sender');
  block.leave('outputformat', 'blocks always have the text', ['all', 'text']);
  return {
    kind: 'slack',
    webhook_url: url,
    ...(channel !== undefined && { channel }),
    ...(username !== undefined && { username }),
    ...(emoji !== undefined && { icon_emoji: emoji }),
    ...(format?.toLowerCase() === 'text' && { layout: 'text' }),
    ...(template !== undefined && { template }),
    ...over(block),
  };
}

function alertmanager(block: SidekickBlock): OutputTree {
  const url = block.list('hostport');
  const expires = block.number('expiresafter') ?? 0;
  const headers = block.headers();
  const labels = block.map('extralabels');
  const severities = block.map('customseveritymap');
  block.leave('endpoint', 'alerts go to /api/v2/alerts', ['/api/v1/alerts', '/api/v2/alerts']);
  block.leave('extraannotations', 'annotations are the fields of the alert (`annotations`)');
  block.leave('dropeventdefaultpriority', 'alerts about drops keep their priority', ['critical']);
  block.leave('dropeventthresholds', 'alerts about drops keep their priority', [
    '10000:critical, 1000:critical, 100:critical, 10:warning, 1:warning',
    '10000:critical,1000:critical,100:critical,10:warning,1:warning',
  ]);
  block.note(
    'hostport',
    'labels are few and stable, so that Alertmanager can group; falcosidekick made a label of each field',
  );
  return {
    kind: 'alertmanager',
    url: url.length === 1 ? url[0] : url,
    ...(expires > 0 && { expires_after: `${expires}s` }),
    ...(Object.keys(labels).length > 0 && { extra_labels: labels }),
    ...(Object.keys(severities).length > 0 && { severities }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...over(block),
  };
}

function smtp(block: SidekickBlock): OutputTree | undefined {
  const [, host = '', port = ''] = /^(.*?):(\d+)$/.exec(block.text('hostport') ?? '') ?? [];
  const [from, to] = [block.text('from'), block.list('to')];
  if (host === '' || from === undefined || to.length === 0) {
    block.left.push({ key: block.name, text: 'needs hostport (with a port), from and to' });
    return undefined;
  }
  const user = block.text('user');
  const mechanism = block.text('authmechanism')?.toLowerCase();
  const logsIn = mechanism !== 'none' && mechanism !== 'anonymous' && user !== undefined;
  const password = block.secret('password');
  block.leave('authmechanism', 'tiercel logs in with a user and a password only', [
    'plain',
    'none',
    'anonymous',
  ]);
  for (const key of ['token', 'identity', 'trace'])
    block.leave(key, 'belongs to a way to log in that tiercel lacks');
  block.text('outputformat');
  return {
    kind: 'smtp',
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
    security: block.flag('tls') === false ? 'none' : 'starttls',
    ...(logsIn && { username: user, ...(password !== undefined && { password }) }),
    from,
    to,
    ...over(block),
  };
}

function syslog(block: SidekickBlock): OutputTree {
  const host = block.text('host') ?? '';
  const protocol = block.text('protocol')?.toLowerCase() === 'tcp' ? 'tcp' : 'udp';
  const format = block.text('format')?.toLowerCase();
  block.note('host', 'messages have the facility user (falcosidekick: kern)');
  return {
    kind: 'syslog',
    address: `${protocol}://${host.includes(':') ? `[${host}]` : host}:${block.number('port') ?? 514}`,
    ...(format === 'cef' ? { cef: true } : { format: 'json' }),
  };
}

function webhook(block: SidekickBlock): OutputTree {
  const method = block.text('method')?.toUpperCase();
  return { ...jsonTo(block, block.secret('address') ?? ''), ...(method === 'PUT' && { method }) };
}

function telegram(block: SidekickBlock): OutputTree {
  const thread = block.number('messagethreadid');
  const body = {
    chat_id: block.text('chatid'),
    ...(thread !== undefined && { message_thread_id: thread }),
    text: '%output',
  };
  const host = at(block.text('host') ?? 'https://api.telegram.org', '');
  return {
    kind: 'http',
    url: `${host}/bot${block.secret('token') ?? ''}/sendMessage`,
    template: JSON.stringify(body),
    ...over(block),
  };
}

function gotify(block: SidekickBlock): OutputTree {
  block.leave('format', 'messages are plain text', ['plaintext', 'markdown']);
  return {
    kind: 'http',
    url: at(block.text('hostport') ?? '', '/message'),
    headers: { 'X-Gotify-Key': block.secret('token') ?? '' },
    template: JSON.stringify({ title: '[%priority] %rule', message: '%output', priority: 5 }),
    ...over(block),
  };
}

function grafanaOnCall(block: SidekickBlock): OutputTree {
  const body = { alert_uid: '%id', title: '[%priority] %rule', state: 'alerting', message: '%output' };
  return { ...jsonTo(block, block.secret('webhookurl') ?? ''), template: JSON.stringify(body) };
}

function openObserve(block: SidekickBlock): OutputTree {
  const path = `/api/${block.text('organizationname') ?? 'default'}/${block.text('streamname') ?? 'falco'}/_multi`;
  return jsonTo(block, at(block.text('hostport') ?? '', path), basicHeaders(block, 'username', 'password'));
}

function zincsearch(block: SidekickBlock): OutputTree {
  const path = `/api/${block.text('index') ?? 'falco'}/_doc`;
  return jsonTo(block, at(block.text('hostport') ?? '', path), basicHeaders(block, 'username', 'password'));
}

function quickwit(block: SidekickBlock): OutputTree {
  const endpoint = block.text('apiendpoint') ?? '/api/v1';
  block.leave('autocreateindex', 'make the index before', ['false']);
  block.text('version');
  const url = at(
    block.text('hostport') ?? '',
    `${at(endpoint, '')}/${block.text('index') ?? 'falco'}/ingest`,
  );
  return { ...jsonTo(block, url), body: 'lines' };
}

function sumologic(block: SidekickBlock): OutputTree {
  const headers = Object.fromEntries(
    [
      ['X-Sumo-Category', block.text('sourcecategory')],
      ['X-Sumo-Host', block.text('sourcehost')],
      ['X-Sumo-Name', block.text('name')],
    ].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
  return jsonTo(block, block.secret('receiverurl') ?? '', headers);
}

function n8n(block: SidekickBlock): OutputTree {
  const [name, value] = [block.text('headerauthname'), block.secret('headerauthvalue')];
  const login = basicHeaders(block, 'user', 'password');
  return jsonTo(block, block.secret('address') ?? '', {
    ...login,
    ...(name !== undefined && value !== undefined && { [name]: value }),
  });
}

const nodered = (block: SidekickBlock): OutputTree =>
  jsonTo(block, block.secret('address') ?? '', basicHeaders(block, 'user', 'password'));

const chatOutput = (block: string, title: string, body: (text: string) => unknown): SidekickOutput => ({
  block,
  title,
  enabledBy: ['webhookurl'],
  make: (settings) => chat(settings, body, title),
});

const textBody = (text: string) => ({ text });

const none = (
  block: string,
  title: string,
  enabledBy: readonly string[],
  why = NO_OUTPUT,
): SidekickOutput => ({
  block,
  title,
  enabledBy,
  why,
});

const METRICS = 'metrics of tiercel are at /metrics, for Prometheus';

/** All 71, as the documentation of falcosidekick groups them. */
export const SIDEKICK_OUTPUTS: readonly SidekickOutput[] = [
  { block: 'slack', title: 'Slack', enabledBy: ['webhookurl'], make: slack },
  chatOutput('rocketchat', 'Rocket.Chat', textBody),
  chatOutput('mattermost', 'Mattermost', textBody),
  chatOutput('teams', 'Microsoft Teams', (text) => ({
    '@type': 'MessageCard',
    '@context': 'http://schema.org/extensions',
    summary: '[%priority] %rule',
    text,
  })),
  chatOutput('webex', 'Webex', (markdown) => ({ markdown })),
  chatOutput('discord', 'Discord', (content) => ({ content })),
  chatOutput('googlechat', 'Google Chat', textBody),
  chatOutput('cliq', 'Zoho Cliq', textBody),
  { block: 'telegram', title: 'Telegram', enabledBy: ['token', 'chatid'], make: telegram },
  { block: 'gotify', title: 'Gotify', enabledBy: ['hostport'], make: gotify },
  none('datadog', 'Datadog events', ['apikey']),
  none('datadoglogs', 'Datadog logs', ['apikey']),
  none('influxdb', 'InfluxDB', ['hostport']),
  none('wavefront', 'Wavefront', ['endpointhost']),
  none('spyderbat', 'Spyderbat', ['orguid']),
  none('timescaledb', 'TimescaleDB', ['host']),
  none('dynatrace', 'Dynatrace', ['apitoken', 'apiurl']),
  none('statsd', 'StatsD', ['forwarder'], METRICS),
  none('dogstatsd', 'DogStatsD', ['forwarder'], METRICS),
  none('prometheus', 'Prometheus', ['extralabels'], `${METRICS}, with labels of their own`),
  none('otlp.metrics', 'OTLP metrics', ['endpoint'], METRICS),
  none('otlp.logs', 'OTLP logs', ['endpoint']),
  none('otlp.traces', 'OTLP traces', ['endpoint']),
  { block: 'alertmanager', title: 'Alertmanager', enabledBy: ['hostport'], make: alertmanager },
  none('opsgenie', 'Opsgenie', ['apikey']),
  none('pagerduty', 'PagerDuty', ['routingkey']),
  none('grafana', 'Grafana annotations', ['hostport']),
  { block: 'grafanaoncall', title: 'Grafana OnCall', enabledBy: ['webhookurl'], make: grafanaOnCall },
  none('elasticsearch', 'Elasticsearch', ['hostport']),
  { block: 'quickwit', title: 'Quickwit', enabledBy: ['hostport'], make: quickwit },
  none('loki', 'Loki', ['hostport']),
  none('aws.cloudwatchlogs', 'AWS CloudWatch Logs', ['loggroup']),
  { block: 'sumologic', title: 'Sumo Logic', enabledBy: ['receiverurl'], make: sumologic },
  { block: 'openobserve', title: 'OpenObserve', enabledBy: ['hostport'], make: openObserve },
  { block: 'zincsearch', title: 'Zincsearch', enabledBy: ['hostport'], make: zincsearch },
  none('logstash', 'Logstash', ['address']),
  { block: 'syslog', title: 'syslog', enabledBy: ['host'], make: syslog },
  none('splunk', 'Splunk', ['host']),
  none('aws.s3', 'AWS S3', ['bucket']),
  none('aws.securitylake', 'AWS Security Lake', ['bucket']),
  none('aws.lambda', 'AWS Lambda', ['functionname']),
  none('aws.sqs', 'AWS SQS', ['url']),
  none('aws.sns', 'AWS SNS', ['topicarn']),
  none('aws.kinesis', 'AWS Kinesis', ['streamname']),
  none('gcp.pubsub', 'GCP Pub/Sub', ['topic']),
  none('gcp.storage', 'GCP Storage', ['bucket']),
  none('gcp.cloudfunctions', 'GCP Cloud Functions', ['name']),
  none('gcp.cloudrun', 'GCP Cloud Run', ['endpoint']),
  none('gcp.chronicle', 'GCP Chronicle', ['projectid']),
  none('azure.eventhub', 'Azure Event Hub', ['name']),
  none('yandex.s3', 'Yandex S3', ['bucket']),
  none('yandex.datastreams', 'Yandex Data Streams', ['streamname']),
  none('kafka', 'Kafka', ['hostport']),
  none('kafkarest', 'Kafka REST', ['address']),
  none('nats', 'NATS', ['hostport']),
  none('stan', 'NATS Streaming', ['hostport']),
  none('rabbitmq', 'RabbitMQ', ['url']),
  none('mqtt', 'MQTT', ['broker']),
  none('redis', 'Redis', ['address']),
  none('cloudevents', 'CloudEvents (Knative)', ['address']),
  none('kubeless', 'Kubeless', ['function']),
  none('openfaas', 'OpenFaaS', ['functionname']),
  none('fission', 'Fission', ['function']),
  none('tekton', 'Tekton', ['eventlistener']),
  { block: 'webhook', title: 'webhook', enabledBy: ['address'], make: webhook },
  { block: 'nodered', title: 'Node-RED', enabledBy: ['address'], make: nodered },
  { block: 'n8n', title: 'n8n', enabledBy: ['address'], make: n8n },
  {
    block: 'talon',
    title: 'Falco Talon',
    enabledBy: ['address'],
    make: (block) => jsonTo(block, block.secret('address') ?? ''),
  },
  none('webui', 'falcosidekick-ui', ['url'], 'it takes alerts in a form of its own, from falcosidekick only'),
  { block: 'smtp', title: 'SMTP', enabledBy: ['hostport'], make: smtp },
  none('policyreport', 'PolicyReport', ['enabled']),
];
