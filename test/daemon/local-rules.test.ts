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
  condition: evt.type = execve and fd.types intersects (file, pipe, socket)
  output: l %fd.types %fd.types[1]
  priority: ALERT
- rule: Whatever
  desc: d
  condition: evt.type in (read, write) and evt.rawres > 10000
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
  const feedOf = (rules: string): string => {
    const { running, lookup } = loadSelectedRules([rules], config);
    return write('feed.yaml', makeFeedRule({ rules: running, lookup, name: 'feed' }).text);
  };
  const alertsOf = async (rules: string, capture: string): Promise<string[]> => {
    const lines: string[] = [];
    await replayCapture(capture, {
      rules: loadRunningRules([rules], config).rules!,
      config,
      hostname: 'host-1',
      onAlert: (_alert, line) => lines.push(fromBytes(line)),
    });
    return lines;
  };
  const load = (rules: string, feed?: string): LocalRules => {
    const { rules: local, diagnostics } = loadLocalRules([rules], config, feed === undefined ? [] : [feed]);
    expect(diagnostics.filter(({ code }) => code.startsWith('LOCAL_'))).to.deep.equal([]);
    return local!;
  };
  const event = (line: string) => readAlert(line, { input: 'falco', received: 1 });
  const throughFeed = (local: LocalRules, lines: readonly string[]): string[] =>
    lines.flatMap((line) => local.evaluate(event(line)).map(({ json }) => json));

  for (const capture of CAPTURES)
    it(`gives the alerts of a replay with the rules themselves: ${capture.split('/').at(-1)}`, async () => {
      const rules = write('kinds.yaml', KINDS);
      const feed = feedOf(rules);
      const direct = await alertsOf(rules, capture);
      expect(throughFeed(load(rules, feed), await alertsOf(feed, capture))).to.deep.equal(direct);
      expect(direct.length).to.be.greaterThan(10);
    });
});
