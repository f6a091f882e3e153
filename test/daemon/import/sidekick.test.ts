import { expect } from 'chai';
import { parse } from 'yaml';
import { importSidekick, type Imported } from '../../../daemon/import/sidekick.ts';
import { SIDEKICK_OUTPUTS } from '../../../daemon/import/sidekick-outputs.ts';
import { parseSidekickFile } from '../../../daemon/import/sidekick-settings.ts';
import { DiagnosticError } from '../../../engine/index.ts';
import { configureOutput } from '../../../outputs/index.ts';

interface Config {
  readonly inputs: readonly Record<string, unknown>[];
  readonly outputs: readonly Record<string, unknown>[];
  readonly routes: readonly Record<string, unknown>[];
  readonly default: readonly string[];
  readonly log?: unknown;
}

type Env = Readonly<Record<string, string>>;

/** Imports, and checks that each output can be configured. */
function imported(yaml: string, env: Env = {}): Imported & { config: Config } {
  const result = importSidekick({ tree: parseSidekickFile(yaml, 'config.yaml'), env });
  const config = parse(result.text) as Config;
  for (const output of config.outputs) {
    const configured = configureOutput(output, {
      // Settings may come from the environment, too: those are not set.
      env: (name) => env[name] ?? (name.startsWith('TIERCEL_') ? undefined : 'https://set-later.example'),
      file: () => '',
    });
    expect(configured, JSON.stringify(output)).not.to.have.property('problems');
  }
  return { ...result, config };
}

const HOOK = 'https://hooks.example.org/services/T0/B0/xyz';

interface OutputCase {
  readonly is: string;
  readonly yaml: string;
  readonly env?: Env;
  readonly gives: Readonly<Record<string, unknown>>;
  /** Keys that are told of as left out. */
  readonly left?: readonly string[];
}

const OUTPUT_CASES: readonly OutputCase[] = [
  {
    is: 'Slack',
    yaml: `slack: {webhookurl: "${HOOK}", channel: "#sec", icon: ":eagle:", username: falco, outputformat: text, footer: ""}`,
    gives: { name: 'slack', kind: 'slack', webhook_url: HOOK, channel: '#sec', username: 'falco', icon_emoji: ':eagle:', layout: 'text' },
  },
  {
    is: 'Slack with what it has no place for',
    yaml: `slack: {webhookurl: "${HOOK}", icon: "https://x.example/i.png", footer: foot, outputformat: fields}`,
    gives: { name: 'slack', kind: 'slack', webhook_url: HOOK },
    left: ['slack.footer', 'slack.icon', 'slack.outputformat'],
  },
  {
    is: 'a message format of Slack',
    yaml: `slack: {webhookurl: "${HOOK}", messageformat: '100% {{ .Rule }} by {{ index .OutputFields "user.name" }}:'}`,
    gives: { name: 'slack', kind: 'slack', webhook_url: HOOK, template: '100%% %rule by %user.name: %output' },
  },
  {
    is: 'a message format that does more',
    yaml: `slack: {webhookurl: "${HOOK}", messageformat: '{{ if eq .Rule "x" }}y{{ end }}'}`,
    gives: { name: 'slack', kind: 'slack', webhook_url: HOOK, template: '%output' },
    left: ['slack.messageformat'],
  },
  {
    is: 'a secret of the environment, which wins over the file',
    yaml: 'slack: {webhookurl: "https://old.example", minimumpriority: ""}',
    env: { SLACK_WEBHOOKURL: HOOK },
    gives: { name: 'slack', kind: 'slack', webhook_url: '${env:SLACK_WEBHOOKURL}' },
  },
  {
    is: 'keys in any case, and text that looks like a reference',
    yaml: 'Webhook: {Address: "https://x.example/a", customHeaders: {X-Token: "a${b}", X-B: c}, maxconcurrentrequests: 4}',
    gives: { name: 'webhook', kind: 'http', url: 'https://x.example/a', headers: { 'X-Token': 'a$${b}', 'X-B': 'c' }, concurrency: 4 },
  },
  {
    is: 'headers of the environment',
    yaml: '',
    env: { WEBHOOK_ADDRESS: 'https://x.example/a', WEBHOOK_METHOD: 'put', WEBHOOK_CUSTOMHEADERS: 'X-Token:secret' },
    gives: { name: 'webhook', kind: 'http', url: '${env:WEBHOOK_ADDRESS}', method: 'PUT', headers: { 'X-Token': '${env:WEBHOOK_CUSTOMHEADERS_X_TOKEN}' } },
    left: ['webhook.customheaders'],
  },
  {
    is: 'client certificates',
    yaml: 'mutualtlsfilespath: /etc/c\nmutualtlsclient: {keyfile: /k.pem}\ntalon: {address: "https://talon:2803", mutualtls: true, checkcert: false}',
    gives: { name: 'talon', kind: 'http', url: 'https://talon:2803', tls: { cert: '/etc/c/client.crt', key: '/k.pem', ca: '/etc/c/ca.crt' } },
  },
  {
    is: 'Alertmanager, several of one cluster',
    yaml: 'alertmanager: {hostport: ["http://a:9093", "http://b:9093"], expiresafter: 900, checkcert: false, extralabels: "team:sec", customseveritymap: "debug:info", endpoint: /api/v1/alerts, dropeventdefaultpriority: critical, extraannotations: "a:b"}',
    gives: {
      name: 'alertmanager', kind: 'alertmanager', url: ['http://a:9093', 'http://b:9093'], expires_after: '900s',
      extra_labels: { team: 'sec' }, severities: { debug: 'info' }, tls: { insecure: true },
    },
    left: ['alertmanager.extraannotations'],
  },
  {
    is: 'mail',
    yaml: 'smtp: {hostport: "mail.example.org:465", user: u, password: p, from: f@example.org, to: "a@example.org, b@example.org", outputformat: html, authmechanism: plain}',
    gives: { name: 'smtp', kind: 'smtp', host: 'mail.example.org', port: 465, security: 'starttls', username: 'u', password: 'p', from: 'f@example.org', to: ['a@example.org', 'b@example.org'] },
  },
  {
    is: 'syslog',
    yaml: 'syslog: {host: "2001:db8::1", port: 601, protocol: TCP, format: cef}',
    gives: { name: 'syslog', kind: 'syslog', address: 'tcp://[2001:db8::1]:601', cef: true },
  },
  {
    is: 'Discord, as a text',
    yaml: `discord: {webhookurl: "${HOOK}", icon: ""}`,
    gives: { name: 'discord', kind: 'http', url: HOOK, template: '{"content":"%output"}' },
  },
  {
    is: 'Telegram with its token in the environment',
    yaml: 'telegram: {chatid: "-100"}',
    env: { TELEGRAM_TOKEN: '1:a' },
    gives: { name: 'telegram', kind: 'http', url: 'https://api.telegram.org/bot${env:TELEGRAM_TOKEN}/sendMessage', template: '{"chat_id":"-100","text":"%output"}' },
  },
  {
    is: 'a password for basic authentication',
    yaml: 'nodered: {address: "http://n:1880/falco", user: u, password: p}',
    gives: { name: 'nodered', kind: 'http', url: 'http://n:1880/falco', headers: { Authorization: 'Basic dTpw' } },
  },
  {
    is: 'such a password in the environment',
    yaml: 'openobserve: {hostport: "http://o:5080/", username: u}',
    env: { OPENOBSERVE_PASSWORD: 'p' },
    gives: { name: 'openobserve', kind: 'http', url: 'http://o:5080/api/default/falco/_multi', headers: { Authorization: '${env:OPENOBSERVE_AUTHORIZATION}' } },
    left: ['openobserve.password'],
  },
]; // prettier-ignore

