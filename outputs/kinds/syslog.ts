import * as z from 'zod';
import { defineOutput, sendError } from '../output.ts';
import { tls } from '../settings.ts';
import { FACILITIES, syslogMessage } from '../syslog-message.ts';
import { openSyslogConnection, parseSyslogAddress } from '../syslog-connection.ts';

const facilities = Object.keys(FACILITIES) as [keyof typeof FACILITIES, ...(keyof typeof FACILITIES)[]];

/** A syslog server, or the one of this machine. */
export const syslog = defineOutput({
  kind: 'syslog',
  summary:
    'Sends alerts to a syslog server (RFC 5424 or 3164) by UDP, TCP, TLS or a Unix socket, as text, JSON or CEF.',
  config: z.strictObject({
    address: z
      .string()
      .refine(
        (text) => parseSyslogAddress(text) !== undefined,
        'expected udp://host:514, tcp://host:601, tls://host:6514 or unix:///dev/log',
      )
      .default('unix:///dev/log')
      .describe('`udp://host:514`, `tcp://host:601`, `tls://host:6514` or `unix:///dev/log`'),
    protocol: z
      .enum(['rfc5424', 'rfc3164'])
      .default('rfc5424')
      .describe('Form of the messages; at a Unix socket it is always the one of syslog(3)'),
    facility: z.enum(facilities).default('user').describe('Facility, as syslog.conf names it'),
    app_name: z
      .string()
      .regex(/^[!-~]{1,48}$/, 'expected 48 printable characters of ASCII at most, without blanks')
      .default('falco')
      .describe('Name of the program'),
    cef: z
      .boolean()
      .default(false)
      .describe("ArcSight's Common Event Format instead of `format` and `template`"),
    structured_data: z
      .boolean()
      .default(true)
      .describe('RFC 5424: id, rule, source and tags as structured data, beside the message'),
    framing: z
      .enum(['octets', 'lines'])
      .optional()
      .describe(
        'How messages are told apart in TCP and TLS (RFC 6587): by their length before them, or by line ends; by length with RFC 5424 if left away',
      ),
    tls: tls.prefault({}).describe('How a TLS server is trusted'),
  }),
  secrets: [],
  batch: { max: 100 },
  format: 'text',
  escape: () => 'line',
  example: { address: 'tls://logs.example.org:6514', facility: 'authpriv' },
  notes:
    'Syslog has no receipts: delivered is what the operating system has taken. What a TCP connection had not carried over when it broke is lost; where that matters, take `http` or `forward`. Severities are those of the priorities, which are the same eight.',
  async open(config, place) {
    const address = parseSyslogAddress(config.address)!;
    const local = address.transport === 'unix';
    const framing = config.framing ?? (config.protocol === 'rfc5424' && !local ? 'octets' : 'lines');
    const connection = openSyslogConnection(address, { framing, tls: config.tls, path: place.path });
    const settings = { ...config, protocol: local ? ('local' as const) : config.protocol };
    return {
      async send(batch, { signal }) {
        const messages = batch.map(({ alert, text }) => Buffer.from(syslogMessage(alert, text, settings)));
        try {
          await connection.send(messages, signal);
        } catch (error) {
          if (signal.aborted)
            throw sendError('timeout', `${config.address}: not taken in time`, { cause: error });
          throw connection.failure(error, config.address);
        }
      },
      async close() {
        connection.close();
      },
    };
  },
});
