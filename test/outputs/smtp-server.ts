import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import { createInterface } from 'node:readline';
import * as tls from 'node:tls';
import { tlsFile } from './scripted-server.ts';

/** A mail as the server got it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, unfolded headers by their name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

/** A small SMTP server (RFC 5321, with STARTTLS and AUTH PLAIN); answers of single commands can be replaced. */
export class SmtpServer {
  readonly mails: ReceivedMail[] = [];
  /** Instead of the ordinary answer to a command (`RCPT`, `.` for the end of the mail, `CONNECT`); '' for none at all. */
  readonly answers = new Map<string, string>();
  #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #startTls: boolean;

  private constructor(startTls: boolean, secure: boolean) {
    this.#startTls = startTls;
    this.#server = secure
      ? tls.createServer(credentials(), (socket) => this.#talk(socket, true))
      : net.createServer((socket) => this.#talk(socket, false));
    this.#server.on('connection', (socket: net.Socket) => this.#sockets.add(socket));
  }

  static async start({ startTls = true, secure = false } = {}): Promise<SmtpServer> {
    const server = new SmtpServer(startTls, secure);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #talk(socket: net.Socket, secure: boolean, greet = true): void {
    socket.on('error', () => {});
    const reply = (command: string, usual: string): void => {
      const text = this.answers.get(command) ?? usual;
      if (text !== '') socket.write(`${text}\r\n`);
    };
    let from = '';
    let to: string[] = [];
    let data: string[] | undefined;
    let user: string | undefined;
    if (greet) reply('CONNECT', '220 test ESMTP');
    const lines = createInterface({ input: socket, crlfDelay: Infinity });
    lines.on('error', () => {});
    lines.on('line', (line) => {
      if (data !== undefined) {
        if (line !== '.') return void data.push(line.replace(/^\./, ''));
        const raw = data.join('\r\n');
        data = undefined;
        if (!this.answers.has('.')) this.mails.push({ from, to, headers: headersOf(raw), raw, secure, user });
        return reply('.', '250 taken');
      }
      const command = line.split(/[ :]/)[0]!.toUpperCase();
      switch (command) {
        case 'EHLO':
          return reply(
            command,
            `250-test\r\n${this.#startTls && !secure ? '250-STARTTLS\r\n' : ''}250 AUTH PLAIN`,
          );
        case 'STARTTLS': {
          if (!this.#startTls) return reply(command, '502 not here');
          reply(command, '220 go');
          lines.close();
          const wrapped = new tls.TLSSocket(socket, { isServer: true, ...credentials() });
          this.#talk(wrapped, true, false);
          return;
        }
        case 'AUTH':
          user = Buffer.from(line.split(' ')[2] ?? '', 'base64')
            .toString()
            .replaceAll('\0', '|');
          return reply(command, user === '|falco|pass' ? '235 ok' : `535 wrong password ${user.slice(7)}`);
        case 'MAIL':
          from = line;
          to = [];
          return reply(command, '250 ok');
        case 'RCPT':
          if (!this.answers.has(`RCPT ${line}`)) to.push(line);
          return reply(this.answers.has(`RCPT ${line}`) ? `RCPT ${line}` : command, '250 ok');
        case 'DATA':
          data = [];
          return reply(command, '354 go');
        case 'QUIT':
          reply(command, '221 bye');
          return void socket.end();
        default:
          return reply(command, '250 ok');
      }
    });
  }
}

const credentials = () => ({
  key: readFileSync(tlsFile('server.key')),
  cert: readFileSync(tlsFile('server.pem')),
});

function headersOf(raw: string): ReadonlyMap<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  return new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
