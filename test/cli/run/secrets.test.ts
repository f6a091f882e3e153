import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { renderDiagnostics } from '../../../cli/diagnostics.ts';
import { loadRunConfig } from '../../../daemon/config/run-config.ts';
import { alertJson, RunFolder } from '../run-process.ts';
import { tiercelIn } from '../tiercel.ts';
import { eventually, request } from './ledger.ts';

/** A secret that is found wherever it comes up. */
const canary = (name: string): string => `canary-${name}-4f1d`;
const CANARY = /canary-[a-z-]+-4f1d/;
/** Found in what a program encodes, too. */
const inBase64 = (text: string): boolean =>
  [...text.matchAll(/[A-Za-z0-9+/]{16,}={0,2}/g)].some(([word]) =>
    CANARY.test(Buffer.from(word, 'base64').toString()),
  );

describe('secrets of tiercel run', function () {
  this.timeout(120_000);
  let folder: RunFolder;
  let echo: Server;
  let mail: TcpServer;
  const env = { CANARY_ENV: canary('env'), CANARY_WORD: canary('env-word') };

  beforeEach(async () => {
    folder = new RunFolder();
    // Says in its answer all that it was asked with.
    echo = createServer((asked, response) => {
      const said = decodeURIComponent(`${asked.url} ${JSON.stringify(asked.headers)}`);
      response.writeHead(asked.url!.includes('poison') ? 400 : 401, 'no').end(said);
    });
    mail = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      let heard = '';
      socket.write('220 hello\r\n');
      socket.on('data', (bytes) => {
        const said = bytes.toString();
        heard += said
          .trim()
          .split(' ')
          .map((word) =>
            Buffer.from(word, 'base64')
              .toString()
              .replace(/\P{ASCII}|\p{Cc}/gu, ' '),
          )
          .join(' ');
        socket.write(
          said.startsWith('EHLO')
            ? '250-hello\r\n250 AUTH PLAIN LOGIN\r\n'
            : `535 ${heard} ${said.trim()}\r\n`,
        );
      });
    });
    for (const server of [echo, mail]) await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    await folder.remove();
    echo.closeAllConnections();
    for (const server of [echo, mail]) server.close();
  });

  const portOf = (server: Server | TcpServer): number => (server.address() as AddressInfo).port;

  function config(): object {
    const at = `127.0.0.1:${portOf(echo)}`;
    writeFileSync(folder.place('secret'), `${canary('file')}\n`);
    const headers = { Authorization: `Bearer ${canary('header')}`, 'X-Plain': canary('plain-header') };
    const retry = { first: '20ms', max: '50ms' };
    const outputs = {
      hook: {
        kind: 'http',
        url: `http://${at}/${canary('path')}?q=${canary('query')}`,
        headers,
        signature: { secret: canary('signature') },
      },
      poisoned: {
        kind: 'http',
        url: `http://${at}/poison/${canary('poison-path')}`,
        headers: { 'X-Key': '${env:CANARY_ENV}' },
      },
      closed: { kind: 'http', url: `http://user:${canary('userinfo')}@127.0.0.1:9/${canary('closed-path')}` },
      proxied: {
        kind: 'http',
        url: 'http://example.org/',
        proxy: `http://me:${canary('proxy')}@127.0.0.1:9`,
      },
      slack: { kind: 'slack', webhook_url: `http://${at}/services/${canary('slack')}` },
      am: { kind: 'alertmanager', url: `http://user:${canary('am-userinfo')}@${at}`, headers },
      far: {
        kind: 'forward',
        url: `http://${at}/poison?token=${canary('forward-query')}`,
        token: '${file:secret}',
      },
      mail: {
        kind: 'smtp',
        host: '127.0.0.1',
        port: portOf(mail),
        security: 'none',
        username: 'falco',
        password: '${env:CANARY_WORD}',
        from: 'a@example.org',
        to: 'b@example.org',
      },
      live: {
        kind: 'websocket',
        url: `ws://user:${canary('ws-userinfo')}@${at}/live?access_token=${canary('ws-query')}`,
        headers,
      },
      served: { kind: 'websocket', listen: '127.0.0.1:0', token: canary('served') },
      program: {
        kind: 'program',
        program: 'echo failing with ${env:CANARY_ENV} >&2; exit 1',
        retry: { ...retry, attempts: 1 },
      },
      missing: { kind: 'file', path: 'tiercel.yaml/${env:CANARY_ENV}/alerts.json' },
    };
    return {
      data_dir: 'data',
      log: { level: 'debug' },
      shutdown_timeout: '200ms',
      api: { token: canary('api') },
      inputs: {
        http: { kind: 'http', listen: '127.0.0.1:0', token: '${file:secret}', hmac_secret: canary('hmac') },
        stream: {
          kind: 'websocket',
          url: `ws://user:${canary('stream-userinfo')}@${at}/in?token=${canary('stream-query')}`,
          headers,
          subscribe: `{"login": "${canary('subscribe')}"}`,
        },
        program: {
          kind: 'program',
          command: 'echo $WORD >&2; echo $PLAIN >&2; exit 3',
          env: { WORD: '${env:CANARY_WORD}', PLAIN: canary('program') },
        },
        open: { kind: 'http', listen: '127.0.0.1:0' },
      },
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, output]) => [name, { retry, ...output }]),
      ),
    };
  }

  function expectNone(what: string, text: string): void {
    const at = text.search(CANARY);
    expect(at === -1 ? '' : text.slice(Math.max(0, at - 200), at + 100), what).to.equal('');
    expect(inBase64(text), `${what}, in base64`).to.equal(false);
  }

  it('are in nothing that it prints, serves, or keeps beside them', async () => {
    folder.write(config());
    const run = folder.runWith(env);
    await run.says('runs');
    const open = run.log.find(({ input, msg }) => input === 'open' && msg === 'takes alerts')!;
    const address = `http://${String(open['address'])}`;
    const guarded = run.log.find(({ input, msg }) => input === 'http' && msg === 'takes alerts')!;
    await request(`http://${String(guarded['address'])}`, '{}', {
      headers: { authorization: `Bearer ${canary('wrong')}` },
    });
    expect((await request(address, alertJson('one'))).status).to.equal(200);
    const headers = { authorization: `Bearer ${canary('api')}` };
    const failed = async (): Promise<string[]> => {
      const { text } = await request(`${address}/readyz`, undefined, { headers });
      const { outputs } = JSON.parse(text) as {
        outputs: Record<string, { last_failure?: object; dead_letters: number }>;
      };
      return Object.entries(outputs).flatMap(([name, { last_failure: last, dead_letters: dead }]) =>
        last || dead > 0 ? [name] : [],
      );
    };
    // Each has failed once, so that it has said what it has to say.
    await eventually(async () => (await failed()).length >= 11);
    for (const path of ['/config', '/metrics', '/readyz', '/queue', '/healthz']) {
      const { status, text } = await request(`${address}${path}`, undefined, { headers });
      expect([200, 404], path).to.include(status);
      expectNone(path, text);
    }
    expectNone('/config without a token', (await request(`${address}/config`)).text);
    writeFileSync(folder.file, JSON.stringify(config()).replace('"debug"', '"${env:CANARY_ENV}"'));
    run.kill('SIGHUP');
    await run.says('was refused');
    expectNone(
      'its title',
      readFileSync(`/proc/${run.child.pid}/cmdline`, 'utf8') +
        readFileSync(`/proc/${run.child.pid}/comm`, 'utf8'),
    );
    folder.write(config());
    const commands = [
      ['queue', 'stats'],
      ['queue', 'ls', '--json'],
      ['queue', 'ls', '--pending'],
      ['queue', 'show', 'poisoned', '1'],
    ];
    for (const [command = '', sub = '', ...rest] of commands) {
      const { stdout, stderr } = tiercelIn(env, command, sub, ...rest, '--data-dir', folder.place('data'));
      expect(stdout).not.to.equal('');
      expectNone(`${command} ${sub}`, stdout + stderr);
    }
    for (const args of [
      ['config', 'print'],
      ['config', 'print', '--json'],
      ['config', 'check'],
      ['run', '--dry-run', '-c'],
    ]) {
      const { stdout, stderr } = tiercelIn(env, ...args, folder.file);
      expect(stdout, stderr).not.to.equal('');
      expectNone(args.join(' '), stdout + stderr);
    }
    run.kill('SIGTERM');
    await run.exit;
    expect(run.log.length).to.be.above(10);
    for (const line of run.log) expectNone('the log', JSON.stringify(line));
    expectNone('what it printed', run.stdout + run.rest);
    // What it keeps of failures.
    expectNone('the queue', readFileSync(folder.place('data/data.mdb'), 'latin1'));
  });

  it('are not in what is said of a configuration that is wrong', async () => {
    const wrongs: readonly object[] = [
      { outputs: { a: { kind: 'http', url: '${env:CANARY_ENV}' } } },
      { outputs: { a: { kind: 'http', url: 'http://example.org', timeout: '${env:CANARY_ENV}' } } },
      { outputs: { a: { kind: '${env:CANARY_ENV}' } } },
      { outputs: { a: { kind: 'syslog', address: '${env:CANARY_ENV}' } } },
      { outputs: { a: { kind: 'smtp', host: 'h', from: '${env:CANARY_ENV}', to: '${env:CANARY_ENV}' } } },
      { inputs: { a: { kind: 'http', listen: '${env:CANARY_ENV}' } } },
      { inputs: { a: { kind: 'http', format: '${env:CANARY_ENV}' } } },
      { inputs: { a: { kind: 'websocket', url: '${env:CANARY_ENV}' } } },
      { inputs: { a: { kind: 'grpc', interval: '${env:CANARY_ENV}' } } },
      { api: { token: '${env:CANARY_ENV}', listen: '${env:CANARY_ENV}' } },
      { shutdown_timeout: '${env:CANARY_ENV}' },
    ];
    for (const wrong of wrongs) {
      folder.write({
        data_dir: 'data',
        outputs: { out: { kind: 'stdout' } },
        inputs: { in: { kind: 'stdin' } },
        ...wrong,
      });
      const { config: made, diagnostics } = loadRunConfig({ file: folder.file, env });
      expect(made, JSON.stringify(wrong)).to.equal(undefined);
      expectNone(JSON.stringify(wrong), renderDiagnostics(diagnostics, 'text'));
    }
  });
});
