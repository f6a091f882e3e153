import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFalcoConfig } from '../../daemon/config/load.ts';
import { loadLocalRules, type LocalRules } from '../../daemon/local-rules.ts';
import { replayCapture } from '../../daemon/pipeline.ts';
import { loadRunningRules, loadSelectedRules } from '../../daemon/rules.ts';
import { fromBytes } from '../../engine/index.ts';
import { readAlert } from '../../outputs/index.ts';
import { makeFeedRule } from '../../rules/index.ts';

const root = join(import.meta.dirname, '../..');
const CAPTURES = ['podman-shell.scap', 'read-sensitive-files.scap', 'web-shell-default.scap'].map((name) =>
  join(root, 'test/captures', name),
);
const WEB_SHELL = CAPTURES[2]!;
const { config } = loadFalcoConfig({ options: ['rule_matching=all', 'json_output=true'] });

/** Rules whose fields are of every kind that travels; they read these in conditions, in outputs, or in both. */
const KINDS = `
- list: shells
  items: [bash, sh, dash]
- macro: opened
  condition: (evt.type in (open, openat, openat2) and evt.dir = <)
- rule: Text and lists
  desc: d
  condition: opened and proc.name in (shells, cat, grep) and not fd.name startswith /usr
  output: opened %fd.name by %proc.name (%proc.cmdline) %evt.time %evt.time.iso8601 %evt.datetime %evt.rawtime
  priority: NOTICE
  tags: [b, a]
- rule: Numbers
  desc: d
  condition: evt.type = openat and fd.num >= 3 and proc.pid > 1 and fd.ino > 0 and thread.ismain = true
  output: n %evt.num %fd.num %fd.ino %fd.dev %proc.pid %proc.ppid %proc.duration %evt.reltime %evt.res %evt.rawres
  priority: DEBUG
- rule: Devices
  desc: d
  condition: evt.type = openat and fd.dev > 0 and fd.ino != 1
  output: d %10fd.dev %fd.dev.major
  priority: DEBUG
- rule: Transformers and two fields
  desc: d
  condition: evt.type in (execve, execveat) and toupper(proc.name) in (BASH, SH, LS, CAT) and proc.name != val(proc.pname) and len(proc.args) >= 0
  output: t %toupper(proc.name) %len(proc.args) %proc.aname[2] %proc.aname %proc.env[HOME] %basename(proc.exepath)
  priority: WARNING
- rule: Arguments
  desc: d
  condition: evt.type = openat and evt.arg.flags contains O_RDONLY and evt.rawarg.dirfd < 0 and evt.arg[0] exists
  output: a %evt.arg.flags %evt.arg[2] %evt.rawarg.dirfd %evt.args
  priority: DEBUG
- rule: Ancestors
  desc: d
  condition: evt.type in (execve, openat) and proc.aname in (sshd, bash, python3, systemd, podman, conmon) and proc.apid = 1
  output: x %proc.aname[1] %proc.apid[2]
  priority: INFO
- rule: Networks
  desc: d
  condition: evt.type in (connect, accept, accept4, sendto) and fd.typechar = 4 and (fd.snet in ("127.0.0.0/8", "10.0.0.0/8") or fd.net = "192.168.0.0/16" or fd.port = 8080 or fd.ip = "10.0.2.15")
  output: c %fd.name %fd.sip %fd.cip %fd.sport %fd.l4proto %fd.is_server
  priority: CRITICAL
- rule: Types
  desc: d
  condition: evt.type.is.connect = 1 or (evt.type != openat and evt.type in (mkdir, unlinkat, fchmodat, setuid, dup3)) and syscall.type exists
  output: y %evt.type %evt.category %evt.dir %evt.is_io %user.name %user.uid %group.gid %container.id %container.name
  priority: ERROR
- rule: Lists of values
  desc: d
  condition: evt.type = close and fd.types intersects (fifo, pipe, ipv4)
  output: l %fd.types %fd.types[1]
  priority: ALERT
- rule: Whatever
  desc: d
  condition: evt.type in (sendto, recvfrom, sendmsg, recvmsg) and evt.rawres > 20
  output: w %evt.buffer %evt.buflen
  priority: EMERGENCY
`;

