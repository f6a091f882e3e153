import { defineInput } from './input.ts';
import { WebSocketClient } from './websocket/client.ts';
import { WebSocketListener } from './websocket/server.ts';
import { webSocketSettings } from './websocket/settings.ts';

export const websocket = defineInput({
  kind: 'websocket',
  takesRecords: true,
  summary:
    'Takes alerts as WebSocket messages: from a server that it connects to, or from clients that connect to it.',
  config: webSocketSettings,
  secrets: ['token', 'headers', 'subscribe'],
  example: { url: 'wss://alerts.example.com/stream', token: '${env:STREAM_TOKEN}' },
  notes: `A message holds one alert, one in each line, or a JSON list of alerts. Nothing is answered, and so what is under way when a connection breaks or tiercel is killed is lost. When the queue
is full, connections rest, and their other sides have to wait. A connection that has ended is made again, for ever, after 0.5 s to 30 s.`,
  open: async (config, context) => {
    const { url, listen } = config;
    return url !== undefined
      ? new WebSocketClient(url, config, context)
      : new WebSocketListener(listen!, config, context);
  },
});
