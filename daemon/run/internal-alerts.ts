/** What tiercel tells about itself: alerts that go the same way as all others. */
import { composeAlert, type FieldJson, type RoutedAlert } from '../../outputs/index.ts';
import type { Priority } from '../../engine/index.ts';

/** Name of the input that such alerts come from. */
const INTERNAL_INPUT = 'tiercel';

/** What can be told. Each is the end of a rule's name: `tiercel internal: alerts dropped`. */
export type InternalTopic =
  | 'alerts dropped'
  | 'dead letters'
  | 'output down'
  | 'output up'
  | 'disk full'
  | 'disk has room'
  | 'configuration refused'
  | 'configuration changed';

const PRIORITY_OF: Readonly<Record<InternalTopic, Priority>> = {
  'alerts dropped': 'Critical',
  'dead letters': 'Error',
  'output down': 'Error',
  'output up': 'Notice',
  'disk full': 'Critical',
  'disk has room': 'Notice',
  'configuration refused': 'Error',
  'configuration changed': 'Notice',
};

/** One thing that happened. */
export interface InternalEvent {
  readonly topic: InternalTopic;
  readonly message: string;
  /** The output that it is about: the alert goes to others only. */
  readonly output?: string;
  /** How many alerts it concerns; counted together until it is told. */
  readonly count?: number;
  readonly fields?: Readonly<Record<string, FieldJson>>;
}

/** Milliseconds in which the same is told once. */
const PAUSE = 10_000;

interface Waiting {
  event: InternalEvent;
  count: number;
}

/**
 * Makes alerts of what happens. The first of a kind is told at once, those that follow soon after in one. Such an alert never goes to the output that it is about, and what
 * becomes of it is told by nobody: so none can cause another without end.
 */
export class InternalAlerts {
  readonly #hostname: string;
  readonly #tell: (alert: RoutedAlert, notTo: string | undefined, intoReserve: boolean) => void;
  readonly #waiting = new Map<string, Waiting>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** @param tell is told whether the alert is to be taken although the disk is full: it says so. */
  constructor(
    hostname: string,
    tell: (alert: RoutedAlert, notTo: string | undefined, intoReserve: boolean) => void,
  ) {
    this.#hostname = hostname;
    this.#tell = tell;
  }

  happened(event: InternalEvent): void {
    const key = `${event.topic} ${event.output ?? ''}`;
    if (!this.#timers.has(key)) {
      this.#send(event, event.count ?? 0);
      this.#pause(key);
      return;
    }
    const before = this.#waiting.get(key)?.count ?? 0;
    this.#waiting.set(key, { event, count: before + (event.count ?? 0) });
  }

  /** Tells what waits. */
  flush(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const { event, count } of this.#waiting.values()) this.#send(event, count);
    this.#waiting.clear();
  }

  #pause(key: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) return;
      this.#waiting.delete(key);
      this.#send(waiting.event, waiting.count);
      this.#pause(key);
    }, PAUSE);
    this.#timers.set(key, timer.unref());
  }

  #send({ topic, message, output, fields = {} }: InternalEvent, count: number): void {
    const time = new Date().toISOString();
    const priority = PRIORITY_OF[topic];
    const alert = composeAlert(
      {
        rule: `tiercel internal: ${topic}`,
        priority,
        source: 'internal',
        hostname: this.#hostname,
        time,
        tags: [],
        output: `${time}: ${priority} ${message}${count > 1 ? ` (${count} alerts)` : ''}`,
        fields: new Map<string, FieldJson>([
          ...(output === undefined ? [] : [['tiercel.output', output] as const]),
          ...(count > 0 ? [['tiercel.count', count] as const] : []),
          ...Object.entries(fields),
        ]),
      },
      { input: INTERNAL_INPUT, received: Date.now() },
    );
    this.#tell(alert, output, topic === 'disk full');
  }
}

/** Whether tiercel made an alert to tell about itself. */
export const isInternal = ({ input, source }: Pick<RoutedAlert, 'input' | 'source'>): boolean =>
  input === INTERNAL_INPUT && source === 'internal';
