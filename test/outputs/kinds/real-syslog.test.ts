import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syslog } from '../../../outputs/kinds/syslog.ts';
import { allOpen, eventually, RealServer, realProgram } from '../../real-program.ts';
import { tlsFile } from '../scripted-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

/** Takes all that tiercel can send, and writes what it understood as JSON. */
const configuration = (
  folder: string,
  [udp, tcp, secure]: readonly number[],
): string => `global(workDirectory="${folder}" maxMessageSize="128k"
  defaultNetstreamDriverCAFile="${tlsFile('ca.pem')}"
  defaultNetstreamDriverCertFile="${tlsFile('server.pem')}"
  defaultNetstreamDriverKeyFile="${tlsFile('server.key')}")
module(load="imudp")
module(load="imptcp")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid")
module(load="imuxsock" SysSock.Use="off" SysSock.RateLimit.Interval="0")
module(load="mmpstrucdata")
template(name="understood" type="string" string="%jsonmesg%\\n")
ruleset(name="all") {
  action(type="mmpstrucdata")
  action(type="omfile" file="${folder}/messages" template="understood")
}
input(type="imudp" address="127.0.0.1" port="${udp}" ruleset="all")
input(type="imptcp" address="127.0.0.1" port="${tcp}" ruleset="all")
input(type="imtcp" address="127.0.0.1" port="${secure}" ruleset="all")
input(type="imuxsock" socket="${folder}/log" ruleset="all" RateLimit.Interval="0")
`;

interface Message {
  readonly msg: string;
  readonly hostname: string;
  readonly timereported: string;
  readonly pri: string;
  readonly 'app-name': string;
  readonly msgid: string;
  readonly 'protocol-version': string;
  readonly inputname: string;
  readonly '$!': { readonly 'rfc5424-sd'?: Readonly<Record<string, object>> } | null;
}

