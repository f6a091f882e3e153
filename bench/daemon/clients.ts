import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { AlertRequests } from './alerts.ts';
import type { Journey } from './journey.ts';

/** Connections that stay open and bring alerts; as little as it takes to speak HTTP, so that the other side is what is measured. */
export class Clients {
  readonly #requests: AlertRequests;
  readonly #perRequest: number;
  readonly #journey: Journey;
  readonly #sockets: Socket[] = [];
  /** Connections without a request. */
  readonly #idle: Socket[] = [];
  /** Requests whose time has come. */
  readonly #due: number[] = [];
  #next = 0;
  /** Alerts that were answered with 200, and requests that were not. */
  readonly counts = { accepted: 0, refused: 0 };

  private constructor(requests: AlertRequests, perRequest: number, journey: Journey) {
    this.#requests = requests;
    this.#perRequest = perRequest;
    this.#journey = journey;
  }

  static async open(
    port: number,
    connections: number,
    { requests, perRequest, journey }: { requests: AlertRequests; perRequest: number; journey: Journey },
  ): Promise<Clients> {
    const clients = new Clients(requests, perRequest, journey);
    for (let n = 0; n < connections; n++) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      clients.#add(socket.setNoDelay());
    }
    return clients;
  }

  /** Alerts that were sent. */
  get sent(): number {
    return this.#next;
  }

  /** Each connection sends its next request as soon as the last is answered, until so many alerts are sent. */
  async flood(alerts: number, stop: () => boolean = () => false): Promise<void> {
    const end = this.#next + alerts;
    const going = (): boolean => this.#next < end && !stop();
    await new Promise<void>((resolve) => {
      this.#onIdle = (socket) => {
        if (going()) this.#send(socket, performance.now());
        else {
          this.#idle.push(socket);
          if (this.#idle.length === this.#sockets.length) resolve();
        }
      };
      for (const socket of this.#idle.splice(0)) this.#onIdle(socket);
    });
  }

  /** Sends alerts at a rate, whatever becomes of those before; one for which no connection is free waits, and the wait counts. */
  async pace(perSecond: number, milliseconds: number): Promise<void> {
    const start = performance.now();
    const total = Math.round((perSecond * milliseconds) / 1000);
    let given = 0;
    let answered = 0;
    await new Promise<void>((resolve) => {
      this.#onIdle = (socket) => {
        answered++;
        const due = this.#due.shift();
        if (due === undefined) this.#idle.push(socket);
        else this.#send(socket, due);
        if (answered === total) resolve();
      };
      const timer = setInterval(() => {
        const now = performance.now();
        for (; given < total && start + (given * 1000) / perSecond <= now; given++) {
          const socket = this.#idle.shift();
          if (socket === undefined) this.#due.push(now);
          else this.#send(socket, now);
        }
        if (given === total) clearInterval(timer);
      }, 1);
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #onIdle: (socket: Socket) => void = (socket) => void this.#idle.push(socket);

  #add(socket: Socket): void {
    this.#sockets.push(socket);
    this.#idle.push(socket);
    socket.on('error', () => undefined);
    // The number of its request is kept on the listener's side of the connection.
    socket.on('data', (answer) => this.#answered(socket, answer));
  }

  readonly #numbers = new Map<Socket, number>();

  #send(socket: Socket, now: number): void {
    const number = this.#next;
    this.#next += this.#perRequest;
    for (let n = number; n < this.#next; n++) this.#journey.sent[n] = now;
    this.#numbers.set(socket, number);
    socket.write(this.#requests.make(number));
  }

  /** An answer comes in one piece. */
  #answered(socket: Socket, answer: Buffer): void {
    const first = this.#numbers.get(socket)!;
    const now = performance.now();
    if (answer.toString('latin1', 9, 12) === '200') {
      for (let n = first; n < first + this.#perRequest; n++) this.#journey.answered[n] = now;
      this.counts.accepted += this.#perRequest;
    } else this.counts.refused++;
    this.#onIdle(socket);
  }
}
