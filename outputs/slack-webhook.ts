/** Slack's client, for whoever loads it when it is needed: of a bundled CommonJS module, `import()` gives no names. */
export { IncomingWebhook, type IncomingWebhookSendArguments } from '@slack/webhook';