describe('importing the configuration of falcosidekick', () => {
  it('tells of settings that say nothing as little as of those that are not there', () => {
    expect(imported("outputFieldFormat: ''\nbracketreplacer: ''\n").left).to.deep.equal([]);
    expect(imported("outputFieldFormat: 'x'\n").left.map(({ key }) => key)).to.deep.equal([
      'outputfieldformat',
    ]);
  });

  for (const { is, yaml, env, gives, left = [] } of OUTPUT_CASES)
    it(`takes ${is}`, () => {
      const { config, left: told } = imported(yaml, env);
      expect(config.outputs).to.deep.equal([gives]);
      expect(told.map(({ key }) => key)).to.deep.equal(left);
    });

  it('knows all 71 outputs, and does something or gives a reason for each', () => {
    expect(new Set(SIDEKICK_OUTPUTS.map(({ block }) => block)).size).to.equal(71);
    for (const { block, enabledBy } of SIDEKICK_OUTPUTS) {
      const env: Record<string, string> = { SMTP_FROM: 'a@example.org', SMTP_TO: 'b@example.org' };
      for (const key of enabledBy)
        env[`${block}.${key}`.toUpperCase().replaceAll('.', '_')] =
          block === 'smtp' ? 'mail:25' : block === 'syslog' ? 'log' : 'https://x.example';
      const { config, left } = imported('', env);
      if (config.outputs.length === 0)
        expect(
          left.map(({ key }) => key),
          block,
        ).to.deep.equal([block]);
      else expect([config.outputs.map(({ name }) => name), left], block).to.deep.equal([[block], []]);
    }
  });

  it('leaves out silently what falcosidekick does nothing with', () => {
    const { left, config } = imported(
      'kafka: {hostport: "", topic: falco, tls: false}\npolicyreport: {enabled: false}\nslack: {minimumpriority: debug}',
    );
    expect([left, config.outputs]).to.deep.equal([[], []]);
  });

  it('makes routes of least priorities, each asked', () => {
    const { config } = imported(
      `slack: {webhookurl: "${HOOK}", minimumpriority: Warning}\ndiscord: {webhookurl: "${HOOK}", minimumpriority: error}\nteams: {webhookurl: "${HOOK}"}\nwebhook: {address: "${HOOK}", minimumpriority: info}\nn8n: {address: "${HOOK}", minimumpriority: debug}`,
    );
    expect(config.routes).to.deep.equal([
      { outputs: ['teams', 'n8n'], continue: true },
      { match: 'priority >= informational', outputs: ['webhook'], continue: true },
      { match: 'priority >= warning', outputs: ['slack'], continue: true },
      { match: 'priority >= error', outputs: ['discord'], continue: true },
    ]);
    expect(config.default).to.deep.equal([]);
  });

  it('sends everything where the priority is none, and says so', () => {
    const { config, notes, left } = imported(`slack: {webhookurl: "${HOOK}", minimumpriority: hihg}`);
    expect(config.routes).to.deep.equal([{ outputs: ['slack'], continue: true }]);
    expect(notes.map(({ key }) => key)).to.deep.equal(['slack.minimumpriority']);
    expect(left).to.deep.equal([]);
  });

  it('changes alerts before all outputs', () => {
    const { config, left } = imported(
      `customfields: {Env: prod, rate: "50%"}\ncustomtags: [a, b]\ntemplatedfields:\n  pod: '{{ index . "k8s.ns.name" }}/{{ index . "k8s.pod.name" }}'\n  bad: '{{ len .x }}'\nslack: {webhookurl: "${HOOK}"}`,
    );
    expect(config.routes).to.deep.equal([
      {
        name: 'all',
        set: { tags: ['a', 'b'], fields: { Env: 'prod', rate: '50%%', pod: '%k8s.ns.name/%k8s.pod.name' } },
        outputs: [],
        routes: [{ outputs: ['slack'], continue: true }],
      },
    ]);
    expect(left.map(({ key }) => key)).to.deep.equal(['templatedfields.bad']);
  });

  it('takes variables in custom fields of the environment, and drops the pieces that falcosidekick drops', () => {
    const { config } = imported('', { CUSTOMFIELDS: 'env:prod, node:%NODE_NAME,url:http://x,odd' });
    expect(config.routes[0]!['set']).to.deep.equal({ fields: { env: 'prod', node: '${env:NODE_NAME}' } });
  });

  for (const { yaml, input } of [
    { yaml: '', input: { listen: ':2801' } },
    { yaml: 'listenaddress: "::1"\nlistenport: 80', input: { listen: '[::1]:80' } },
    {
      yaml: 'tlsserver: {deploy: true, certfile: /c.pem, mutualtls: true}',
      input: {
        listen: ':2801',
        tls: { cert: '/c.pem', key: '/etc/certs/server/server.key', client_ca: '/etc/certs/server/ca.crt' },
      },
    },
    { yaml: 'tlsserver: {deploy: false, certfile: /c.pem, mutualtls: true}', input: { listen: ':2801' } },
  ])
    // prettier-ignore
    it(`listens as falcosidekick does: ${JSON.stringify(yaml)}`, () => {
      const { config, left } = imported(yaml);
      expect(config.inputs).to.deep.equal([{ kind: 'http', name: 'falco', ...input }]);
      expect(left).to.deep.equal([]);
    });

  it('tells of every key that it has nothing for, in the file too', () => {
    const { text, left } = imported(
      'bracketreplacer: _\ndebug: true\nmystery: {a: 1, b: ""}\nkafka: {hostport: "k:9092"}\ntlsserver: {deploy: true, notlspaths: [/ping]}',
    );
    expect(left.map(({ key }) => key)).to.have.members([
      'bracketreplacer',
      'kafka',
      'mystery.a',
      'tlsserver.notlspaths',
    ]);
    for (const { key } of left) expect(text).to.match(new RegExp(`^#   ${key}: `, 'm'));
    expect(text).to.include('level: debug');
  });

  it('never writes a secret of the environment', () => {
    const env = Object.fromEntries(
      ['SLACK_WEBHOOKURL', 'WEBHOOK_ADDRESS', 'GOTIFY_TOKEN', 'N8N_HEADERAUTHVALUE', 'SMTP_PASSWORD', 'NODERED_PASSWORD', 'SUMOLOGIC_RECEIVERURL'].map(
        (name) => [name, `https://hush.example/${name}`],
      ),
    ); // prettier-ignore
    const { text } = imported(
      'gotify: {hostport: "http://g"}\nn8n: {address: "http://n", headerauthname: X}\nsmtp: {hostport: "m:25", user: u, from: a@b.c, to: a@b.c}\nnodered: {address: "http://r", user: u}',
      env,
    );
    expect(text).not.to.include('hush');
    for (const name of Object.keys(env))
      if (name !== 'NODERED_PASSWORD') expect(text).to.include(`\${env:${name}}`);
  });

  for (const [yaml, line] of [
    ['slack: {webhookurl: "x"\n', 2],
    ['a: 1\na: 2\n', 2],
    ['- a\n', 1],
    ['just text', 1],
  ] as const)
    it(`says where a file is wrong: ${JSON.stringify(yaml)}`, () => {
      expect(() => parseSidekickFile(yaml, 'config.yaml'))
        .to.throw(DiagnosticError)
        .with.property('diagnostic')
        .that.includes({ file: 'config.yaml', line, severity: 'error' });
    });

  it('takes an empty file', () => expect(imported('').outputs).to.equal(0));
});
