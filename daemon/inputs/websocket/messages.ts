import type { RawData, WebSocket } from 'ws';
import type { RoutedAlert } from '../../../outputs/index.ts';
import { readBody } from '../alert-body.ts';
import type { AlertFormatName, AlertLines } from '../alert-lines.ts';
import type { HealthRecord } from '../health.ts';
import type { Intake } from '../intake.ts';
import type { RecordReader } from '../records.ts';

/** How messages become alerts. */
export interface MessageReading {
  readonly name: string;
  readonly format: AlertFormatName;
  readonly records?: RecordReader | undefined;
  /** Longest alert in bytes. */
  readonly most: number;
  readonly lines: AlertLines;
  readonly health: HealthRecord;
  readonly intake: Intake;
  readonly now: () => number;
}

/**
 * Takes the messages of a connection until it is closed; each holds one alert, one in each line, or a list. While the sink has not taken what came, nothing more is read.
 * Resolves when the sink has answered for the last one.
 */
export function takeMessages(socket: WebSocket, reading: MessageReading): Promise<void> {
  const { name: input, format, records, most, lines, health, intake, now } = reading;
  let waiting: Buffer[] = [];
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    socket.pause();
    while (waiting.length > 0) {
      const messages = waiting;
      waiting = [];
      const alerts: RoutedAlert[] = [];
      for (const message of messages) {
        const body = await readBody(message, {
          format,
          records,
          most,
          origin: { input, received: now() },
        });
        if (records !== undefined) health.saw(body.events);
        for (const alert of body.alerts) alerts.push(alert);
        for (const { error, hint } of body.bad) lines.refuse(error, hint === undefined ? {} : { hint });
      }
      if (alerts.length > 0 && !(await intake.deliver(alerts))) break;
    }
    socket.resume();
  }

  socket.on('message', (data: RawData) => {
    // Those that came in one piece with the first are given although the connection rests.
    waiting.push(asBuffer(data));
    working ??= work().finally(() => (working = undefined));
  });
  return new Promise((resolve) => {
    socket.once('close', () => void Promise.resolve(working).then(() => resolve()));
  });
}

function asBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/** Between two looks whether the other side is there, in milliseconds. */
const HEARTBEAT = 30_000;

/** Ends a connection whose other side does not answer. A connection that rests is not asked: its answers are not read. */
export function watchConnection(socket: WebSocket, every = HEARTBEAT): void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (socket.isPaused) answered = true;
    else if (!answered) socket.terminate();
    else {
      answered = false;
      socket.ping();
    }
  }, every);
  socket.once('close', () => clearInterval(timer));
}

/** Milliseconds that the other side has to agree to the end. */
const CLOSE_GRACE = 1000;

/** Ends a connection; resolves when it is closed. */
export async function closeConnection(socket: WebSocket, code: number): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume();
  if (socket.readyState === socket.CONNECTING) socket.terminate();
  else socket.close(code);
  const deadline = setTimeout(() => socket.terminate(), CLOSE_GRACE);
  await closed;
  clearTimeout(deadline);
}
