import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as z from 'zod';
import type { RunConfigResult } from '../../../daemon/index.ts';
import { loadRunConfig, runConfigSchema } from '../../../daemon/running.ts';

describe('daemon/config/run-config', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-config-'));
  const file = join(folder, 'tiercel.yaml');
  after(() => rmSync(folder, { recursive: true }));
  const load = (text: string, env: Record<string, string> = {}): RunConfigResult => {
    writeFileSync(file, text);
    return loadRunConfig({ file, env });
  };
  const SLACK = 'https://hooks.slack.com/services/T/B/secret-of-slack';

  /** Text of a configuration, and what is said of it: `line:column severity message (hint)`. */
  const problems: readonly (readonly [what: string, text: string, told: readonly string[]])[] = [
    [
      'keys that are nearly ours',
      'outptus: {}\n',
      [
        '1:1 error unknown key "outptus" (did you mean outputs?)',
        '- warning outputs: there are no outputs: alerts go to standard output (name some …)',
      ],
    ],
    [
      'keys that nobody knows, as Falco does',
      'outputs: {a: {kind: stdout}}\nmy_key: 1\n',
      ['2:1 warning unknown key "my_key" (neither Falco 0.44 nor tiercel has such a key: it is ignored)'],
    ],
    [
      'settings that are not there',
      'outputs:\n  a: {kind: file, path: x, rotate: {keeep: 3}, timeot: 3s}\n',
      [
        '2:37 error there is no setting keeep here',
        '2:48 error there is no setting timeot here (did you mean timeout?)',
      ],
    ],
    [
      'kinds that are not there',
      'outputs: {a: {kind: slak}}\ninputs: {b: {kind: htp}, c: {}}\n',
      [
        '1:21 error outputs.a.kind: there is no output kind slak (did you mean slack?)',
        '2:20 error inputs.b.kind: there is no input kind htp (did you mean http?)',
        '2:26 error inputs.c: an input has no kind (known are …',
      ],
    ],
    [
      'values',
      'outputs: {a: {kind: stdout, timeout: soon}}\nlog: {level: loud}\napi: {listen: here}\n',
      [
        '1:38 error outputs.a.timeout: expected a time span such as 500ms, 10s, 5m, 1h30m or 7d, found "soon"',
        '2:14 error log.level: expected one of error, warn, info, debug, found "loud"',
        '3:15 error api.listen: expected an address and a port such as 127.0.0.1:2801, [::1]:2801 or :2801, found "here"',
      ],
    ],
    [
      'names of outputs in routes',
      'outputs: {archive: {kind: stdout}}\nroutes:\n  - outputs: [archive]\n    continue: true\n  - outputs: [arhive]\ndefault: [x]\n',
      [
        '5:15 error routes[1].outputs[0]: there is no output arhive (did you mean archive?)',
        '6:11 error default[0]: there is no output x (outputs are archive)',
      ],
    ],
    [
      'conditions, at the word',
      'outputs: {a: {kind: stdout}}\nroutes:\n  - match: priority >= waring\n    outputs: [a]\n  - match: "prority = error"\n',
      [
        "3:12 error routes[0].match: 'waring' is no priority…",
        '5:13 error routes[1].match: there is no field prority (did you mean priority?)',
      ],
    ],
    [
      'secrets that cannot be had',
      'outputs:\n  a: {kind: slack, webhook_url: "${env:NOT_THERE}"}\n  b: {kind: slack, webhook_url: "${file:nowhere}"}\n',
      [
        '2:33 error outputs.a.webhook_url: the environment variable NOT_THERE is not set (set it, or take the reference out)',
        '3:33 error outputs.b.webhook_url: the file of a secret cannot be read: …',
      ],
    ],
    [
      'keys that stand there twice',
      'outputs: {a: {kind: stdout}}\noutputs: {b: {kind: stdout}}\n',
      ['2:1 error outputs stands here twice (leave one of them)'],
    ],
    [
      'names that are no maps',
      'outputs: stdout\ninputs: {a: http}\n',
      [
        '1:10 error outputs: outputs is a map of names to settings (write `outputs: {NAME: {kind: …}}`)',
        '2:13 error inputs.a: found no settings, expected keys with values (write `inputs: {NAME: {kind: …}}`)',
      ],
    ],
    [
      'names that come twice in a list',
      'outputs:\n  - {kind: stdout}\n  - {kind: stdout}\n',
      ['3:5 error outputs[1]: there is another one of the name stdout (give each a `name` of its own)'],
    ],
    [
      'outputs that lead back to an input',
      'outputs:\n  a: {kind: http, url: "http://localhost:2801/"}\n  b: {kind: file, path: in.json}\n  c: {kind: stdout}\ninputs:\n  http: {kind: http}\n  log: {kind: file, path: ./in.json}\n',
      [
        '2:24 error outputs.a.url: an input gets what goes there: alerts would go in circles (deliver to another place)',
        '3:25 error outputs.b.path: an input gets what goes there: alerts would go in circles (deliver to another place)',
      ],
    ],
    [
      'addresses that two listen at',
      [
        'api: {listen: "127.0.0.1:2803"}',
        'inputs:',
        '  a: {kind: http, listen: "127.0.0.1:2801"}',
        '  b: {kind: http, listen: "127.0.0.1:2801"}',
        '  c: {kind: websocket, listen: ":2801"}',
        '  d: {kind: http, listen: "0.0.0.0:2801", enabled: false}',
        '  e: {kind: http, listen: "[::1]:2801"}',
        '  f: {kind: unix, path: run/a.sock}',
        '  g: {kind: unix, path: ./run/a.sock}',
        '  h: {kind: http, listen: "127.0.0.1:0"}',
        '  i: {kind: http, listen: "127.0.0.1:0"}',
        '  j: {kind: http, listen: "[::1]:2804"}',
        '  k: {kind: http, listen: "0.0.0.0:2804"}',
        'outputs:',
        '  live: {kind: websocket, listen: "0.0.0.0:2803"}',
      ].join('\n'),
      [
        '4:27 error inputs.b.listen: input a listens at 127.0.0.1:2801: input b cannot (give each an address of its own)',
        '5:32 error inputs.c.listen: input a listens at 127.0.0.1:2801: input c cannot…',
        '7:27 error inputs.e.listen: input c listens at :2801: input e cannot…',
        '9:25 error inputs.g.path: input f listens at …',
        '15:35 error outputs.live.listen: the API listens at 127.0.0.1:2803: output live cannot…',
      ],
    ],
    [
      'text that comes where JSON is taken',
      'http_output: {enabled: true, url: "http://127.0.0.1:2801/"}\nfile_output: {enabled: true, filename: /x/a.txt}\ninputs: {a: {kind: http}, b: {kind: file, path: /x/a.txt, format: text}}\noutputs: {c: {kind: stdout}}\n',
      [
        "1:1 warning http_output: Falco's alerts come as text, and the input takes JSON: it refuses them (json_output: true, or `format: text` for the input)",
        "1:1 info http_output: this is how Falco's alerts come here: it is no output of tiercel's",
        "2:1 info file_output: this is how Falco's alerts come here: it is no output of tiercel's",
      ],
    ],
    [
      'certificates that are not there',
      [
        'inputs:',
        '  a: {kind: http, tls: {cert: "nowhere/a.crt", key: "tiercel.yaml"}}',
        'outputs:',
        '  b: {kind: http, url: "https://e.org", tls: {ca: nowhere.pem}}',
        '  c: {kind: http, url: "https://e.org", tls: {ca: nowhere.pem}, enabled: false}',
      ].join('\n'),
      [
        '2:31 warning inputs.a.tls.cert: there is no file …',
        '4:51 warning outputs.b.tls.ca: there is no file …',
      ],
    ],
    [
      'what no output lets routes set',
      'outputs: {a: {kind: stdout}, s: {kind: slack, webhook_url: "https://hooks.slack.com/services/x"}}\nroutes:\n  - {outputs: [s], settings: {channel: "#sec"}, continue: true}\n  - {outputs: [a], settings: {channel: "#sec"}}\n',
      ['4:40 error routes[1].settings.channel: none of the outputs of this route lets routes set channel'],
    ],
    [
      'events without rules',
      'outputs: {a: {kind: stdout}}\ninputs: {feed: {kind: http, as: events}}\n',
      [
        '2:33 error inputs.feed.as: there are no rules to ask about events (name rule files under `rules_files`, or write `as: alerts`)',
      ],
    ],
    [
      'that there are no outputs',
      'data_dir: /tmp/x\n',
      ['- warning outputs: there are no outputs: alerts go to standard output (name some …)'],
    ],
    ['that it is no YAML', 'outputs: {\n', ['2:1 error Flow map … (a config file is a YAML map of keys)']],
  ];
  for (const [what, text, expected] of problems)
    it(`tells of ${what}`, () => {
      const { config, diagnostics } = load(text);
      const told = diagnostics.map(({ line, column, severity, message, hint }) =>
        [
          line === undefined ? '-' : `${line}:${column}`,
          severity,
          message,
          ...(hint ? [`(${hint})`] : []),
        ].join(' '),
      );
      expect(told).to.have.length(expected.length);
      for (const [i, line] of expected.entries()) {
        const [start = '', end = ''] = line.split('…');
        if (line.includes('…') && end !== undefined)
          expect(told[i]).to.satisfy((is: string) => is.startsWith(start));
        else expect(told[i]).to.equal(line);
      }
      expect(config === undefined).to.equal(diagnostics.some(({ severity }) => severity === 'error'));
    });

  it('takes secrets from the environment and files, and shows none', () => {
    writeFileSync(join(folder, 'token'), 'token-of-the-api\n');
    const { config, diagnostics } = load(
      `api: {token: "\${file:token}"}
inputs: {http: {kind: http, token: secret-of-input}}
outputs: {s: {kind: slack, webhook_url: "\${env:HOOK}"}, h: {kind: http, url: "https://u:pass-word@example.org/secret-path"}}
`,
      { HOOK: SLACK },
    );
    expect(diagnostics).to.deep.equal([]);
    expect(config!.own.api.token).to.equal('token-of-the-api');
    expect(config!.files).to.deep.equal([file, join(folder, 'token')]);
    const shown = JSON.stringify(config!.shown);
    for (const secret of [
      'token-of-the-api',
      'secret-of-input',
      'secret-of-slack',
      'pass-word',
      'secret-path',
    ])
      expect(shown).not.to.contain(secret);
  });

  it('gives another fingerprint to what changed, also by a secret', () => {
    const text = 'outputs: {s: {kind: slack, webhook_url: "${env:HOOK}"}, o: {kind: stdout}}\n';
    const one = load(text, { HOOK: SLACK }).config!.fingerprints;
    const two = load(text, { HOOK: `${SLACK}2` }).config!.fingerprints;
    expect(two.get('outputs.s')).not.to.deep.equal(one.get('outputs.s'));
    expect(two.get('outputs.o')).to.deep.equal(one.get('outputs.o'));
    expect(two.get('inputs.http')).to.deep.equal(one.get('inputs.http'));
  });

  it('leaves out what is not enabled', () => {
    const { config } = load(
      'outputs: {a: {kind: stdout}, b: {kind: stdout, enabled: false}}\ninputs: {x: {kind: http}, y: {kind: http, listen: ":1", enabled: false}}\n',
    );
    expect(config!.outputs.map(({ name }) => name)).to.deep.equal(['a']);
    expect(config!.inputs.map(({ name }) => name)).to.deep.equal(['x']);
  });

  it("reads tiercel's keys from a file that config_files names", () => {
    mkdirSync(join(folder, 'config.d'), { recursive: true });
    writeFileSync(
      join(folder, 'config.d/tiercel.yaml'),
      'outputs:\n  a: {kind: stdout}\nroutes:\n  - {outputs: [b]}\n',
    );
    const { diagnostics } = load(`config_files: ["${join(folder, 'config.d')}"]\n`);
    expect(diagnostics.map(({ file: where, line, message }) => [where, line, message])).to.deep.equal([
      [join(folder, 'config.d/tiercel.yaml'), 4, 'routes[0].outputs[0]: there is no output b'],
    ]);
  });

  describe("Falco's outputs", () => {
    it('become outputs of the names of their keys', () => {
      const { config, diagnostics } = load(
        `json_output: true
stdout_output: {enabled: true}
file_output: {enabled: true, keep_alive: true, filename: /var/log/falco.json}
program_output: {enabled: true, program: "cat > /dev/null; echo \${HOME_OF_X}"}
http_output: {enabled: true, url: "http://example.org:2801/a", insecure: true, compress_uploads: true}
syslog_output: {enabled: false}
`,
        { HOME_OF_X: '${file:/etc/shadow}' },
      );
      expect(diagnostics.map(({ severity, message }) => `${severity} ${message}`)).to.deep.equal([
        'warning http_output.compress_uploads: http_output.compress_uploads has no meaning here',
      ]);
      expect(config!.outputs.map(({ name, kind, common }) => [name, kind.kind, common.format])).to.deep.equal(
        [
          ['stdout_output', 'stdout', 'json'],
          ['file_output', 'file', 'json'],
          ['program_output', 'program', 'json'],
          ['http_output', 'http', 'json'],
        ],
      );
      expect(config!.outputs[2]!.shown['program']).to.contain('echo $${file:/etc/shadow}');
    });

    it('do not send to tiercel itself what Falco sends there', () => {
      const { config, diagnostics } = load(
        'json_output: true\nhttp_output: {enabled: true, url: "http://localhost:2801/"}\nstdout_output: {enabled: true}\n',
      );
      expect(diagnostics.map(({ severity, line }) => [severity, line])).to.deep.equal([['info', 2]]);
      expect(config!.outputs.map(({ name }) => name)).to.deep.equal(['stdout_output']);
    });
  });

  describe('schema', () => {
    const schema = runConfigSchema() as { properties: Record<string, unknown> };
    it('has all keys of Falco and of tiercel, described', () => {
      expect(Object.keys(schema.properties)).to.include.members([
        'inputs',
        'outputs',
        'routes',
        'default',
        'silences',
        'data_dir',
        'json_output',
        'rules_files',
      ]);
    });
    it('refuses what is misspelt, and takes what is right', () => {
      const checked = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
      const right = {
        json_output: true,
        outputs: { a: { kind: 'file', path: 'x', timeout: '5s' } },
        inputs: { h: { kind: 'http', listen: ':2801' } },
        routes: [{ match: 'priority >= error', outputs: ['a'], routes: [{ outputs: [] }] }],
      };
      expect(checked.safeParse(right).success).to.equal(true);
      expect(checked.safeParse({ ...right, outptus: {} }).success).to.equal(false);
      expect(checked.safeParse({ ...right, outputs: { a: { kind: 'file', pth: 'x' } } }).success).to.equal(
        false,
      );
    });
  });
});