describe('a real rsyslog', () => {
  const program = realProgram('rsyslog rsyslog-openssl', 'rsyslogd');
  if (program === undefined) return;
  let rsyslog: RealServer;
  let folder: string;
  let output: OpenOutput | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-rsyslog-'));
    rsyslog = await RealServer.start({
      program,
      ports: 3,
      args: (ports) => {
        writeFileSync(join(folder, 'rsyslog.conf'), configuration(folder, ports));
        return ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')];
      },
      ready: ([, ...tcp]) => allOpen(tcp),
    });
  });
  afterEach(async () => {
    await output?.close();
    output = undefined;
    // It opens the file with each message that it appends.
    if (existsSync(join(folder, 'messages'))) writeFileSync(join(folder, 'messages'), '');
  });
  after(async () => {
    await rsyslog.stop();
    rmSync(folder, { recursive: true });
  });

  const mutual = { ca: tlsFile('ca.pem'), cert: tlsFile('client.pem'), key: tlsFile('client.key') };
  const addresses = {
    UDP: () => ({ address: `udp://127.0.0.1:${rsyslog.ports[0]}` }),
    TCP: () => ({ address: `tcp://127.0.0.1:${rsyslog.ports[1]}` }),
    TLS: () => ({ address: `tls://127.0.0.1:${rsyslog.ports[2]}`, tls: mutual }),
    'a Unix socket': () => ({ address: `unix:${folder}/log` }),
  };
  const open = async (settings: object): Promise<OpenOutput> =>
    (output = await OpenOutput.open(syslog, settings as never));

  /** What it understood of so many messages. */
  const messages = (count: number): Promise<Message[]> =>
    eventually(() => {
      const path = join(folder, 'messages');
      const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
      return lines.length < count ? undefined : lines.map((line) => JSON.parse(line) as Message);
    });

  const odd = alert({
    rule: 'k\u00e4se "]\\ =',
    output: 'k\u00e4se \u{1f9c0} [x y="z"] <1>\r\n2nd %s',
    hostname: 'h\u00f6st with blanks',
    tags: ['a"b', 'c]d'],
    priority: 'Critical',
    time: '2026-02-03T04:05:06.123456789+02:00',
  });

  describe('understands RFC 5424', () => {
    for (const name of ['UDP', 'TCP', 'TLS'] as const)
      it(`by ${name}`, async () => {
        await (await open({ ...addresses[name](), facility: 'authpriv', app_name: 'my-falco' })).send([odd]);
        const [message] = await messages(1);
        expect(message).to.deep.include({
          pri: String(10 * 8 + 2),
          'protocol-version': '1',
          timereported: '2026-02-03T04:05:06.123456+02:00',
          hostname: 'h_st_with_blanks',
          'app-name': 'my-falco',
          msgid: 'alert',
        });
        expect(message!.msg).to.match(/^k\u00e4se \u{1f9c0} \[x y="z"\] <1>.*2nd %s$/u);
        expect(message!['$!']?.['rfc5424-sd']).to.deep.equal({
          'falco@32473': { id: odd.id, rule: odd.rule, source: 'syscall', tags: 'a"b,c]d' },
        });
      });

    it('with lines instead of lengths, and without structured data', async () => {
      const settings = { ...addresses.TCP(), framing: 'lines', structured_data: false, format: 'json' };
      await (await open(settings)).send([odd]);
      const [message] = await messages(1);
      expect(JSON.parse(message!.msg)).to.deep.equal(JSON.parse(odd.json));
      expect(message!['$!']?.['rfc5424-sd']).to.equal(undefined);
    });

    it('in every priority', async () => {
      const priorities = ['Emergency', 'Alert', 'Critical', 'Error', 'Warning', 'Notice', 'Informational'];
      await (
        await open(addresses.TCP())
      ).send([...priorities, 'Debug'].map((priority) => alert({ priority })));
      expect((await messages(8)).map(({ pri }) => Number(pri))).to.deep.equal([8, 9, 10, 11, 12, 13, 14, 15]);
    });
  });

  describe('understands RFC 3164', () => {
    for (const name of ['UDP', 'TCP', 'TLS', 'a Unix socket'] as const)
      it(`by ${name}`, async () => {
        const settings = { ...addresses[name](), protocol: 'rfc3164', facility: 'local3' };
        await (await open(settings)).send([alert({ time: new Date().toISOString() })]);
        const [message] = await messages(1);
        expect(message).to.deep.include({
          pri: String(19 * 8 + 4),
          'protocol-version': '0',
          'app-name': 'falco',
          msg: ' 12:34:56.123456789: Warning Shadow read (user=root)',
        });
        if (name !== 'a Unix socket') expect(message!.hostname).to.equal('node-1');
      });

    it('with CEF in it', async () => {
      await (await open({ ...addresses.TCP(), protocol: 'rfc3164', cef: true })).send([odd]);
      const [message] = await messages(1);
      expect(message!.msg).to.match(/^ CEF:0\|Falco\|Falco\|1\|k\u00e4se "\]\\\\ =\|/);
    });
  });

  describe('has all messages, in their order', () => {
    const count = 400;
    const many = Array.from({ length: count }, (_, i) => alert({ output: `number ${i}: x${'x'.repeat(i)}` }));
    for (const name of ['TCP', 'TLS', 'a Unix socket'] as const)
      it(`by ${name}`, async () => {
        await open(addresses[name]());
        for (let from = 0; from < count; from += 100) await output!.send(many.slice(from, from + 100));
        expect((await messages(count)).map(({ msg }) => msg.trim())).to.deep.equal(
          many.map(({ output: text }) => text),
        );
      });

    for (const name of ['UDP', 'TCP', 'TLS', 'a Unix socket'] as const)
      it(`and long ones, by ${name}`, async () => {
        const long = alert({ output: 'y'.repeat(50_000) });
        await (await open(addresses[name]())).send([long, alert()]);
        expect((await messages(2))[0]!.msg.trim()).to.equal(long.output);
      });
  });

  describe('that wants certificates', () => {
    it('is told of as a failure by who has none', async () => {
      await open({ ...addresses.TLS(), tls: { ca: mutual.ca } });
      for (let i = 0; i < 2; i++) {
        const failure = await failureOf(output!.send([alert()]));
        expect(failure).to.deep.include({ retry: true, reason: 'network' });
        expect(failure.message).to.match(
          /^tls:\/\/127\.0\.0\.1:\d+: TLS: tlsv13 alert certificate required$/,
        );
      }
    });

    it('is not trusted if nobody known signed its own', async () => {
      const { cert, key } = mutual;
      const failure = await failureOf((await open({ ...addresses.TLS(), tls: { cert, key } })).send([odd]));
      expect(failure).to.deep.include({ retry: true, reason: 'network' });
      expect(failure.message).to.match(/certificate/);
    });
  });
});
