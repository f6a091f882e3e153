import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { alertJson, names, RunFolder, send, Webhook } from './run-process.ts';
import { tiercel } from './tiercel.ts';

describe('tiercel run', function () {
  this.timeout(30_000);
  let folder: RunFolder;
  let hook: Webhook;
  const input = { http: { kind: 'http', listen: '127.0.0.1:0' } };
  const retry = { first: '50ms', max: '100ms' };
  const config = (more: object = {}): object => ({
    data_dir: 'data',
    inputs: input,
    outputs: {
      hook: { kind: 'http', url: hook.url, retry },
      archive: { kind: 'file', path: 'alerts.json', sync: false },
    },
    ...more,
  });
  const archived = (): string[] =>
    readFileSync(folder.place('alerts.json'), 'utf8')
      .split('\n')
      // What follows the last line end is nothing, or a line that is being written.
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { rule: string }).rule);

  beforeEach(async () => {
    folder = new RunFolder();
    hook = new Webhook();
    await hook.listen();
  });
  afterEach(async () => {
    await folder.remove();
    await hook.close();
  });

  it('delivers what comes with HTTP as routes say, and ends with status 0', async () => {
    folder.write(
      config({
        routes: [{ match: 'rule startswith "to the hook"', outputs: ['hook'] }],
        default: ['archive'],
      }),
    );
    const run = folder.run();
    const address = await run.address();
    expect(await send(address, 'to the hook 1', 'to the archive', 'to the hook 2')).to.deep.equal([
      200, 200, 200,
    ]);
    await hook.until(() => hook.rules.length === 2);
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expect(hook.rules).to.deep.equal(['to the hook 1', 'to the hook 2']);
    expect(archived()).to.deep.equal(['to the archive']);
    expect(run.stdout).to.equal('');
  });

  it('delivers to Slack, whose client is loaded with the first output that needs it', async () => {
    folder.write(config({ outputs: { slack: { kind: 'slack', webhook_url: hook.url, retry } } }));
    const run = folder.run();
    expect(await send(await run.address(), 'to the channel')).to.deep.equal([200]);
    const failed = run.says('alerts were not taken').then(({ error }) => error);
    const delivered = hook.until(() => hook.rules.length === 1).then(() => 'delivered');
    // It ends below, and says nothing any more.
    failed.catch(() => undefined);
    expect(await Promise.race([failed, delivered])).to.equal('delivered');
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
  });

  it('refuses what is no alert, and takes the rest', async () => {
    folder.write(config());
    const run = folder.run();
    const address = await run.address();
    const { status } = await fetch(address, { method: 'POST', body: `${alertJson('good')}\nno alert\n` });
    expect(status).to.equal(400);
    await hook.until(() => hook.rules.length === 1);
    expect(hook.rules).to.deep.equal(['good']);
  });

  it('delivers after kill -9 what it has acknowledged', async () => {
    await hook.close();
    folder.write(config());
    const before = folder.run();
    const rules = names('rule', 20);
    await send(await before.address(), ...rules);
    before.kill('SIGKILL');
    await before.exit;
    await hook.listen();
    folder.run();
    await hook.until(() => new Set(hook.rules).size === rules.length);
    expect([...new Set(hook.rules)].sort()).to.deep.equal([...rules].sort());
  });

  it('reads the configuration again while alerts come, and loses none', async () => {
    folder.write(config({ default: ['archive'] }));
    const run = folder.run();
    const address = await run.address();
    const rules = names('rule', 60);
    const sending = send(address, ...rules);
    folder.write(config({ default: ['archive', 'hook'] }));
    run.kill('SIGHUP');
    await run.says('was read again');
    expect(await sending).to.deep.equal(rules.map(() => 200));
    await send(address, 'last');
    await hook.until(() => hook.rules.includes('last'));
    run.kill('SIGTERM');
    await run.exit;
    expect(archived().filter((rule) => !rule.startsWith('tiercel internal'))).to.deep.equal([
      ...rules,
      'last',
    ]);
  });

  it('notices a change of the file by itself', async () => {
    folder.write(config({ default: ['archive'] }));
    const run = folder.run();
    const address = await run.address();
    folder.write(config({ default: ['hook'] }));
    await run.says('was read again');
    await send(address, 'last');
    await hook.until(() => hook.rules.includes('last'));
  });

  it('refuses a wrong configuration, tells so, and goes on as before', async () => {
    folder.write(config());
    const run = folder.run();
    const address = await run.address();
    folder.write(config({ routes: [{ match: 'priority >= waring', outputs: ['hook'] }] }));
    run.kill('SIGHUP');
    const line = await run.says('the configuration was refused');
    expect(line['reason']).to.match(/tiercel\.yaml:1:\d+: routes\[0\]\.match: .*waring/);
    await hook.until(() => hook.rules.includes('tiercel internal: configuration refused'));
    expect(await send(address, 'after')).to.deep.equal([200]);
    await hook.until(() => hook.rules.includes('after'));
  });

  it('refuses outputs that cannot be opened in the same way', async () => {
    folder.write(config());
    const run = folder.run();
    const address = await run.address();
    const tls = { ca: 'missing.pem' };
    folder.write(config({ outputs: { hook: { kind: 'http', url: 'https://example.org/', tls } } }));
    run.kill('SIGHUP');
    expect((await run.says('the configuration was refused'))['reason']).to.match(
      /^output hook: .*missing\.pem/,
    );
    await send(address, 'after');
    await hook.until(() => hook.rules.includes('after'));
  });

  it('delivers to others while one output hangs', async () => {
    hook.status = undefined;
    folder.write(config());
    const run = folder.run();
    const address = await run.address();
    const rules = names('rule', 20);
    await send(address, ...rules);
    run.kill('SIGUSR1');
    await run.says('opened files anew');
    while (!existsSync(folder.place('alerts.json')) || archived().length < rules.length)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(archived()).to.deep.equal(rules);
    expect(hook.rules).to.deep.equal([]);
  });

  it('delivers on SIGTERM what is under way and what waits', async () => {
    hook.hold = true;
    folder.write(config({ default: ['hook'] }));
    const run = folder.run();
    const rules = names('rule', 5);
    await send(await run.address(), ...rules);
    await hook.until(() => hook.held.length >= 1);
    run.kill('SIGTERM');
    await run.says('stops');
    hook.hold = false;
    for (const take of hook.held.splice(0)) take();
    expect(await run.exit).to.equal(0);
    // Several are under way at a time.
    expect(hook.rules).to.have.members(rules);
  });

  it('stops at once on a second signal, and delivers after the next start', async () => {
    hook.hold = true;
    folder.write(config({ default: ['hook'] }));
    const run = folder.run();
    await send(await run.address(), 'one', 'two');
    await hook.until(() => hook.held.length >= 1);
    run.kill('SIGTERM');
    await run.says('stops');
    run.kill('SIGINT');
    expect(await run.exit).to.equal(0);
    hook.hold = false;
    folder.run();
    await hook.until(() => new Set(hook.rules).size === 2);
    expect([...new Set(hook.rules)]).to.have.members(['one', 'two']);
  });

  it('leaves in the queue what cannot be delivered in shutdown_timeout', async () => {
    hook.status = undefined;
    folder.write(config({ default: ['hook'], shutdown_timeout: '100ms' }));
    const run = folder.run();
    await send(await run.address(), 'one');
    run.kill('SIGTERM');
    expect((await run.says('alerts stay in the queue'))['alerts']).to.equal(1);
    expect(await run.exit).to.equal(0);
  });

  it('opens files anew on SIGUSR1', async () => {
    const outputs = { archive: { kind: 'file', path: 'alerts.json', keep_alive: true } };
    folder.write(config({ outputs }));
    const run = folder.run();
    const address = await run.address();
    await send(address, 'before');
    while (!existsSync(folder.place('alerts.json')) || archived().length === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    renameSync(folder.place('alerts.json'), folder.place('alerts.1'));
    run.kill('SIGUSR1');
    await run.says('opened files anew');
    await send(address, 'after');
    run.kill('SIGTERM');
    await run.exit;
    expect(archived()).to.deep.equal(['after']);
  });

  it('keeps alerts that a destination does not accept, and puts them back on command while it runs', async () => {
    hook.status = 400;
    folder.write(config());
    const run = folder.run();
    const address = await run.address();
    await send(address, 'odd');
    await run.says('they are dead letters');
    const queue = (...args: readonly string[]) => {
      const [sub = '', ...rest] = args;
      return tiercel('queue', sub, '-c', folder.file, ...rest);
    };
    const list = JSON.parse(queue('ls', '--json').stdout) as { output: string; seq: number; rule: string }[];
    expect(list.map(({ output, rule }) => [output, rule])).to.deep.equal([['hook', 'odd']]);
    expect(queue('ls').stdout).to.match(/^OUTPUT +SEQ +RECEIVED/);
    expect(queue('show', 'hook', String(list[0]!.seq)).stdout).to.contain('"rule":"odd"');
    expect(queue('show', 'hook', '4711').status).to.equal(1);
    for (const sub of ['ls', 'show', 'replay', 'drop']) {
      const { status, stderr } = queue(sub, 'hok', ...(sub === 'show' ? ['1'] : []));
      expect([sub, status, stderr]).to.deep.equal([
        sub,
        2,
        'error: the queue knows no output hok (QUEUE_UNKNOWN_OUTPUT)\n  hint: did you mean hook?\n',
      ]);
    }
    hook.status = 200;
    expect(queue('replay', 'hook').stdout).to.equal('1 put back\n');
    await hook.until(() => hook.rules.includes('odd'));
    expect(queue('ls').stdout).to.match(/^no dead letters/);
  });

  it('says what waits where there are no dead letters', async () => {
    await hook.close();
    folder.write(config());
    const run = folder.run();
    await send(await run.address(), 'one');
    const queue = (...args: readonly string[]) => tiercel('queue', ...args, '-c', folder.file).stdout;
    expect(queue('ls', 'hook')).to.equal('no dead letters; 1 for hook not delivered yet: --pending\n');
    expect(queue('ls', 'hook', '--pending')).to.match(/^OUTPUT .*\nhook +1 .* one +default\n$/);
    const { outputs } = JSON.parse(queue('stats', '--json')) as { outputs: object[] };
    expect(outputs.find((one) => 'output' in one && one.output === 'hook'))
      .to.deep.include({ pending: 1, dead: 0 })
      .and.not.to.have.property('configured');
    await hook.listen();
  });

  it('tells of dead letters with an alert, which goes to other outputs', async () => {
    hook.status = 400;
    folder.write(config());
    const run = folder.run();
    await send(await run.address(), 'odd');
    while (!existsSync(folder.place('alerts.json')) || archived().length < 2)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(archived()).to.deep.equal(['odd', 'tiercel internal: dead letters']);
    run.kill('SIGTERM');
    await run.exit;
    expect(run.log.filter(({ msg }) => msg.includes('they are dead letters'))).to.have.length(1);
  });

  it('answers with health, metrics and configuration where it takes alerts', async () => {
    folder.write(config({ api: { token: 'token-of-the-api' } }));
    const run = folder.run();
    const address = await run.address();
    await send(address, 'one');
    await hook.until(() => hook.rules.length === 1);
    const headers = { authorization: 'Bearer token-of-the-api' };
    const get = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(address + path, init);
      return { status: response.status, text: await response.text() };
    };
    expect((await get('/healthz')).status).to.equal(200);
    expect(JSON.parse((await get('/readyz')).text)).to.deep.equal({ ready: true });
    const ready = JSON.parse((await get('/readyz', { headers })).text) as {
      outputs: Record<string, { state: string }>;
    };
    expect(ready.outputs['hook']?.state).to.equal('ok');
    expect((await get('/metrics')).status).to.equal(401);
    expect((await get('/metrics', { headers })).text).to.match(
      /^tiercel_input_alerts_total\{input="http"\} 1$/m,
    );
    const shown = await get('/config', { headers });
    expect(shown.text).to.contain('alerts.json').and.not.contain('token-of-the-api').and.not.contain('/hook');
    expect((await get('/reload', { method: 'POST' })).status).to.equal(401);
    expect((await get('/reload', { method: 'POST', headers })).status).to.equal(200);
  });

  it('delivers everything when the input ends, and ends, too', async () => {
    folder.write(config({ inputs: { stdin: { kind: 'stdin' } } }));
    const run = folder.run();
    run.child.stdin!.end(`${alertJson('one')}\n${alertJson('two')}\n`);
    expect(await run.exit).to.equal(0);
    expect(hook.rules).to.deep.equal(['one', 'two']);
  });

  it('does not start twice on one data_dir', async () => {
    folder.write(config());
    await folder.run().address();
    const second = folder.run();
    expect(await second.exit).to.equal(2);
    expect(second.rest).to.contain('QUEUE_IN_USE');
  });

  it('does not start with a wrong configuration, or an address that is in use', async () => {
    folder.write({ ...config(), outptus: {} });
    const wrong = folder.run();
    expect(await wrong.exit).to.equal(2);
    expect(wrong.rest).to.contain('did you mean outputs?');
    expect(await folder.run('--dry-run').exit).to.equal(1);

    folder.write(
      config({
        inputs: { http: { kind: 'http', listen: new URL(hook.url).host } },
        default: ['archive'],
        outputs: { archive: { kind: 'file', path: 'alerts.json' } },
      }),
    );
    const taken = folder.run();
    expect(await taken.exit).to.equal(2);
    expect(taken.rest).to.match(/input http: cannot listen at .*EADDRINUSE/);
  });

  it('says with --dry-run what it would do, and does nothing', async () => {
    folder.write(
      config({ routes: [{ match: 'priority >= error', outputs: ['hook'], dedup: { window: '1m' } }] }),
    );
    const run = folder.run('--dry-run');
    expect(await run.exit).to.equal(0);
    expect(run.stdout)
      .to.contain('  hook: http\n')
      .and.contain('  priority >= error [dedup] -> hook\n  else: hook, archive\n');
    expect(existsSync(folder.place('data'))).to.equal(false);
  });

  it('finds errors in rules with --dry-run and config check, before anything runs', async () => {
    writeFileSync(
      folder.place('rules.yaml'),
      '- {rule: R, desc: d, condition: evt.typ = open, output: x, priority: INFO}',
    );
    folder.write(
      config({
        rules_files: [folder.place('rules.yaml')],
        inputs: { feed: { kind: 'http', as: 'events', listen: '127.0.0.1:0' } },
      }),
    );
    const run = folder.run('--dry-run');
    expect(await run.exit).to.equal(1);
    expect(run.rest).to.match(/rules.yaml:1:\d+: error: /);
    for (const args of [[folder.file], ['-c', folder.file]]) {
      const { status, stdout } = tiercel('config', 'check', ...args);
      expect(stdout).to.match(/rules.yaml:1:\d+: error: /);
      expect(stdout).to.match(/Invalid\n$/);
      expect(status).to.equal(1);
    }
    writeFileSync(
      folder.place('rules.yaml'),
      '- {rule: R, desc: d, condition: evt.type = open, output: x, priority: INFO}',
    );
    expect(tiercel('config', 'check', folder.file).status).to.equal(0);
    expect(tiercel('config', 'check').stderr).to.include('which file?');
    for (const args of [
      ['config', 'check'],
      ['config', 'print'],
      ['run', '--dry-run', '-c'],
      ['run', '-c'],
    ]) {
      const { status, stdout, stderr } = tiercel(...args, folder.place('nosuch.yaml'));
      expect(`${stdout}${stderr}`).to.match(/nosuch\.yaml: error: cannot read .*: there is no such file/);
      expect(`${stdout}${stderr}`).not.to.include('Invalid');
      expect(status, args.join(' ')).to.equal(2);
    }
    for (const format of [['--json'], ['--format', 'json']]) {
      writeFileSync(folder.place('bad.yaml'), 'outptus: {}\n');
      const { status, stdout } = tiercel('config', 'check', folder.place('bad.yaml'), ...format);
      const { diagnostics } = JSON.parse(stdout) as { diagnostics: object[] };
      expect(diagnostics[0]).to.deep.include({ message: 'unknown key "outptus"', line: 1, column: 1 });
      expect(status).to.equal(1);
    }
    expect(tiercel('config', 'print', 'a', '-c', 'b')).to.deep.include({ status: 2 });
  });

  it("takes Falco's own outputs from falco.yaml", async () => {
    writeFileSync(
      folder.file,
      `json_output: true
file_output: {enabled: true, filename: ${folder.place('alerts.json')}}
stdout_output: {enabled: true}
http_output: {enabled: true, url: "${hook.url}"}
data_dir: data
inputs: {http: {kind: http, listen: "127.0.0.1:0"}}
`,
    );
    const run = folder.run('-o', 'syslog_output.enabled=false');
    await send(await run.address(), 'one');
    await hook.until(() => hook.rules.length === 1);
    run.kill('SIGTERM');
    await run.exit;
    expect(archived()).to.deep.equal(['one']);
    expect(run.stdout).to.equal(`${alertJson('one')}\n`);
  });

  describe('silences at run time', () => {
    const routes = (...args: readonly string[]) =>
      tiercel('routes', args[0]!, '--data-dir', folder.place('data'), ...args.slice(1));

    it('hold alerts back, survive kill -9, are listed with who and why, and can be ended', async () => {
      folder.write(
        config({
          outputs: { hook: { kind: 'http', url: hook.url, retry } },
          silences: [{ id: 'fixed', match: 'rule = never', until: '2999-01-01T00:00:00Z' }],
        }),
      );
      const first = folder.run();
      await first.address();
      const added = [
        'silence',
        'rule startswith loud',
        '--for',
        '2h',
        '--comment',
        'upgrade',
        '--author',
        'me',
      ];
      expect(routes(...added, '--id', 'x')).to.deep.include({ status: 0, stderr: '' });
      first.kill('SIGKILL');
      await first.exit;

      const run = folder.run();
      const address = await run.address();
      expect(await send(address, 'loud 1', 'other', 'loud 2')).to.deep.equal([200, 200, 200]);
      await hook.until(() => hook.rules.length === 1);
      const list = JSON.parse(routes('silences', '--json').stdout) as Record<string, unknown>[];
      expect(list.map(({ id, from, author, comment }) => [id, from, author, comment])).to.deep.equal([
        ['fixed', 'settings', undefined, undefined],
        ['x', 'api', 'me', 'upgrade'],
      ]);
      expect(routes('silences').stdout).to.match(/^x +silent +\S+Z +me +rule startswith loud +upgrade$/m);

      expect(routes('unsilence', 'x')).to.deep.equal({ status: 0, stdout: 'ended x\n', stderr: '' });
      // What was silent is summed up.
      await hook.until(() => hook.rules.length === 2);
      expect(hook.rules).to.deep.equal(['other', 'tiercel summary']);
      expect(routes('unsilence', 'x').status).to.equal(1);
      expect(routes('unsilence', 'fixed').stderr).to.include('those of the configuration');
    });

    it('are refused where they are wrong', async () => {
      folder.write(config());
      await folder.run().address();
      for (const [args, message] of [
        [['silence', 'rul = x', '--for', '1h'], /match: there is no field rul.*\n.*did you mean rule\?/s],
        [['silence', 'rule = x', '--until', '2020-01-01T00:00:00Z'], /until: this is over already/],
        [['silence', 'rule = x', '--for', 'ever'], /expected a time span/],
        [['silence', 'rule = x'], /until when\?/],
      ] as const) {
        const { status, stderr } = routes(...args);
        expect(stderr).to.match(message);
        expect(status).to.equal(2);
      }
      expect(routes('silences').stdout).to.equal('nothing\n');
    });

    it('need a tiercel that runs', () => {
      mkdirSync(folder.place('data'));
      const { status, stderr } = routes('silences');
      expect(stderr).to.match(/no tiercel runs on .*data/);
      expect(status).to.equal(2);
    });
  });
});
