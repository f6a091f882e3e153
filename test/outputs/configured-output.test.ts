import { expect } from 'chai';
import { configureOutput } from '../../outputs/configured-output.ts';
import { KINDS } from '../../outputs/kinds/index.ts';
import { alert } from './kinds/opened.ts';

const files: Readonly<Record<string, string>> = { '/run/token': 'from-file\n' };
const sources = (env: Readonly<Record<string, string>> = {}) => ({
  env: (name: string) => env[name],
  file: (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
    return text;
  },
});

function configured(raw: unknown, env?: Readonly<Record<string, string>>) {
  const result = configureOutput(raw, sources(env));
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.output;
}

function problems(raw: unknown, env?: Readonly<Record<string, string>>) {
  const result = configureOutput(raw, sources(env));
  return 'problems' in result ? result.problems : [];
}

describe('configureOutput', () => {
  it('takes the kind for the name, and defaults for the rest', () => {
    const { name, kind, common } = configured({ kind: 'stdout' });
    expect({ name, kind: kind.kind }).to.deep.equal({ name: 'stdout', kind: 'stdout' });
    expect(common).to.deep.include({
      enabled: true,
      format: 'text',
      concurrency: 1,
      batch: { max: 100, wait: 0 },
      timeout: 10_000,
      retry: { first: 1000, max: 300_000 },
      queue: { max_bytes: 2 ** 30, max_age: 604_800_000, when_full: 'block' },
    });
  });

  it('takes what the kind says of batches and calls', () => {
    const { common } = configured({ kind: 'http', url: 'https://e.org/' });
    expect(common).to.deep.include({ format: 'json', concurrency: 32, batch: { max: 1, wait: 0 } });
  });

  it('reads what is written', () => {
    const { common } = configured({
      kind: 'webhook',
      name: 'hook-1',
      url: 'https://e.org/',
      batch: { max: 10, wait: '500ms' },
      rate_limit: '100/5m',
      queue: { max_bytes: '10MB', when_full: 'drop_oldest' },
    });
    expect(common).to.deep.include({
      name: 'hook-1',
      batch: { max: 10, wait: 500 },
      rate_limit: { count: 100, per: 300_000 },
    });
    expect(common.queue).to.deep.equal({
      max_bytes: 10_000_000,
      max_age: 604_800_000,
      when_full: 'drop_oldest',
    });
  });

  it('makes the text of alerts: of the output, or of the route', () => {
    const { text } = configured({ kind: 'file', path: '/x', template: '%rule\u2028' });
    const one = alert({ rule: 'a\nb' });
    expect(text(one, { route: 'r' })).to.equal('a\\nb\u2028');
    expect(text(one, { route: 'r', template: '%priority' })).to.equal('Warning');
    expect(text(one, { route: 'r', format: 'json' })).to.equal(one.json);
    expect(text(one, { route: 'r', format: 'text' })).to.equal(
      '12:34:56.123456789: Warning Shadow read (user=root)',
    );
  });

  describe('secrets', () => {
    const raw = {
      kind: 'http',
      url: 'https://user:p%40ss@e.org/hook/abcdef',
      headers: { Authorization: 'Bearer ${env:TOKEN}', 'X-Key': '${file:/run/token}', 'X-Plain': '$${x}' },
      proxy: 'http://me:word@proxy:3128',
    };
    const output = () => configured(raw, { TOKEN: 'from-env' });

    it('are never shown', () =>
      expect(output().shown).to.deep.equal({
        kind: 'http',
        url: '[redacted]',
        headers: { Authorization: '[redacted]', 'X-Key': '[redacted]', 'X-Plain': '[redacted]' },
        proxy: 'http://[redacted]@proxy:3128',
      }));

    for (const text of [
      'from-env',
      'from-file',
      'Bearer from-env',
      '/hook/abcdef',
      'p@ss',
      'me:word',
      Buffer.from('from-env').toString('base64'),
    ])
      it(`are taken out of messages: ${text}`, () =>
        expect(output().redact(`a ${text} b`)).to.match(/^a (?:Bearer )?\[redacted\] b$/));

    it('are not told where a setting is wrong', () =>
      expect(problems({ kind: 'stdout', timeout: '${env:T}' }, { T: 'hunter22' })).to.deep.equal([
        {
          path: ['timeout'],
          message: 'expected a time span such as 500ms, 10s, 5m, 1h30m or 7d, found "[redacted]"',
        },
      ]));
  });

  describe('the environment', () => {
    it('sets what it names, and wins', () => {
      const env = {
        TIERCEL_OUTPUTS_SLACK_SEC_WEBHOOK_URL: 'https://hooks.slack.com/services/x',
        TIERCEL_OUTPUTS_SLACK_SEC_CONCURRENCY: '3',
        TIERCEL_OUTPUTS_SLACK_SEC_ENABLED: 'false',
        TIERCEL_OUTPUTS_SLACK_SEC_QUEUE_MAX_AGE: '1h',
      };
      const { common, redact } = configured({ kind: 'slack', name: 'slack-sec', concurrency: 2 }, env);
      expect(common).to.deep.include({ concurrency: 3, enabled: false });
      expect(common.queue.max_age).to.equal(3_600_000);
      expect(redact('to https://hooks.slack.com/services/x')).to.equal('to [redacted]');
    });

    it('says what it expects', () =>
      expect(problems({ kind: 'stdout' }, { TIERCEL_OUTPUTS_STDOUT_CONCURRENCY: 'many' })).to.deep.equal([
        { path: ['concurrency'], message: 'expected a number, found "many"' },
      ]));
  });

  const wrong: readonly [string, unknown, readonly (string | number)[], RegExp, RegExp?][] = [
    ['text', 'stdout', [], /an output is a set of keys/, /write `- kind: stdout`/],
    ['nothing', null, [], /an output is a set of keys/],
    ['no kind', { name: 'x' }, [], /has no kind/, /known are alertmanager, file/],
    [
      'a kind that there is not',
      { kind: 'stdot' },
      ['kind'],
      /there is no output kind stdot/,
      /did you mean stdout\?/,
    ],
    [
      'a setting that there is not',
      { kind: 'file', pth: '/x', path: '/y' },
      ['pth'],
      /there is no setting pth here/,
      /did you mean path\?/,
    ],
    [
      'a setting deeper down',
      { kind: 'stdout', queue: { max: 1 } },
      ['queue', 'max'],
      /there is no setting max here/,
    ],
    ['a setting that is missing', { kind: 'file' }, ['path'], /path is missing/],
    [
      'a size that is none',
      { kind: 'stdout', queue: { max_bytes: 'much' } },
      ['queue', 'max_bytes'],
      /expected an amount of bytes/,
    ],
    [
      'a rate that is none',
      { kind: 'stdout', rate_limit: 'fast' },
      ['rate_limit'],
      /expected a rate such as/,
    ],
    ['a name with blanks', { kind: 'stdout', name: 'a b' }, ['name'], /expected letters/],
    [
      'a template that is none',
      { kind: 'stdout', template: '100% sure' },
      ['template'],
      /the name of a field was expected/,
      /written %%/,
    ],
    [
      'a variable that is not set',
      { kind: 'file', path: '${env:DIR}/x' },
      ['path'],
      /environment variable DIR is not set/,
    ],
    [
      'a file that there is not',
      { kind: 'file', path: '${file:/none}' },
      ['path'],
      /file of a secret cannot be read: ENOENT/,
    ],
    [
      'another reference',
      { kind: 'file', path: '${HOME}/x' },
      ['path'],
      /says neither env: nor file:/,
      /write \$\{env:HOME\}/,
    ],
    ['an address that is none', { kind: 'http', url: 'ftp://x' }, ['url'], /begins with http/],
    [
      'a header with a line end',
      { kind: 'http', url: 'http://x', headers: { a: 'b\r\nc: d' } },
      ['headers', 'a'],
      /without line breaks/,
    ],
    ['a batch that is too large', { kind: 'smtp', batch: { max: 501 } }, ['batch', 'max'], /<=500/],
  ];
  for (const [what, raw, path, message, hint] of wrong)
    it(`refuses ${what}`, () => {
      const [first] = problems(raw);
      expect(first?.path).to.deep.equal(path);
      expect(first?.message).to.match(message);
      if (hint !== undefined) expect(first?.hint).to.match(hint);
    });
});

describe('all kinds of outputs', () => {
  it('have names of their own, in order', () => {
    const names = KINDS.map(({ kind }) => kind);
    expect(names).to.deep.equal([...new Set(names)].sort());
  });

  for (const kind of KINDS)
    it(`${kind.kind} has an example that works`, () => {
      const env = { HOOK_TOKEN: 'x', SLACK_WEBHOOK: 'https://hooks.slack.com/x', STREAM_TOKEN: 'x' };
      const result = configureOutput(
        { kind: kind.kind, ...kind.example },
        { env: (name) => (env as Record<string, string>)[name], file: () => 'secret' },
      );
      expect('problems' in result ? result.problems : []).to.deep.equal([]);
    });
});
