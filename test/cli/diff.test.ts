import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tiercel, type Run } from './tiercel.ts';

const root = join(import.meta.dirname, '../..');
const captures = join(root, 'test/captures');
const webShell = join(captures, 'web-shell-default.scap');
const library = join(root, 'test/cli/rules');

/** A rule of the library, with other text in places. */
const local = `
- list: web_server_programs
  items: [webserver.py]
  override: {items: append}
- rule: Shell connected to the network
  condition: and fd.num != 1
  priority: ERROR
  override: {condition: append, priority: replace}
- rule: Network download by a web server
  enabled: false
  override: {enabled: replace}
- rule: Program started by a web server
  desc: Any program.
  condition: program_started and proc.pname in (web_server_programs)
  output: started | command=%proc.cmdline
  priority: NOTICE
`;

/** What of the JSON is looked at. */
interface Json {
  readonly lists: readonly {
    name: string;
    items: object;
    changes: readonly { rule: string; effect: string }[];
  }[];
  readonly rules: readonly {
    name: string;
    change: string;
    own: boolean;
    condition?: { effect: string; lines: string[] };
  }[];
  readonly alerts: {
    readonly old: number;
    readonly new: number;
    readonly rules: readonly {
      rule: string;
      old: number;
      new: number;
      appeared: number;
      disappeared: number;
      changed: number;
      examples: readonly { kind: string; event: number; old?: string; new?: string; instead: string[] }[];
    }[];
  };
}

