import { expect } from 'chai';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smtp } from '../../../outputs/kinds/smtp.ts';
import { eventually, RealServer, realProgram } from '../../real-program.ts';
import { tlsFile } from '../scripted-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

/** Takes mail of those who logged in, and what is for `open.test`; lets nobody log in without TLS. */
const configuration = (folder: string, wrapped: number): string => `
primary_hostname = mail.test
spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog
pid_file_path = ${folder}/exim.pid
keep_environment =
tls_advertise_hosts = *
tls_certificate = ${tlsFile('server.pem')}
tls_privatekey = ${tlsFile('server.key')}
tls_on_connect_ports = ${wrapped}
auth_advertise_hosts = \${if def:tls_in_cipher{*}}
message_size_limit = 100K
acl_smtp_rcpt = recipient
begin acl
recipient:
  deny local_parts = nobody
       message = no such user here
  defer local_parts = later
        message = come again
  accept authenticated = *
  accept domains = open.test
  deny message = relaying is not permitted
begin routers
all:
  driver = accept
  transport = folder
begin transports
folder:
  driver = appendfile
  directory = ${folder}/mail
  message_prefix =
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = \${if and{{eq{$auth2}{falco}}{eq{$auth3}{p\u00e4ss word}}}}
  server_set_id = $auth2
`;

describe('a real Exim', () => {
  const program = realProgram('exim4-daemon-light', 'exim4');
  if (program === undefined) return;
  let exim: RealServer;
  let folder: string;
  let output: OpenOutput | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-exim-'));
    for (const name of ['', 'spool', 'mail']) {
      mkdirSync(join(folder, name), { recursive: true });
      // It becomes a user of its own, where it can.
      chmodSync(join(folder, name), 0o777);
    }
    exim = await RealServer.start({
      program,
      ports: 2,
      args: ([port, wrapped]) => {
        writeFileSync(join(folder, 'exim.conf'), configuration(folder, wrapped!));
        return ['-C', join(folder, 'exim.conf'), '-bdf', '-oX', `<; 127.0.0.1.${port}; 127.0.0.1.${wrapped}`];
      },
    });
  });
  afterEach(async () => {
    await output?.close();
    for (const name of readdirSync(join(folder, 'mail'))) rmSync(join(folder, 'mail', name));
  });
  after(async () => {
    await exim.stop();
    rmSync(folder, { recursive: true });
  });

  const settings = (more: object = {}) => ({
    host: '127.0.0.1',
    port: exim.port,
    username: 'falco',
    password: 'p\u00e4ss word',
    from: 'Falco <falco@example.org>',
    to: ['oncall@example.org'],
    tls: { ca: tlsFile('ca.pem') },
    ...more,
  });
  const open = async (more: object = {}, common: object = {}): Promise<OpenOutput> =>
    (output = await OpenOutput.open(smtp, { ...settings(more), ...common }, { secrets: ['p\u00e4ss word'] }));

  /** The mails that were delivered, as they lie in the box. */
  const mails = (count: number): Promise<string[]> =>
    eventually(() => {
      const names = readdirSync(join(folder, 'mail')).filter((name) => name.startsWith('q'));
      return names.length < count
        ? undefined
        : names.map((name) => readFileSync(join(folder, 'mail', name), 'utf8'));
    });

  it('delivers after STARTTLS and the password', async () => {
    await (await open()).send([alert()]);
    const [mail] = await mails(1);
    expect(mail).to.match(/with esmtpsa/);
    expect(mail).to.include('Subject: [Warning] Read shadow (node-1)');
    expect(mail).to.include('Shadow read (user=root)');
  });

  it('delivers with TLS from the beginning', async () => {
    await (await open({ port: exim.ports[1], security: 'tls' })).send([alert()]);
    expect((await mails(1))[0]).to.match(/with esmtpsa/);
  });

  it('delivers in the clear to a relay, without a password', async () => {
    const relay = { security: 'none', username: undefined, password: undefined, to: ['sec@open.test'] };
    await (await open(relay)).send([alert()]);
    expect((await mails(1))[0]).to.match(/with esmtp /);
  });

  it('delivers what is odd: dots, long lines, other letters, line ends', async () => {
    const odd = `.\r\n..\r\n.dot\n\n${'x'.repeat(5000)} k\u00e4se \u{1f9c0} \0\u001b[31m <b>&`;
    await (await open()).send([alert({ rule: `k\u00e4se ${'\u{1f9c0}'.repeat(100)}`, output: odd })]);
    const [mail] = await mails(1);
    expect(mail!.split('\n').every((line) => line.length <= 998)).to.equal(true);
    expect(mail).to.not.match(/[^\n\t -~]/);
  });

  it('delivers a digest', async () => {
    const rules = Array.from({ length: 50 }, (_, i) => alert({ rule: `rule ${i}` }));
    await (await open()).send(rules);
    expect((await mails(1))[0]).to.match(/Subject: .*50/);
  });

  it('delivers to those whom the server knows', async () => {
    await (await open({ to: ['nobody@example.org', 'oncall@example.org'] })).send([alert()]);
    expect((await mails(1))[0]).to.include('for oncall@example.org');
  });

  const failing: readonly [string, object, object, RegExp][] = [
    ['a wrong password', { password: 'other' }, { retry: true, reason: 'auth' }, /535/],
    [
      'no password',
      { username: undefined, password: undefined },
      { retry: true, reason: 'client' },
      /550.*relaying is not permitted/,
    ],
    ['nobody whom it knows', { to: ['nobody@x.org'] }, { retry: true, reason: 'client' }, /no such user/],
    ['come again', { to: ['later@x.org'] }, { retry: true, reason: 'server' }, /451.*come again/],
    ['an unknown CA', { tls: {} }, { retry: true, reason: 'network' }, /certificate/],
    [
      'a certificate for another name',
      { tls: { ca: tlsFile('ca.pem'), server_name: 'mail.example.org' } },
      { retry: true, reason: 'network' },
      /mail\.example\.org/,
    ],
    [
      'TLS where there is none',
      { security: 'tls' },
      { retry: true, reason: 'network' },
      /127\.0\.0\.1:\d+: ./,
    ],
  ];
  for (const [name, more, expected, message] of failing)
    it(`tells of ${name}`, async () => {
      const failure = await failureOf((await open(more)).send([alert()]));
      expect(failure).to.deep.include(expected);
      expect(failure.message).to.match(message);
      expect(failure.message).to.not.include('\u00e4');
    });

  it('gives up what is too long for the server', async () => {
    const long = alert({ output: 'x '.repeat(100_000) });
    const failure = await failureOf((await open()).send([long]));
    expect(failure).to.deep.include({ retry: false, reason: 'poison' });
    expect(failure.message).to.match(/552/);
  });
});
