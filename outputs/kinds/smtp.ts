import { connect } from 'node:net';
import * as z from 'zod';
import { digestHtml, digestSubject, digestText } from '../mail-digest.ts';
import { batchId, defineOutput, sendError, type FailureReason, type SendError } from '../output.ts';
import { tls } from '../settings.ts';
import { compileTemplate, ESCAPES } from '../template.ts';
import { tlsOptions } from '../tls.ts';

/** Name and address, or an address. Line breaks would begin another header. */
const mailbox = z
  .string()
  .regex(/^\P{Cc}*[^\s@<>]+@[^\s@<>]+>?$/u, 'expected an address such as falco@example.org');
const mailboxes = z.union([mailbox, z.array(mailbox).min(1)]).transform((value) => [value].flat());

/** E-mail. What one call carries is one mail: a digest. */
export const smtp = defineOutput({
  kind: 'smtp',
  summary: 'Sends alerts by e-mail; several that wait become one digest.',
  config: z.strictObject({
    host: z.string().min(1).describe('The mail server'),
    port: z.int().min(1).max(65_535).default(587).describe('Its port: 587, 25, or 465 with `security: tls`'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe(
        '`starttls`: go over to TLS, or send nothing; `tls`: from the beginning; `none`: in the clear, for a relay on this machine',
      ),
    username: z.string().optional().describe('Who to log in as'),
    password: z.string().optional().describe('Password of `username`'),
    from: mailbox.describe('Sender: `Falco <falco@example.org>`'),
    to: mailboxes.describe('Recipient, or several'),
    subject: z
      .string()
      .default('[%priority] %rule (%hostname)')
      .describe('Subject of a mail with one alert, as a template; a digest says how many, of which rules'),
    tls: tls.prefault({}).describe('How the server is trusted'),
  }),
  secrets: ['password'],
  batch: { max: 50, most: 500 },
  format: 'text',
  example: {
    host: 'mail.example.org',
    username: 'falco',
    password: '${file:/etc/tiercel/mail-password}',
    from: 'Falco <falco@example.org>',
    to: ['oncall@example.org'],
  },
  notes:
    'Delivered is what the server has accepted for one recipient at least; those whom it refuses stand in the log, and who must not miss anything gets an output of his own. `Message-ID` is made of the ids of the alerts: most mail programs show a mail that comes twice once. `batch.wait: 5m` gathers a digest of five minutes.',
  async open({ host, port, security, username, password, from, to, subject, tls: trust }, place) {
    const { createTransport } = await import('nodemailer');
    const subjectOf = compileTemplate(subject);
    const trusted = { servername: host, ...tlsOptions(trust, place.path) };
    return {
      async send(batch, { signal, log }) {
        let socket: ReturnType<typeof connect> | undefined;
        const transport = createTransport({
          host,
          port,
          secure: security === 'tls',
          requireTLS: security === 'starttls',
          ignoreTLS: security === 'none',
          tls: trusted,
          ...(username !== undefined && { auth: { user: username, pass: password ?? '' } }),
          // The connection is ours, so that it can be given up.
          getSocket: (_options: unknown, done: (error: Error | null, socket?: object) => void) => {
            socket = connect({ host, port, signal });
            socket.once('error', done);
            socket.once('connect', () => {
              socket!.off('error', done);
              done(null, { connection: socket });
            });
          },
        });
        const onAbort = (): void => void socket?.destroy();
        signal.addEventListener('abort', onAbort, { once: true });
        try {
          const { rejected = [] } = await transport.sendMail({
            from,
            to: [...to],
            subject: oneLine(batch.length === 1 ? subjectOf.text(batch[0]!.alert) : digestSubject(batch)),
            text: digestText(batch),
            html: digestHtml(batch),
            messageId: `<${batchId(batch)}@${domainOf(from)}>`,
            headers: { 'Auto-Submitted': 'auto-generated' },
          });
          if (rejected.length > 0)
            log.warn(`${host} does not take mail for ${rejected.map(String).join(', ')}`);
        } catch (error) {
          throw mailError(`${host}:${port}`, error, signal, place.redact);
        } finally {
          signal.removeEventListener('abort', onAbort);
          transport.close();
        }
      },
    };
  },
});

/** Longer subjects are cut by mail programs, and refused by some servers. */
const MAX_SUBJECT = 200;

function oneLine(subject: string): string {
  const line = ESCAPES.line(subject);
  return line.length <= MAX_SUBJECT ? line : `${line.slice(0, MAX_SUBJECT - 1)}…`;
}

const domainOf = (from: string): string => /@([^\s@<>]+)>?$/.exec(from)![1]!;

/** What nodemailer's codes mean, where the server did not answer with one of its own. */
const REASONS: Readonly<Record<string, FailureReason>> = {
  EAUTH: 'auth',
  ENOAUTH: 'auth',
  ETIMEDOUT: 'timeout',
  ETLS: 'network',
  EENVELOPE: 'client',
};

function mailError(
  server: string,
  error: unknown,
  signal: AbortSignal,
  redact: (text: string) => string,
): SendError {
  const { message, code = '', responseCode } = error as Error & { code?: string; responseCode?: number };
  const told = redact(`${server}: ${message.replaceAll(/\s+/g, ' ')}`);
  if (signal.aborted) return sendError('timeout', `${server}: no answer in time`, { cause: error });
  return sendError(reasonOf(code, responseCode), told, { cause: error });
}

function reasonOf(code: string, status: number | undefined): FailureReason {
  const known = REASONS[code];
  if (known === 'auth') return 'auth';
  // 4xx is for now, 5xx for ever (RFC 5321, 4.2.1): of the addresses, which the settings hold, or of the mail.
  if (status !== undefined && status >= 400 && status < 500) return 'server';
  if (status === 530 || status === 535 || status === 550) return code === 'EENVELOPE' ? 'client' : 'auth';
  if (status !== undefined && status >= 500) return code === 'EMESSAGE' ? 'poison' : 'client';
  return known ?? 'network';
}
