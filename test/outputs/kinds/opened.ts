import type * as z from 'zod';
import { readAlert, type RoutedAlert } from '../../../outputs/alert.ts';
import { alertText } from '../../../outputs/alert-text.ts';
import {
  commonSettings,
  SendError,
  type Delivery,
  type Failure,
  type OutputKind,
  type OutputLog,
  type RouteInfo,
  type Sender,
} from '../../../outputs/output.ts';
import { redactor } from '../../../outputs/secrets.ts';

/** An alert of a test: what it does not say is as in most alerts. */
export function alert(content: Readonly<Record<string, unknown>> = {}): RoutedAlert {
  const whole = {
    hostname: 'node-1',
    output: '12:34:56.123456789: Warning Shadow read (user=root)',
    output_fields: { 'evt.time': 1, 'proc.name': 'cat', 'user.name': 'root' },
    priority: 'Warning',
    rule: 'Read shadow',
    source: 'syscall',
    tags: ['file', 'T1003'],
    time: '2026-01-31T12:34:56.123456789Z',
    ...content,
  };
  return readAlert(JSON.stringify(whole), { input: 'test', received: 1_769_862_897_000 });
}

const quiet: OutputLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** An output of a kind that a test opened. */
export class OpenOutput {
  readonly sender: Sender;
  readonly #text: ReturnType<typeof alertText>;
  private constructor(sender: Sender, text: ReturnType<typeof alertText>) {
    this.sender = sender;
    this.#text = text;
  }

  /** Opens an output with settings as tiercel.yaml has them: its own, and `format` or `template`. */
  static async open<C extends z.ZodObject>(
    kind: OutputKind<C>,
    settings: z.input<C> & { format?: 'text' | 'json'; template?: string },
    { secrets = [] as readonly string[], base = '' } = {},
  ): Promise<OpenOutput> {
    const { format, template, ...own } = settings as Record<string, unknown>;
    const common = commonSettings(kind).parse({ kind: kind.kind, name: 'out', format, template });
    const place = {
      name: 'out',
      path: (path: string) => (path.startsWith('/') ? path : `${base}/${path}`),
      redact: redactor(secrets),
      log: quiet,
    };
    const config = kind.config.parse(own);
    return new OpenOutput(await kind.open(config, place), alertText(common, kind.escape?.(config)));
  }

  delivery(alert: RoutedAlert, route: Partial<RouteInfo> = {}): Delivery {
    const whole = { route: 'routes[0]', ...route };
    return { alert, route: whole, attempt: 1, text: () => this.#text(alert, whole) };
  }

  /** Sends alerts in one batch. */
  send(alerts: readonly RoutedAlert[], route: Partial<RouteInfo> = {}, signal?: AbortSignal): Promise<void> {
    return this.deliver(
      alerts.map((one) => this.delivery(one, route)),
      signal,
    );
  }

  deliver(batch: readonly Delivery[], signal = new AbortController().signal): Promise<void> {
    return this.sender.send(batch, { signal, log: quiet });
  }

  async close(): Promise<void> {
    await this.sender.close?.();
  }
}

/** The failure of a delivery, which must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof SendError) return error.failure;
  throw error ?? new Error('it was delivered');
}
