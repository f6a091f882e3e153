import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { numbersIn } from './alerts.ts';
import type { Journey } from './journey.ts';

/** What a destination does with requests. `down`: connections are closed; `hung`: nothing is ever answered. */
export type SinkMood = 'fine' | 'down' | 'hung';

/** A destination that takes alerts by HTTP; as little as it takes, so that the other side is what is measured. */
export class Sink {
  mood: SinkMood = 'fine';
  readonly #server: Server;
  readonly #journey: Journey | undefined;
  readonly #sockets = new Set<Socket>();
  /** Requests that were answered. */
  requests = 0;

  private constructor(journey: Journey | undefined) {
    this.#journey = journey;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  /** @param journey Where it notes what came. */
  static async open(journey?: Journey): Promise<Sink> {
    const sink = new Sink(journey);
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    return sink;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serve(socket: Socket): void {
    if (this.mood === 'down') return void socket.destroy();
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    let text = '';
    socket.on('data', (piece) => {
      if (this.mood === 'down') return void socket.destroy();
      text = text === '' ? piece.toString('latin1') : text + piece.toString('latin1');
      for (;;) {
        const head = text.indexOf('\r\n\r\n');
        if (head === -1) return;
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
        const end = head + 4 + length;
        if (text.length < end) return;
        if (this.mood === 'hung') return;
        if (this.#journey !== undefined) {
          const now = performance.now();
          for (const number of numbersIn(text.slice(head + 4, end))) this.#journey.deliver(number, now);
        }
        this.requests++;
        socket.write(ANSWER);
        text = text.slice(end);
      }
    });
  }
}

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
