import { Server, ServerCredentials, type ServerDuplexStream, type ServerWritableStream } from '@grpc/grpc-js';
import { OutputsService, type OutputsResponse } from '../../../daemon/inputs/grpc/schema.ts';

/** An alert as Falco's server gives it. */
export const response = (rule: string | number, more: Partial<OutputsResponse> = {}): OutputsResponse => ({
  time: { seconds: '1769862896', nanos: 123_456_789 },
  priority: 4,
  source_deprecated: 0,
  rule: String(rule),
  output: `12:34:56.123456789: Warning ${rule}`,
  output_fields: { 'proc.name': 'sh', 'evt.time': '1769862896123456789' },
  hostname: 'h',
  tags: ['a', 'b'],
  source: 'syscall',
  ...more,
});

/** Falco's server: one queue for all clients, drained by each request. */
export class FakeFalco {
  readonly queue: OutputsResponse[] = [];
  readonly server = new Server();
  requests = 0;
  calls = 0;
  readonly streams: ServerDuplexStream<object, OutputsResponse>[] = [];
  port = 0;

  constructor() {
    this.server.addService(OutputsService.service, {
      sub: (call: ServerDuplexStream<object, OutputsResponse>) => {
        this.calls++;
        this.streams.push(call);
        call.on('data', () => {
          this.requests++;
          for (const alert of this.queue.splice(0)) call.write(alert);
        });
        call.on('end', () => call.end());
        call.on('error', () => undefined);
      },
      get: (call: ServerWritableStream<object, OutputsResponse>) => {
        this.calls++;
        for (const alert of this.queue.splice(0)) call.write(alert);
        call.end();
      },
    });
  }

  async listen(address: string, credentials = ServerCredentials.createInsecure()): Promise<void> {
    this.port = await new Promise((resolve, reject) =>
      this.server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port))),
    );
  }
}
