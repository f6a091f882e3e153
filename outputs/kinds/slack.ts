import * as z from 'zod';
import { HttpClient, httpSettings } from '../http.ts';
import { defineOutput, eachInTurn, SendError, sendError, type Delivery } from '../output.ts';
import { COLOURS, mostSevere } from '../severity.ts';
import { httpUrl } from '../settings.ts';
import type { IncomingWebhookSendArguments } from '../slack-webhook.ts';
import { ESCAPES, valueText } from '../template.ts';

/** A channel of Slack. */
export const slack = defineOutput({
  kind: 'slack',
  summary: 'Posts alerts to Slack through an incoming webhook.',
  config: z.strictObject({
    webhook_url: httpUrl.describe('Address of the incoming webhook, which is a secret'),
    channel: z
      .string()
      .optional()
      .describe('Channel, where the webhook lets one choose (`#security`); routes may set their own'),
    username: z
      .string()
      .optional()
      .describe('Name that messages come from, where the webhook lets one choose'),
    icon_emoji: z.string().optional().describe('Picture of the sender: `:eagle:`'),
    layout: z
      .enum(['blocks', 'text'])
      .default('blocks')
      .describe(
        '`blocks`: a title in the colour of the priority, the text, and fields; `text`: the text alone. Routes may set their own',
      ),
    fields: z
      .array(z.string())
      .optional()
      .describe('Fields that blocks show, ten at most; the first ten of the alert if left away'),
    proxy: httpSettings.proxy,
    tls: httpSettings.tls,
  }),
  secrets: ['webhook_url'],
  batch: { max: 50 },
  format: 'text',
  escape: () => 'slack',
  perRoute: ['channel', 'layout'],
  example: { webhook_url: '${env:SLACK_WEBHOOK}', channel: '#security' },
  notes:
    'Delivered is what Slack has answered with `ok`. What a route gathered (`group`) is one message. Slack knows no ids: after a lost answer a message may come twice.',
  async open({ webhook_url: url, channel, username, icon_emoji, layout, fields, ...settings }, place) {
    const { IncomingWebhook } = await import('../slack-webhook.ts');
    const client = new HttpClient(settings, place);
    return {
      async send(batch, { signal }) {
        const webhook = new IncomingWebhook(url, {
          fetch: fetchThrough(client, signal),
          retryConfig: { retries: 0 },
        });
        const post = async (message: Message): Promise<void> => {
          const { route } = message.deliveries[0]!;
          const chosen = { channel, layout, ...route.settings };
          const content =
            chosen.layout === 'text'
              ? { text: textOf(message.deliveries) }
              : blocksOf(message.deliveries, fields);
          const sender = { channel: chosen.channel, username, icon_emoji };
          try {
            await webhook.send({ ...defined(sender), ...content });
          } catch (error) {
            throw ownError(error);
          }
        };
        await eachInTurn(messagesOf(batch), post, ({ indexes }) => indexes);
      },
      async close() {
        client.close();
      },
    };
  },
});

/** Alerts of one message, with their places in the batch. */
interface Message {
  readonly deliveries: Delivery[];
  readonly indexes: number[];
}

/** What belongs to the same group and goes to the same place is one message. */
function messagesOf(batch: readonly Delivery[]): Message[] {
  const messages: Message[] = [];
  const byGroup = new Map<string, Message>();
  for (const [index, delivery] of batch.entries()) {
    const { group, settings, template, format } = delivery.route;
    const key = group === undefined ? undefined : JSON.stringify([group, settings, template, format]);
    let message = key === undefined ? undefined : byGroup.get(key);
    if (message === undefined) {
      message = { deliveries: [], indexes: [] };
      messages.push(message);
      if (key !== undefined) byGroup.set(key, message);
    }
    message.deliveries.push(delivery);
    message.indexes.push(index);
  }
  return messages;
}

/** The client's way out is ours: kept connections, proxies, certificates, and failures of our own. */
function fetchThrough(client: HttpClient, signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const headers = Object.fromEntries(new Headers(init?.headers));
    const { status, body } = await client.send({
      url: String(input),
      headers,
      body: String(init?.body),
      signal,
    });
    return new Response(body, { status });
  };
}

function ownError(error: unknown): Error {
  for (let at: unknown = error; at instanceof Error; at = at.cause ?? (at as { original?: unknown }).original)
    if (at instanceof SendError) return at;
  return sendError('server', (error as Error).message, { cause: error });
}

type Content = Pick<IncomingWebhookSendArguments, 'text' | 'attachments'>;

/** Slack cuts messages, sections and fields itself, at more than these, or refuses them. */
const MAX_TEXT = 3000;
const MAX_FIELD = 1900;
const MAX_FIELDS = 10;
/** Alerts of a group that are shown. */
const MAX_SHOWN = 10;

function textOf(deliveries: readonly Delivery[]): string {
  const shown = deliveries.slice(0, MAX_SHOWN).map(({ text }) => cut(text(), MAX_TEXT));
  return [...shown, ...more(deliveries)].join('\n');
}

const more = (deliveries: readonly Delivery[]): string[] =>
  deliveries.length > MAX_SHOWN ? [`… and ${deliveries.length - MAX_SHOWN} more`] : [];

function blocksOf(deliveries: readonly Delivery[], names: readonly string[] | undefined): Content {
  const [{ alert }] = deliveries as [Delivery, ...Delivery[]];
  const priority = mostSevere(deliveries);
  const several = deliveries.length > 1;
  const count = several ? `${deliveries.length} alerts: ` : '';
  const title = `${count}${ESCAPES.slack(alert.rule || 'Alert')}`;
  const shown = several ? groupSections(deliveries) : [section(cut(deliveries[0]!.text(), MAX_TEXT))];
  const fields = several ? [] : fieldsOf(alert.fields, names);
  const blocks = [
    section(`*${priority}* · *${cut(title, 200)}*`),
    ...shown,
    ...(fields.length === 0 ? [] : [{ type: 'section', fields }]),
    { type: 'context', elements: [markdown(cut(ESCAPES.slack(contextOf(deliveries)), MAX_FIELD))] },
  ];
  return {
    // What notifications show.
    text: `${priority}: ${cut(title, 200)}`,
    attachments: [{ color: COLOURS[priority], blocks: blocks as never }],
  };
}

function groupSections(deliveries: readonly Delivery[]): object[] {
  const shown = deliveries.slice(0, MAX_SHOWN).map(({ text }) => section(cut(text(), MAX_TEXT / MAX_SHOWN)));
  return [...shown, ...more(deliveries).map(section)];
}

const markdown = (text: string) => ({ type: 'mrkdwn', text });
/** Slack refuses empty ones. */
const section = (text: string) => ({ type: 'section', text: markdown(text || ' ') });

function fieldsOf(fields: ReadonlyMap<string, unknown>, names: readonly string[] | undefined): object[] {
  const wanted = names ?? [...fields.keys()].filter((name) => fields.get(name) !== null);
  return wanted.slice(0, MAX_FIELDS).map((name) => {
    const value = ESCAPES.slack(valueText(fields.get(name) as never));
    return markdown(`*${ESCAPES.slack(name)}*\n${cut(value, MAX_FIELD)}`);
  });
}

function contextOf(deliveries: readonly Delivery[]): string {
  const { time, source, hostname, tags } = deliveries[0]!.alert;
  return [time, source, hostname, tags.join(' ')].filter((text) => text !== '').join(' · ');
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/&[a-z]*$/, '')}…`;

const defined = <T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