describe('tiercel diff', () => {
  let folder: string;
  let changed: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-diff-'));
    changed = join(folder, 'local.yaml');
    writeFileSync(changed, local);
  });
  after(() => rmSync(folder, { recursive: true }));

  const diff = (...args: string[]): Run => tiercel('diff', library, '--with', library, changed, ...args);
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('says that nothing differs, with exit status 0', () => {
    const { status, stdout, stderr } = tiercel('diff', library, '--with', library, '--capture', webShell);
    expect([status, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(
      /^ {2}alerts: 16 → 16 in 7 332 events of 1 capture; none differs\n\nno item differs\n$/,
    );
  });

  it('tells what changed, for people', () => {
    const { status, stdout, stderr } = diff();
    expect([status, stderr]).to.deep.equal([1, '']);
    expect(stdout.replaceAll(folder, '').replaceAll(library, '')).to
      .equal(`~ list web_server_programs (/00-names.yaml:8): + webserver.py
    changes 3 rules:
      Shell started by a web server         matches more
      Interactive shell below a web server  matches more
      Network download by a web server      matches more, disabled

~ rule Shell connected to the network (/web.yaml:17)
    priority: Critical → Error
    condition: matches less
      … 1 unchanged part
      or (
          … 4 unchanged parts
  +       and fd.num != 1
      )

~ rule Network download by a web server (/web.yaml:26): no longer enabled
    enabled: true → false
    condition: matches more
      by way of list web_server_programs

+ rule Program started by a web server (/local.yaml:12): Notice
    desc: Any program.

lists: 1 changed; rules: 1 added, 2 changed; 2 rules changed by lists and macros
`);
  });

  it('shows the alerts that differ, and how many more there are', () => {
    const { stdout } = diff(
      '--capture',
      webShell,
      '-o',
      'append_output=[]',
      '-o',
      'time_format_iso_8601=true',
      '--top',
      '1',
    );
    expect(stdout.slice(stdout.indexOf('~ alerts'))).to.equal(`~ alerts: 16 → 14 in 7 332 events of 1 capture
    OLD  NEW  APPEAR  DISAPPEAR  CHANGE  RULE
      2    0       0          2       0  Network download by a web server
      1    1       0          0       1  Shell connected to the network

  alerts of Network download by a web server
  - #1867 2026-11-23T08:12:32.520829065+0000: Error Network download by a web server | command=curl -s http://127.0.0.1:8082/ parent=sh server=apache2 user=www-data container=host
    and 1 more

  alerts of Shell connected to the network
  - #4009 2026-11-23T08:12:35.835140017+0000: Critical Shell connected to the network | connection=127.0.0.1:51220->127.0.0.1:8082 fd=1 event=dup2 command=bash -c echo hi >/dev/tcp/127.0.0.1/8082 parent=sh user=www-data container=host
  + #4009 2026-11-23T08:12:35.835140017+0000: Error Shell connected to the network | connection=127.0.0.1:51220->127.0.0.1:8082 fd=1 event=dup2 command=bash -c echo hi >/dev/tcp/127.0.0.1/8082 parent=sh user=www-data container=host

lists: 1 changed; rules: 1 added, 2 changed; 2 rules changed by lists and macros
`);
  });

  it('compares alerts as two replays would give them', () => {
    const options = ['-o', 'rule_matching=all', '-o', 'append_output=[]'];
    const counts = (...rules: string[]): Record<string, number> => {
      const { stderr } = tiercel(
        'replay',
        captures,
        ...rules.flatMap((path) => ['-r', path]),
        ...options,
        '--json',
      );
      const { byRule } = JSON.parse(stderr.trimEnd().split('\n').at(-1)!) as {
        byRule: Record<string, number>;
      };
      return byRule;
    };
    const [old, next] = [counts(library), counts(library, changed)];
    const { status, stdout } = diff('--capture', captures, ...options, '--json', '--top', '2');
    expect(status).to.equal(1);
    const { alerts } = JSON.parse(stdout) as Json;
    const sum = (byRule: Record<string, number>): number => Object.values(byRule).reduce((a, b) => a + b, 0);
    expect([alerts.old, alerts.new]).to.deep.equal([sum(old), sum(next)]);
    expect(alerts.rules.map(({ rule }) => rule)).to.have.members([
      'Shell connected to the network',
      'Network download by a web server',
      'Program started by a web server',
    ]);
    for (const { rule, old: before, new: after, appeared, disappeared, examples } of alerts.rules) {
      expect([rule, before, after]).to.deep.equal([rule, old[rule] ?? 0, next[rule] ?? 0]);
      expect(after - before).to.equal(appeared - disappeared);
      expect(examples.length).to.be.within(1, 2);
    }
  });

  it('shows which rule fires instead where only the first does', () => {
    const first = write(
      'first.yaml',
      readFileSync(join(library, 'web.yaml'), 'latin1').replace(
        /- rule: (Shell started by a web server)/,
        '- rule: $1 at all',
      ),
    );
    const names = join(library, '00-names.yaml');
    const { stdout } = tiercel(
      'diff',
      names,
      join(library, 'web.yaml'),
      '--with',
      names,
      first,
      '--capture',
      webShell,
      '--json',
    );
    const { rules } = (JSON.parse(stdout) as Json).alerts;
    expect(rules.map(({ rule, examples }) => [rule, examples[0]!.kind, examples[0]!.instead])).to.deep.equal([
      ['Shell started by a web server', 'disappeared', ['Shell started by a web server at all']],
      ['Shell started by a web server at all', 'appeared', ['Shell started by a web server']],
    ]);
  });

  it('tells of every kind of change', () => {
    const rule = (name: string, condition: string, more = ''): string =>
      `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: INFO\n${more}`;
    const exceptions = (values: string): string =>
      `  exceptions: [{name: e, fields: [proc.name, fd.num], values: [${values}]}]\n`;
    const opened = 'evt.type = open';
    const old = write(
      'old-kinds.yaml',
      `- list: l\n  items: [x, y]\n- macro: m\n  condition: proc.name in (l)\n- macro: n\n  condition: fd.num = 1\n` +
        rule('a', `${opened} and m`) +
        rule('b', `${opened} and n`) +
        rule('gone', opened) +
        rule('c', opened, exceptions('[x, 1]')),
    );
    const next = write(
      'next-kinds.yaml',
      `- list: l\n  items: [y, x]\n- macro: m\n  condition: not proc.name in (l)\n- macro: n\n  condition: fd.num = 1\n` +
        rule('c', opened, exceptions('[x, 1], [y, 2]')) +
        rule('a', `${opened} and m`) +
        rule('b', `fd.num = 1 and ${opened}`),
    );
    const { stdout } = tiercel('diff', old, '--with', next);
    expect(stdout.replaceAll(`${folder}/`, '')).to
      .equal(`~ list l (next-kinds.yaml:1): the same items in another order or number
    changes 1 rule:
      a  differs

~ macro m (next-kinds.yaml:3)
    condition: differs
  -   proc.name in (x, y)
  +   not proc.name in (y, x)
    changes 1 rule:
      a  differs

~ rule c (next-kinds.yaml:7)
  ~ exception e
  +   [y, 2]
    condition: matches less
      and evt.type = open
      and not (
          … 1 unchanged part
  +       or (
  +           proc.name = y
  +           and fd.num = 2
  +       )
      )

~ rule b (next-kinds.yaml:18)
    condition: matches the same
  -   and evt.type = open
      and fd.num = 1
  +   and evt.type = open

- rule gone (old-kinds.yaml:17): Informational
    desc: d

~ order: 1 rule moved; of the rules that match an event only the first fires
    c: first, was after b

  used by nothing now
    macros: n

lists: 1 changed; macros: 1 changed; rules: 1 removed, 2 changed; 1 rule changed by lists and macros; 1 rule moved
`);
  });

  it('takes selection and priority from the configuration', () => {
    const { status, stdout } = diff(
      '-o',
      'rules[].disable.rule=*',
      '-o',
      'rules[].enable.tag=T1105',
      '--json',
    );
    expect(status).to.equal(1);
    expect(
      (JSON.parse(stdout) as { rules: { name: string; runs: object }[] }).rules.map(({ name, runs }) => [
        name,
        runs,
      ]),
    ).to.deep.include(['Network download by a web server', { old: true, new: true }]);
  });

  it('writes Markdown', () => {
    const { stdout } = diff('--markdown');
    expect(stdout).to.match(
      /^lists: 1 changed; rules: 1 added, 2 changed; 2 rules changed by lists and macros\n\n\*\*~ list web\\_server\\_programs /,
    );
    expect(stdout.match(/^```diff$/gm)).to.have.lengthOf(4);
    expect(stdout).to.contain('\n+       and fd.num != 1\n');
  });

  it('shows text that is not plain without harm', () => {
    const text = (output: string): string =>
      `- rule: "r\\e[31m é"\n  desc: d\n  condition: evt.type = open\n  output: "${output}"\n  priority: INFO\n`;
    const [old, next] = [write('old.yaml', text('o')), write('next.yaml', text('\\e[2J é'))];
    const { stdout } = tiercel('diff', old, '--with', next);
    expect(stdout).to.not.contain('\x1b');
    expect(stdout).to.contain('\ufffd[2J é');
    const json = JSON.parse(tiercel('diff', old, '--with', next, '--json').stdout) as Json;
    expect(json.rules[0]!.name).to.equal('r\x1b[31m é');
  });

  it('gives the warnings that only the new rules have', () => {
    const odd = `- rule: odd\n  desc: d\n  condition: proc.name = x\n  output: o\n  priority: INFO\n`;
    const [old, next] = [
      write('odd.yaml', odd),
      write('odder.yaml', odd + odd.replace('rule: odd', 'rule: odder')),
    ];
    expect(tiercel('diff', old, '--with', old).stderr).to.equal('');
    expect(tiercel('diff', old, '--with', next).stderr.match(/LOAD_NO_EVTTYPE/g)).to.have.lengthOf(1);
  });

  it('says that rules were left out', () => {
    const file = write(
      'k8s.yaml',
      '- rule: k\n  desc: d\n  condition: okta.app = x\n  output: o\n  priority: INFO\n  source: okta\n',
    );
    const { status, stderr } = tiercel('diff', file, '--with', file);
    expect(status).to.equal(0);
    expect(stderr).to.contain('1 rule left out');
  });

  const failures: [name: string, args: () => string[], message: RegExp][] = [
    [
      'rules with an error',
      () => [library, '--with', write('bad.yaml', '- rule: r\n  condition: nosuch\n')],
      /bad\.yaml:1:9: error/,
    ],
    ['rules that are not there', () => [library, '--with', join(folder, 'nowhere.yaml')], /cannot read/],
    ['one side only', () => [library], /--with/],
    ['two forms at once', () => [library, '--with', library, '--json', '--markdown'], /--markdown/],
    [
      'a capture that is none',
      () => [library, '--with', library, '--capture', write('no.scap', 'nothing')],
      /no\.scap/,
    ],
    [
      'conditions that nest too deeply',
      () =>
        ['a', 'b'].flatMap((last, i) => [
          ...(i === 1 ? ['--with'] : []),
          write(`deep-${last}.yaml`, deep(last)),
        ]),
      /nested too deeply/,
    ],
  ];
  for (const [name, args, message] of failures)
    it(`ends with exit status 2 for ${name}`, () => {
      const { status, stderr } = tiercel('diff', ...args());
      expect(status).to.equal(2);
      expect(stderr).to.match(message);
      expect(stderr).to.not.contain('RangeError');
    });

  it('uses colour where a terminal reads', function () {
    const command = [
      process.execPath,
      join(root, 'dist/tiercel.js'),
      'diff',
      library,
      '--with',
      library,
      changed,
    ];
    const { status, stdout, error } = spawnSync(
      'script',
      ['-qec', command.map((part) => `'${part}'`).join(' '), '/dev/null'],
      {
        encoding: 'utf8',
      },
    );
    if (error) this.skip();
    expect(status).to.equal(1);
    expect(stdout).to.contain('\x1b[33m~\x1b[39m').and.to.contain('\x1b[32m+       and fd.num != 1');
  });
});

/** Macros in macros, as deep as rules may just be loaded. */
function deep(last: string): string {
  const macros = Array.from(
    { length: 1500 },
    (_, i) =>
      `- macro: m${i}\n  condition: ${i === 0 ? `proc.name = ${last}` : `not (m${i - 1} and proc.pid = ${i})`}\n`,
  );
  return `${macros.join('')}- rule: r\n  desc: d\n  condition: evt.type = open and m1499\n  output: o\n  priority: INFO\n`;
}
