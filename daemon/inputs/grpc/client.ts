import { readFileSync } from 'node:fs';
import { credentials, status, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import { Backoff, pause } from '../backoff.ts';
import { keepConnecting } from '../connecting.ts';
import { HealthRecord } from '../health.ts';
import type { AlertSink, Input, InputContext, InputHealth } from '../input.ts';
import { Intake } from '../intake.ts';
import { alertOfResponse } from './response.ts';
import { OutputsService, type OutputsResponse } from './schema.ts';
import type { GrpcSettings } from './settings.ts';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** Messages that are handed on together at most; nothing is read while there are more. */
const MOST_TOGETHER = 1000;

type Call = ClientReadableStream<OutputsResponse> | ClientDuplexStream<object, OutputsResponse>;

interface OutputsClient {
  sub(): ClientDuplexStream<object, OutputsResponse>;
  get(request: object): ClientReadableStream<OutputsResponse>;
  close(): void;
}

/** Asks Falco for its alerts, and connects again for ever. Falco gives those that it holds when it is asked, and so it is asked again and again, but only while the sink takes alerts. */
export class GrpcInput implements Input {
  readonly ended = new Promise<void>(() => undefined);
  readonly #settings: GrpcSettings;
  readonly #context: InputContext;
  readonly #credentials: ChannelCredentials;
  readonly #target: string;
  readonly #health: HealthRecord;
  readonly #stop = new AbortController();
  #call: Call | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(settings: GrpcSettings, context: InputContext) {
    this.#settings = settings;
    this.#context = context;
    this.#health = new HealthRecord(context.now);
    const { address, tls } = settings;
    const [, socket] = /^unix:(?:\/\/)?(.*)$/.exec(address) ?? [];
    this.#target = socket === undefined ? address : `unix:${context.path(socket)}`;
    const read = (path: string): Buffer => readFileSync(context.path(path));
    this.#credentials =
      tls === undefined
        ? credentials.createInsecure()
        : credentials.createSsl(read(tls.ca), read(tls.key), read(tls.cert));
  }

  get health(): InputHealth {
    return this.#health.data;
  }

  start(sink: AlertSink): Promise<void> {
    this.#running = this.#run(sink);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#call?.cancel();
    await this.#running;
    this.#health.state = 'stopped';
  }

  async #run(sink: AlertSink): Promise<void> {
    const { log } = this.#context;
    const { signal } = this.#stop;
    const intake = new Intake(sink, { health: this.#health, log, signal });
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    this.#health.state = 'connecting';
    await keepConnecting({
      once: async () => reasonOf(await this.#connect(intake, backoff)),
      message: 'Falco does not give alerts, and is asked again',
      backoff,
      health: this.#health,
      log,
      signal,
    });
  }

  /** Takes alerts until something fails; resolves to what. */
  async #connect(intake: Intake, backoff: Backoff): Promise<ServiceError | undefined> {
    const options = { 'grpc.max_receive_message_length': 16 << 20, 'grpc.keepalive_time_ms': 30_000 };
    // A channel of its own: those of grpc-js have pauses of their own between attempts.
    const client = new OutputsService(this.#target, this.#credentials, {
      ...options,
      'grpc.use_local_subchannel_pool': 1,
    }) as unknown as OutputsClient;
    const { signal } = this.#stop;
    try {
      if (this.#settings.method === 'sub') return await this.#take(client.sub(), intake, backoff);
      for (;;) {
        const error = await this.#take(client.get({}), intake, backoff);
        if (error !== undefined || !(await pause(this.#settings.interval, signal))) return error;
      }
    } finally {
      client.close();
    }
  }

  /** Takes the messages of a call until it ends, and asks for more in between if it is a subscription. Resolves to its error when the sink has answered for all messages. */
  #take(call: Call, intake: Intake, backoff: Backoff): Promise<ServiceError | undefined> {
    this.#call = call;
    const { name: input, now = Date.now } = this.#context;
    let waiting: OutputsResponse[] = [];
    let working: Promise<void> | undefined;
    const arrived = (): void => {
      backoff.reset();
      if (this.#health.state === 'connecting') this.#health.state = 'running';
    };
    const work = async (): Promise<void> => {
      while (waiting.length > 0) {
        const messages = waiting;
        waiting = [];
        const origin = { input, received: now() };
        if (!(await intake.deliver(messages.map((message) => alertOfResponse(message, origin))))) return;
        call.resume();
      }
    };
    // One turn later, so that what came together is handed on together.
    const begin = (): Promise<void> =>
      Promise.resolve()
        .then(work)
        .finally(() => (working = undefined));
    call.on('metadata', arrived);
    call.on('data', (message: OutputsResponse) => {
      arrived();
      waiting.push(message);
      if (waiting.length >= MOST_TOGETHER) call.pause();
      working ??= begin();
    });
    const asking = this.#ask(call, () => working !== undefined);
    return new Promise((resolve) => {
      const end = (error?: ServiceError): void => {
        clearInterval(asking);
        void Promise.resolve(working).then(() => resolve(error));
      };
      call.once('error', end);
      call.once('end', () => end());
    });
  }

  /** A server that has no more alerts waits for the next request, and looks for new ones then. */
  #ask(call: Call, isBusy: () => boolean): NodeJS.Timeout | undefined {
    if (!('write' in call)) return undefined;
    call.write({});
    return setInterval(() => {
      if (!isBusy() && call.writable) call.write({});
    }, this.#settings.interval);
  }
}

function reasonOf(error: ServiceError | undefined): string {
  if (error === undefined) return 'the server has ended the call';
  const { code, details } = error;
  const reason = `${status[code] ?? code}: ${details}`;
  const isGone =
    code === status.UNIMPLEMENTED || /ECONNREFUSED|ENOENT|No connection established/.test(details);
  return isGone
    ? `${reason} (Falco 0.44 and later have no gRPC output: use its http_output with \`kind: http\`, or its file_output with \`kind: file\`. Older ones need grpc.enabled and grpc_output.enabled)`
    : reason;
}
