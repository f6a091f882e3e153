import { GrpcInput } from './grpc/client.ts';
import { grpcSettings } from './grpc/settings.ts';
import { defineInput } from './input.ts';

export const grpc = defineInput({
  kind: 'grpc',
  summary: 'Asks Falco 0.24 to 0.43 for its alerts (`grpc_output`). Falco 0.44 has no gRPC any more.',
  config: grpcSettings,
  secrets: [],
  example: { address: 'unix:///run/falco/falco.sock' },
  notes: `Falco's gRPC output is deprecated since 0.43 and gone since 0.44; use \`kind: http\` or \`kind: file\` there. tiercel connects again for ever, after 0.5 s to 30 s.

Falco keeps alerts in memory until somebody asks, and forgets them when it has given them: nothing is lost while tiercel restarts, but what is under way when tiercel is killed or the connection
breaks is. Of several clients, each gets a part of the alerts. When the queue is full, Falco is not asked.

With \`json_output: true\` in falco.yaml, alerts are those that Falco prints. Without it, fields come as text, and are read as numbers or booleans where Falco's fields are; lists are not
given by Falco.`,
  open: async (config, context) => new GrpcInput(config, context),
});
