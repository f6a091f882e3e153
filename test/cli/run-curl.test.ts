import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { makeCertificates, type Certificates } from '../certificates.ts';
import { realProgram } from '../real-program.ts';
import { alertJson, RunFolder, Webhook, type RunProcess } from './run-process.ts';

/** What Falco's `http_output` sends, and what asks falcosidekick: Falco sends with libcurl, and so does this. */
describe('tiercel run and curl', function () {
  const program = realProgram('curl', 'curl');
  if (program === undefined) return;
  this.timeout(30_000);
  let folder: RunFolder;
  let hook: Webhook;
  let run: RunProcess;
  let certificates: Certificates;
  let plain: string;
  let secure: string;

  before(async () => {
    certificates = makeCertificates();
    hook = new Webhook();
    await hook.listen();
    folder = new RunFolder();
    const tls = {
      cert: certificates.path('server.crt'),
      key: certificates.path('server.key'),
      client_ca: certificates.path('ca.crt'),
    };
    folder.write({
      data_dir: 'data',
      inputs: {
        plain: { kind: 'http', listen: '127.0.0.1:0' },
        secure: { kind: 'http', listen: '127.0.0.1:0', tls },
      },
      outputs: { hook: { kind: 'http', url: hook.url } },
    });
    run = folder.run();
    await run.says('runs');
    const addressOf = (input: string): string =>
      String(
        run.log.find((line) => line.msg.includes('takes alerts') && line['input'] === input)!['address'],
      );
    plain = `http://${addressOf('plain')}`;
    secure = `https://${addressOf('secure')}`;
  });
  after(async () => {
    await folder.remove();
    await hook.close();
    certificates.remove();
  });

  interface Got {
    /** Statuses of the transfers. */
    readonly statuses: readonly number[];
    readonly connects: number;
    readonly stdout: string;
    readonly stderr: string;
    readonly exit: number | null;
  }
  function curl(...args: readonly string[]): Got {
    const format = ['-w', '\\n%{stderr}#%{http_code} %{num_connects}\\n'];
    // Its own proxies and settings are none of our business.
    const env = { ...process.env, no_proxy: '*', NO_PROXY: '*' };
    const { stdout, stderr, status } = spawnSync(program!, ['-q', '-sS', '-m', '20', ...format, ...args], {
      encoding: 'utf8',
      env,
    });
    const ended = [...stderr.matchAll(/^#(\d+) (\d+)$/gm)];
    return {
      statuses: ended.map(([, code]) => Number(code)),
      connects: ended.reduce((sum, [, , connects]) => sum + Number(connects), 0),
      stdout,
      stderr,
      exit: status,
    };
  }

  /** Options that Falco sets (outputs_http.cpp): headers, agent, the body as it is. */
  function falcoArgs(url: string, bodies: readonly string[], more: readonly string[] = []): string[] {
    return bodies.flatMap((body, i) => {
      const file = folder.place(`body-${i}`);
      writeFileSync(file, body);
      const headers = ['-H', 'Content-Type: application/json', '-A', 'falcosecurity/falco'];
      return [
        ...(i === 0
          ? []
          : ['--next', '-sS', '-m', '20', '-w', '\\n%{stderr}#%{http_code} %{num_connects}\\n']),
        ...headers,
        ...more,
        '--data-binary',
        `@${file}`,
        url,
      ];
    });
  }
  const tlsArgs = () => [
    ...['--cacert', certificates.path('ca.crt')],
    ...['--cert', certificates.path('client.crt'), '--key', certificates.path('client.key')],
  ];

  for (const name of ['http', 'https, with certificates on both sides'] as const) {
    const isPlain = name === 'http';
    const more = () => (isPlain ? [] : tlsArgs());
    const url = (path = '/') => `${isPlain ? plain : secure}${path}`;

    describe(`by ${name}`, () => {
      it('takes alerts one after another, on one connection', async () => {
        const rules = ['a', 'b', 'c'].map((rule) => `${rule} ${name}`);
        const got = curl(
          ...falcoArgs(
            url(),
            rules.map((rule) => alertJson(rule)),
            more(),
          ),
        );
        expect(got).to.deep.include({ statuses: [200, 200, 200], connects: 1, exit: 0 });
        await hook.until(() => rules.every((rule) => hook.rules.includes(rule)));
      });

      it('takes what comes after `Expect: 100-continue`, by itself for long alerts', async () => {
        const rules = ['long 1', 'long 2'].map((rule) => `${rule} ${name}`);
        const body = rules.map((rule) => `${alertJson(rule, { output: 'x'.repeat(600_000) })}\n`).join('');
        const got = curl(...falcoArgs(url(), [body], [...more(), '-v']));
        expect(got).to.deep.include({ statuses: [200], exit: 0 });
        // libcurl asks before it sends more than 1 MiB.
        expect(got.stderr).to.match(
          /> Expect: 100-continue[^]*< HTTP\/1\.1 100 Continue[^]*< HTTP\/1\.1 200/,
        );
        await hook.until(() => rules.every((rule) => hook.rules.includes(rule)));
      });

      it('takes what comes in chunks, and from who takes compressed answers', async () => {
        const rule = `chunks ${name}`;
        const flags = ['-H', 'Transfer-Encoding: chunked', '--tr-encoding', '--compressed'];
        const got = curl(...falcoArgs(url(), [alertJson(rule)], [...more(), ...flags]));
        expect(got).to.deep.include({ statuses: [200], exit: 0 });
        await hook.until(() => hook.rules.includes(rule));
      });

      it('takes what HTTP/1.0 sends, and who would like HTTP/2', async () => {
        const rules = [`1.0 ${name}`, `2 ${name}`];
        // In TLS, curl would offer nothing but HTTP/1.0.
        for (const [i, flag] of [isPlain ? '--http1.0' : '--http1.1', '--http2'].entries())
          expect(curl(...falcoArgs(url(), [alertJson(rules[i]!)], [...more(), flag])).stderr, flag).to.match(
            /^#200/m,
          );
        await hook.until(() => rules.every((rule) => hook.rules.includes(rule)));
      });

      it('answers what falcosidekick answers', async () => {
        const get = (path: string, ...flags: string[]) => {
          const { statuses, stdout } = curl(...more(), ...flags, url(path));
          return [statuses[0], stdout.trim()];
        };
        expect(get('/ping')).to.deep.equal([200, 'pong']);
        expect(JSON.parse(String(get('/healthz')[1]))).to.deep.equal({ status: 'ok' });
        expect(get('/metrics')).to.satisfy(
          ([status, text]: [number, string]) => status === 200 && text.startsWith('# HELP '),
        );
        const before = hook.rules.filter((rule) => rule === 'Test rule').length;
        expect(get('/test', '-X', 'POST')[0]).to.equal(200);
        expect(get('/test')[0]).to.equal(200);
        await hook.until(() => hook.rules.filter((rule) => rule === 'Test rule').length === before + 2);
        expect(get('/')[0]).to.equal(405);
        expect(get('/', '-d', 'no alert')[0]).to.equal(400);
        expect(get('/', '-d', '')[0]).to.equal(400);
        expect(get('/nowhere')[0]).to.equal(404);
        expect(get('/ping', '-I')[0]).to.equal(200);
      });
    });
  }

  it('is not trusted without its CA, and does not trust who has no certificate', () => {
    expect(curl(secure).exit).to.equal(60);
    expect(curl('--cacert', certificates.path('ca.crt'), secure).exit).to.be.oneOf([35, 55, 56]);
    expect(curl('-k', ...tlsArgs(), `${secure}/ping`).statuses).to.deep.equal([200]);
  });
});
