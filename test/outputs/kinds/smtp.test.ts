import { expect } from 'chai';
import { smtp } from '../../../outputs/kinds/smtp.ts';
import { closedPort, tlsFile } from '../scripted-server.ts';
import { SmtpServer } from '../smtp-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

describe('smtp', () => {
  let server: SmtpServer;
  afterEach(() => server.stop());
  const open = (settings: object = {}) =>
    OpenOutput.open(
      smtp,
      {
        host: 'localhost',
        port: server.port,
        from: 'Falco <falco@example.org>',
        to: 'a@example.org',
        tls: { ca: tlsFile('ca.pem') },
        ...settings,
      },
      { secrets: ['wrong-pass'] },
    );

  /** The parts of a mail, decoded. */
  function parts(raw: string): string[] {
    const boundary = /boundary="([^"]+)"/.exec(raw)![1]!;
    return raw
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => {
        const [head = '', ...body] = part.trim().split('\r\n\r\n');
        const text = body.join('\r\n\r\n');
        if (/base64/.test(head)) return Buffer.from(text, 'base64').toString();
        const bytes = text
          .replaceAll('=\r\n', '')
          .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
        return /quoted-printable/.test(head) ? Buffer.from(bytes, 'latin1').toString() : text;
      });
  }

  it('sends text and HTML over STARTTLS, logged in', async () => {
    server = await SmtpServer.start();
    const one = alert({ rule: 'Read <shadow>', output: 'k\u00e4se <b> & "x"' });
    await (
      await open({ username: 'falco', password: 'pass', to: ['a@example.org', 'B <b@example.org>'] })
    ).send([one]);
    const [mail] = server.mails as [(typeof server.mails)[0]];
    expect(mail).to.deep.include({
      from: 'MAIL FROM:<falco@example.org>',
      to: ['RCPT TO:<a@example.org>', 'RCPT TO:<b@example.org>'],
      secure: true,
      user: '|falco|pass',
    });
    expect(mail.headers.get('message-id')).to.equal(`<${one.id}@example.org>`);
    expect(mail.headers.get('subject')).to.equal('[Warning] Read <shadow> (node-1)');
    expect(mail.headers.get('auto-submitted')).to.equal('auto-generated');
    const [text, html] = parts(mail.raw) as [string, string];
    expect(text)
      .to.include('k\u00e4se <b> & "x"')
      .and.to.include('proc.name: cat')
      .and.to.include(`id ${one.id}`);
    expect(html).to.include('k\u00e4se &lt;b&gt; &amp; &quot;x&quot;').and.to.include('Read &lt;shadow&gt;');
  });

  it('sends a digest of a batch, recognised by the ids of all', async () => {
    server = await SmtpServer.start({ secure: true });
    const output = await open({ security: 'tls' });
    const batch = [
      alert({ rule: 'a' }),
      alert({ rule: 'b', priority: 'Critical' }),
      alert({ rule: 'a', output: 'third' }),
    ];
    await output.send(batch);
    await output.send(batch);
    expect(server.mails.map(({ headers }) => headers.get('subject'))[0]).to.match(/^=\?UTF-8\?/);
    expect(parts(server.mails[0]!.raw)[0])
      .to.include('3 alerts, Critical: a \u00d72, b \u00d71')
      .and.to.include('third');
    const ids = server.mails.map(({ headers }) => headers.get('message-id'));
    expect(ids[0])
      .to.equal(ids[1])
      .and.to.match(/^<[0-9a-f]{32}@example\.org>$/);
  });

  it('lets nothing of an alert become a header', async () => {
    server = await SmtpServer.start({ startTls: false });
    const output = await open({ security: 'none', subject: '%rule' });
    await output.send([alert({ rule: 'x\r\nBcc: evil@example.org', hostname: 'h\nX: y' })]);
    const { headers, to } = server.mails[0]!;
    expect([...headers.keys()])
      .not.to.include.members(['bcc'])
      .and.not.to.include('x');
    expect(headers.get('subject')).to.equal('x\\r\\nBcc: evil@example.org');
    expect(to).to.have.lengthOf(1);
  });

  it('sends nothing in the clear where TLS is asked for', async () => {
    server = await SmtpServer.start({ startTls: false });
    expect(await failureOf((await open()).send([alert()]))).to.deep.include({ retry: true });
    expect(server.mails).to.deep.equal([]);
  });

  it('does not trust an unknown authority', async () => {
    server = await SmtpServer.start();
    expect(await failureOf((await open({ tls: {} })).send([alert()]))).to.deep.include({
      retry: true,
      reason: 'network',
    });
    expect(server.mails).to.deep.equal([]);
  });

  it('takes mail that some recipients get', async () => {
    server = await SmtpServer.start();
    server.answers.set('RCPT RCPT TO:<b@example.org>', '550 no such user');
    await (await open({ to: ['a@example.org', 'b@example.org'] })).send([alert()]);
    expect(server.mails[0]!.to).to.deep.equal(['RCPT TO:<a@example.org>']);
  });

  const failures: readonly [string, string, string, object, RegExp][] = [
    [
      'a wrong password',
      'AUTH',
      '535 no: wrong-pass',
      { retry: true, reason: 'auth' },
      /535 no: \[redacted\]/,
    ],
    [
      'a mailbox that there is not',
      'RCPT',
      '550 no such user',
      { retry: true, reason: 'client' },
      /550 no such user/,
    ],
    ['greylisting', 'RCPT', '451 later', { retry: true, reason: 'server' }, /451 later/],
    ['a server that is busy', 'CONNECT', '421 busy', { retry: true, reason: 'server' }, /421 busy/],
    ['a mail that is refused', '.', '554 spam', { retry: false, reason: 'poison' }, /554 spam/],
    ['a full disk', '.', '452 full', { retry: true, reason: 'server' }, /452 full/],
    ['no protocol', 'CONNECT', 'HTTP/1.1 400', { retry: true, reason: 'network' }, /HTTP/],
  ];
  for (const [what, command, answer, expected, message] of failures)
    it(`tells ${what}`, async () => {
      server = await SmtpServer.start();
      server.answers.set(command, answer);
      const login = command === 'AUTH' ? { username: 'falco', password: 'wrong-pass' } : {};
      const failure = await failureOf((await open(login)).send([alert()]));
      expect(failure).to.deep.include(expected);
      expect(failure.message).to.match(message);
    });

  it('gives up on a silent server', async () => {
    server = await SmtpServer.start();
    server.answers.set('.', '');
    const failure = await failureOf((await open()).send([alert()], {}, AbortSignal.timeout(300)));
    expect(failure).to.deep.include({ retry: true, reason: 'timeout' });
  });

  it('tells that nobody listens', async () => {
    server = await SmtpServer.start();
    const failure = await failureOf((await open({ port: await closedPort() })).send([alert()]));
    expect(failure).to.deep.include({ retry: true, reason: 'network' });
    expect(failure.message).to.match(/ECONNREFUSED/);
  });
});