describe('local rules over the alerts of a feed rule', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-local-'))));
  after(() => rmSync(folder, { recursive: true }));

  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const feedOf = async (rules: string): Promise<string> => {
    const { running, lookup } = await loadSelectedRules([rules], config);
    return write('feed.yaml', makeFeedRule({ rules: running, lookup, name: 'feed' }).text);
  };
  const alertsOf = async (rules: string, capture: string): Promise<string[]> => {
    const lines: string[] = [];
    await replayCapture(capture, {
      rules: (await loadRunningRules([rules], config)).rules!,
      config,
      hostname: 'host-1',
      onAlert: (_alert, line) => lines.push(fromBytes(line)),
    });
    return lines;
  };
  const load = async (rules: string, feed?: string): Promise<LocalRules> => {
    const { rules: local, diagnostics } = await loadLocalRules([rules], config, {
      feed: feed === undefined ? [] : [feed],
    });
    expect(diagnostics.filter(({ code }) => code.startsWith('LOCAL_'))).to.deep.equal([]);
    return local!;
  };
  const event = (line: string) => readAlert(line, { input: 'falco', received: 1 });
  const throughFeed = (local: LocalRules, lines: readonly string[]): string[] =>
    lines.flatMap((line) => local.evaluate(event(line)).map(({ json }) => json));

  it('gives the alerts of a replay with the rules themselves, whatever kind of field they read', async () => {
    const rules = write('kinds.yaml', KINDS);
    const feed = await feedOf(rules);
    const direct = await alertsOf(rules, WEB_SHELL);
    expect(throughFeed(await load(rules, feed), await alertsOf(feed, WEB_SHELL))).to.deep.equal(direct);
    const fired = new Set(direct.map((line) => (JSON.parse(line) as { rule: string }).rule));
    expect(
      [...KINDS.matchAll(/- rule: (.*)/g)].map(([, name]) => name).filter((name) => !fired.has(name!)),
    ).to.deep.equal([]);
  });

  it('gives the alerts of a replay with the rules that we ship', async () => {
    const rules = join(root, 'rules/library');
    const feed = await feedOf(rules);
    const local = await load(rules, feed);
    for (const capture of CAPTURES) {
      const direct = await alertsOf(rules, capture);
      expect(throughFeed(local, await alertsOf(feed, capture)), capture).to.deep.equal(direct);
      expect(direct).not.to.be.empty;
    }
  });

  const TIME = '2026-11-23T08:08:14.463023270Z';
  /** An alert of a feed rule. */
  const streamed = (fields: Readonly<Record<string, unknown>>, more: object = {}): string =>
    JSON.stringify({
      rule: 'feed',
      priority: 'Debug',
      time: TIME,
      hostname: 'node-7',
      output_fields: fields,
      ...more,
    });
  const rule = (condition: string, output = 'x', more = ''): string =>
    write(
      'one.yaml',
      `- {rule: R, desc: d, condition: '${condition}', output: '${output}', priority: WARNING, tags: [t]${more}}`,
    );
  const isTrue = async (condition: string, line: string): Promise<boolean> =>
    (await load(rule(condition))).evaluate(event(line)).length > 0;

  it('makes alerts with the time and the host of the event', async () => {
    const [alert] = (await load(rule('evt.type = openat', '%proc.name at %evt.time.iso8601'))).evaluate(
      event(streamed({ 'evt.type': 'openat', 'proc.name': 'cat' })),
    );
    expect(alert).to.deep.include({
      rule: 'R',
      priority: 'Warning',
      source: 'syscall',
      time: TIME,
      hostname: 'node-7',
      input: 'falco',
      tags: ['t'],
    });
    expect(alert!.output).to.include('Warning cat at 2026-11-23T08:08:14.463023270+0000');
    expect(alert!.fields.get('evt.time.iso8601')).to.equal(1795421294463023270n);
  });

  for (const { condition, fields, holds, json } of [
    { condition: 'evt.type = openat', fields: { 'evt.type': 'open' }, holds: false },
    { condition: 'evt.type = openat', fields: { 'evt.type': 'openat' }, holds: true },
    { condition: 'evt.type != openat', fields: { 'evt.type': 'read' }, holds: true },
    {
      condition: 'evt.type in (open, openat) and evt.dir = <',
      fields: { 'evt.type': 'openat' },
      holds: true,
    },
    { condition: 'evt.type = container', fields: { 'evt.type': 'container' }, holds: true },
    { condition: 'evt.type = reboot', fields: { 'evt.type': 'reboot' }, holds: true },
    { condition: 'evt.type != open', fields: { 'evt.type': 'a_call_of_tomorrow' }, holds: true },
    { condition: 'proc.pid exists or evt.type = open', fields: { 'proc.pid': 1 }, holds: false },
    { condition: 'evt.type = open and not proc.name = cat', fields: { 'evt.type': 'open' }, holds: true },
    {
      condition: 'evt.type = open and proc.name exists',
      fields: { 'evt.type': 'open', 'proc.name': null },
      holds: false,
    },
    {
      condition: 'evt.type = open and proc.name != cat',
      fields: { 'evt.type': 'open', 'proc.name': null },
      holds: false,
    },
    {
      condition: 'evt.type = open and evt.num = 18446744073709551615',
      json: '{"evt.type":"open","evt.num":18446744073709551615}',
      holds: true,
    },
    {
      condition: 'evt.type = open and evt.num = 18446744073709551614',
      json: '{"evt.type":"open","evt.num":18446744073709551615}',
      holds: false,
    },
    {
      condition: 'evt.type = open and fd.dev = 65024',
      fields: { 'evt.type': 'open', 'fd.dev': 'FE00' },
      holds: true,
    },
    {
      condition: 'evt.type = open and proc.env[HOME] = /root',
      fields: { 'evt.type': 'open', 'proc.env[HOME]': '/root' },
      holds: true,
    },
    {
      condition: 'evt.type = open and toupper(proc.name) = CAT',
      fields: { 'evt.type': 'open', 'proc.name': 'cat' },
      holds: true,
    },
    {
      condition: 'evt.type = open and proc.name = val(proc.pname)',
      fields: { 'evt.type': 'open', 'proc.name': 'a', 'proc.pname': 'a' },
      holds: true,
    },
    {
      condition: 'evt.type = connect and fd.snet = "10.0.0.0/8"',
      fields: { 'evt.type': 'connect', 'fd.sip': '10.1.2.3' },
      holds: true,
    },
    {
      condition: 'evt.type = connect and fd.snet = "10.0.0.0/8"',
      fields: { 'evt.type': 'connect', 'fd.sip': '11.1.2.3' },
      holds: false,
    },
    {
      condition: 'evt.type = connect and fd.net = "2001:db8::/32"',
      fields: { 'evt.type': 'connect', 'fd.cip': '::1', 'fd.sip': '2001:db8::5' },
      holds: true,
    },
    {
      condition: 'evt.type = connect and fd.ip != "10.0.0.1"',
      fields: { 'evt.type': 'connect', 'fd.cip': '10.0.0.1', 'fd.sip': '10.0.0.2' },
      holds: false,
    },
    {
      condition: 'evt.type = bind and fd.ip = "10.0.0.2"',
      fields: { 'evt.type': 'bind', 'fd.cip': null, 'fd.sip': '10.0.0.2' },
      holds: true,
    },
    {
      condition: 'evt.type = connect and fd.port = 53',
      fields: { 'evt.type': 'connect', 'fd.cport': 40000, 'fd.sport': 53 },
      holds: true,
    },
    {
      condition: 'evt.type = connect and fd.port exists',
      fields: { 'evt.type': 'connect', 'fd.num': 3 },
      holds: true,
    },
    {
      condition: 'evt.type = execve and proc.aname = sshd',
      fields: { 'evt.type': 'execve', 'proc.aname[1]': 'bash', 'proc.aname[2]': 'sshd' },
      holds: true,
    },
    {
      condition: 'evt.type = execve and proc.aname = sshd',
      fields: { 'evt.type': 'execve', 'proc.aname[1]': 'bash', 'proc.aname[2]': null },
      holds: false,
    },
    {
      condition: 'evt.type = open and proc.name = "caf\u00e9"',
      fields: { 'evt.type': 'open', 'proc.name': 'café' },
      holds: true,
    },
  ] as const)
    // prettier-ignore
    it(`${holds ? 'holds' : 'does not hold'}: ${condition} of ${json ?? JSON.stringify(fields)}`, async () => {
      const text = condition.replace('\\u00e9', 'é');
      const line =
        json === undefined ? streamed(fields ?? {}) : streamed({}).replace('"output_fields":{}', `"output_fields":${json}`);
      expect(await isTrue(text, line)).to.equal(holds);
    });

  it('keeps all digits in its alerts', async () => {
    const line = streamed({}).replace(
      '"output_fields":{}',
      '"output_fields":{"evt.type":"open","fd.ino":18446744073709551615}',
    );
    const [alert] = (await load(rule('evt.type = open', '%fd.ino'))).evaluate(event(line));
    expect(alert!.output).to.include('Warning 18446744073709551615');
    expect(alert!.json).to.include('"fd.ino":18446744073709551615');
  });

  it('tells of what a feed does not carry, with the first event of each feed that comes', async () => {
    const rules = write(
      'two.yaml',
      `- {rule: R, desc: d, condition: evt.type = open and proc.name = x, output: '%user.name', priority: INFO}`,
    );
    const told: string[] = [];
    const { rules: local } = await loadLocalRules([rules], config, {
      onMissing: (missing) => told.push(...missing.map(({ message }) => message)),
    });
    const come = (fields: object, feed: string): void =>
      void local!.evaluate(event(streamed({ ...fields }, { rule: feed })));
    // An alert of another rule is no event.
    come({ 'proc.name': 'x' }, 'other');
    expect(told).to.deep.equal([]);
    come({ 'evt.type': 'open' }, 'small');
    come({ 'evt.type': 'open' }, 'small');
    expect(told.filter((message) => message.includes('reads proc.name, '))).to.have.length(1);
    const before = told.length;
    come({ 'evt.type': 'open', 'proc.name': null }, 'larger');
    const later = told.slice(before).join('\n');
    expect(later).to.include('user.name');
    expect(later).to.not.include('proc.name');
  });

  it('tells of fields that do not travel, and of those that a feed does not carry', async () => {
    const rules = write(
      'left.yaml',
      `- {rule: Bytes, desc: d, condition: 'evt.type = read and evt.buffer contains ELF and evt.deltatime > 1', output: '%proc.name %evt.buffer', priority: INFO}
- rule: Fine
  desc: d
  condition: evt.type = open and proc.aname = sh and fd.snet = "10.0.0.0/8"
  output: '%proc.name %toupper(user.name) %evt.time'
  priority: INFO
`,
    );
    const feed = write(
      'small.yaml',
      `- {rule: f, desc: d, condition: evt.type = open, output: '%evt.type %evt.buffer %proc.name %container.id %container.name %container.image.repository %container.image.tag %k8s.ns.name %k8s.pod.name', priority: DEBUG, tags: [tiercel_feed]}`,
    );
    const { rules: local, diagnostics } = await loadLocalRules([rules], config, { feed: [feed] });
    expect(local).not.to.equal(undefined);
    const told = diagnostics.filter(({ code }) => code.startsWith('LOCAL_'));
    expect(
      told.map(({ code, severity, line, message }) => [
        code,
        severity,
        line,
        message.replace(/:.*|, which the.*/, ''),
      ]),
    ).to.deep.equal([
      [
        'LOCAL_FIELD_LEFT',
        'warning',
        1,
        'the condition of "Bytes" reads evt.buffer, which does not travel in alerts',
      ],
      [
        'LOCAL_FIELD_LEFT',
        'warning',
        1,
        'the condition of "Bytes" reads evt.deltatime, which does not travel in alerts',
      ],
      [
        'LOCAL_FIELD_MISSING',
        'warning',
        2,
        `the condition of "Fine" reads ${Array.from({ length: 12 }, (_, i) => `proc.aname[${i + 1}]`).join(', ')}, fd.sip`,
      ],
      ['LOCAL_FIELD_MISSING', 'warning', 2, 'the output of "Fine" reads user.name'],
    ]);
  });

  it('gives no rules where a file has an error', async () => {
    const { rules, diagnostics } = await loadLocalRules([rule('evt.type = nonsense')], config);
    expect(rules).to.equal(undefined);
    expect(diagnostics[0]).to.include({ severity: 'error', code: 'LOAD_ERR_COMPILE_CONDITION' });
  });
});
