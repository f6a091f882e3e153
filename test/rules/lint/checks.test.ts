import { expect } from 'chai';
import { findings, pointedAt, rule } from './lint-text.ts';

const exec = (condition: string): string => rule(`evt.type = execve and proc.name = nc and (${condition})`);
const open = (condition: string): string => rule(`evt.type = openat and fd.num >= 0 and (${condition})`);
const connect = (condition: string): string => rule(`evt.type = connect and fd.num >= 0 and (${condition})`);
const list = (name: string, ...items: readonly string[]): string =>
  `- list: ${name}\n  items: [${items.join(', ')}]\n`;

interface Cases {
  /** Rule files with a finding, and the text that the finding points to. */
  readonly fires: readonly (readonly [content: string, at: string])[];
  readonly silent: readonly string[];
}

/** By code. Cases of whole rules stand in their own files. */
const CASES: Readonly<Record<string, Cases>> = {
  'always-exists': {
    fires: [
      [exec('proc.args[3] exists'), 'proc.args[3]'],
      [exec('proc.aenv[HOME] exists'), 'proc.aenv[HOME]'],
      [connect('fd.ip exists'), 'fd.ip'],
      [connect('not fd.port exists'), 'fd.port'],
      [connect('fd.sip.name exists'), 'fd.sip.name'],
    ],
    silent: [exec('proc.pname exists'), connect('fd.sip exists'), exec('proc.args exists')],
  },
  'impossible-value': {
    fires: [
      [open('evt.res = 0'), '0'],
      [open('evt.res in (SUCCESS, ok)'), 'ok'],
      [open('evt.io_dir = r'), 'r'],
      [open('fd.typechar = F'), 'F'],
      [connect('fd.sproto = http'), 'http'],
      [connect('fd.l4proto = TCP'), 'TCP'],
      [open('syscall.type = opennat'), 'opennat'],
      [exec('user.loginuid = 4294967295'), '4294967295'],
      [exec('evt.res != -1'), '-1'],
      [rule('evt.type = socket and evt.arg.domain = AF_UNIX'), 'AF_UNIX'],
      [rule('evt.type = socket and evt.arg.domain in (2, AF_INET6)'), '2'],
      [rule('evt.type = setuid and evt.arg.uid = 0'), '0'],
      [rule('evt.type in (kill, tkill) and evt.arg.sig = 9'), '9'],
      [rule('evt.type in (mknod, mknodat) and evt.arg.mode contains S_IFBLK'), 'S_IFBLK'],
      [rule('evt.type in (chmod, fchmodat) and evt.arg.mode = 0777'), '0777'],
      [rule('evt.type = openat and evt.arg.mode contains S_IXUSR'), 'S_IXUSR'],
      [open('evt.arg.flags contains O_CRAET'), 'O_CRAET'],
      [rule('evt.type = connect and evt.arg.res = -111'), '-111'],
      [rule('evt.type = ptrace and evt.arg[3] = 16'), '16'],
    ],
    silent: [
      open('evt.res = SUCCESS or evt.res = ENOENT'),
      open('evt.res startswith E'),
      open("fd.typechar = 'f'"),
      connect('fd.sproto = 80'),
      open('syscall.type = openat'),
      connect('fd.l4proto != tcp'),
      exec('user.loginuid = -1'),
      rule('evt.type = socket and evt.arg.domain contains AF_UNIX'),
      rule('evt.type = socket and evt.arg.domain in (AF_INET, AF_INET6, "AF_LOCAL|AF_UNIX")'),
      rule('evt.type = setuid and evt.arg.uid = root'),
      rule('evt.type in (kill, tkill) and evt.arg.sig in (SIGKILL, SIGTERM)'),
      rule('evt.type in (mknod, mknodat) and evt.arg.mode contains S_IFCHR'),
      rule('evt.type in (openat, fchmodat) and evt.arg.mode = 0777'),
      open('evt.arg.flags contains O_CREAT or evt.arg.flags = O_RDONLY|O_CLOEXEC'),
      rule('evt.type = connect and evt.arg.res in (0, EINPROGRESS)'),
      rule('evt.type = ptrace and evt.arg.request = <NA>'),
      exec('evt.arg.exe = 0'),
    ],
  },
  'name-too-long': {
    fires: [
      [exec('proc.pname = unattended-upgrade'), 'unattended-upgrade'],
      [exec('proc.aname[2] in (sh, unattended-upgrade)'), 'unattended-upgrade'],
      [exec('proc.aname = unattended-upgrade'), 'unattended-upgrade'],
    ],
    silent: [
      exec('proc.pname = unattended-upgr'),
      exec('proc.pname != unattended-upgrade'),
      exec('proc.exepath endswith unattended-upgrade'),
    ],
  },
  'number-out-of-range': {
    fires: [
      [connect('fd.sport = 65616'), '65616'],
      [exec('evt.cpu = 65536'), '65536'],
      [exec('evt.num > -1'), '-1'],
      [exec('fd.num = 99999999999999999999'), '99999999999999999999'],
    ],
    silent: [
      connect('fd.sport = 65535'),
      exec('evt.rawres = -1'),
      exec('user.uid = -1'),
      connect('fd.sport = http'),
    ],
  },
  'text-order': {
    fires: [
      [open('evt.res > 0'), 'evt.res'],
      [exec('proc.name > 5'), 'proc.name'],
    ],
    silent: [open('evt.rawres > 0'), exec('proc.pid < 100'), exec('len(proc.args) > 100')],
  },
  'network-list': {
    fires: [
      [connect('fd.ip in (10.0.0.1)'), 'fd.ip'],
      [connect('not fd.ip in (10.0.0.1, 10.0.0.2)'), 'fd.ip'],
      [connect('fd.net in (10.0.0.0/8, 192.168.0.0/16)'), 'fd.net'],
      [connect('fd.port = anyof (80, 443)'), 'fd.port'],
      [connect('fd.snet = anyof (10.0.0.0/8)'), 'fd.snet'],
      [connect('fd.cnet != allof (10.0.0.0/8, 192.168.0.0/16)'), 'fd.cnet'],
    ],
    silent: [
      connect('fd.ip = 10.0.0.1'),
      connect('fd.sip in (10.0.0.1, 10.0.0.2)'),
      connect('fd.net in (10.0.0.0/8)'),
      connect('fd.snet in (10.0.0.0/8, 192.168.0.0/16)'),
      connect('fd.port in (80, 443)'),
    ],
  },
  'ancestor-not-equal': {
    fires: [
      [exec('proc.aname != bash'), 'proc.aname'],
      [exec('proc.aexepath != /bin/bash'), 'proc.aexepath'],
      [exec('proc.aname[-1] != bash'), 'proc.aname[-1]'],
    ],
    silent: [exec('not proc.aname = bash'), exec('proc.aname[2] != bash'), exec('proc.pname != bash')],
  },
  'event-type-operator': {
    fires: [
      [rule('evt.type startswith open and proc.name = nc'), 'evt.type'],
      [rule('syscall.type glob open* and proc.name = nc'), 'syscall.type'],
      [rule('evt.type = anyof (open, openat) and proc.name = nc'), 'evt.type'],
    ],
    silent: [
      rule('evt.type in (open, openat) and proc.name = nc'),
      rule('evt.type != open and proc.name = nc'),
    ],
  },
  'glob-as-text': {
    fires: [
      [open('fd.name contains /tmp/*.sh'), '/tmp/*.sh'],
      [open('fd.name in (/etc/passwd, /etc/shadow*)'), '/etc/shadow*'],
      [exec('proc.pname startswith python*'), 'python*'],
      [`${list('names', 'sh', 'python*')}${exec('proc.pname in (names)')}`, 'python*'],
    ],
    silent: [
      open('fd.name glob /tmp/*.sh'),
      open('fd.name pmatch (/home/*/.ssh)'),
      exec('proc.cmdline contains "rm *"'),
      open('fd.name = *'),
    ],
  },
  'contains-suffix': {
    fires: [
      [open('fd.name contains .php'), '.php'],
      [exec('proc.exe icontains ".exe"'), '.exe'],
    ],
    silent: [
      open('fd.name endswith .php'),
      open('fd.name contains /.ssh/'),
      exec('proc.cmdline contains .sh'),
      open('fd.name contains .config/autostart'),
    ],
  },
  'empty-pattern': {
    fires: [
      [exec('proc.args startswith ""'), 'proc.args'],
      [exec('proc.args contains ""'), 'proc.args'],
      [open('fd.name pmatch (/etc, /*)'), '/*'],
      [open('fd.name pmatch (/)'), '/'],
      [open('fd.name glob *'), '*'],
    ],
    silent: [
      exec('proc.args = ""'),
      open('fd.name pmatch (/etc/*)'),
      open('fd.name glob *.sh'),
      exec('proc.args glob ""'),
    ],
  },
  'brace-pattern': {
    fires: [
      [open('fd.name glob "/etc/{a,b}"'), '/etc/{a,b}'],
      [open('fd.name pmatch (/home/**/.ssh)'), '/home/**/.ssh'],
    ],
    silent: [
      open('fd.name glob "/etc/{a}"'),
      open('fd.name glob /home/**'),
      open('fd.name pmatch (/home/*/.ssh)'),
      open('fd.name contains "{a,b}"'),
    ],
  },
  'regex-anchor': {
    fires: [
      [open('fd.name regex ^/etc/[a-z]+'), '^/etc/[a-z]+'],
      [open('fd.name regex "[a-z]+[.]sh$"'), '[a-z]+[.]sh$'],
    ],
    silent: [
      open('fd.name regex ^/etc/.*'),
      open('fd.name regex ".*[.]sh$"'),
      open('fd.name regex "^[a-z]+$"'),
      open('fd.name regex [a-z]+'),
    ],
  },
  'regex-quantifier': {
    fires: [
      [open('fd.name regex /etc/[a-z]+?x'), '/etc/[a-z]+?x'],
      [open('fd.name regex /a.*?b'), '/a.*?b'],
    ],
    silent: [
      open('fd.name regex /etc/[a-z+?]+'),
      open('fd.name regex "/etc/[+][?]a?"'),
      open('fd.name regex /ab{2}'),
    ],
  },
  'modifier-meaning': {
    fires: [
      [exec('proc.pname != oneof (a, b)'), 'proc.pname'],
      [exec('proc.pname != anyof (a, b)'), 'proc.pname'],
      [exec('proc.pname = allof (a, b)'), 'proc.pname'],
      [exec('proc.pname startswith oneof (c, ca)'), 'proc.pname'],
      [exec('proc.pname endswith oneof (sh, bash)'), 'proc.pname'],
      [exec('proc.pname = oneof (a, a)'), 'proc.pname'],
    ],
    silent: [
      exec('proc.pname startswith oneof (c, b)'),
      exec('proc.pname startswith anyof (c, ca)'),
      exec('proc.pname != oneof (a)'),
      exec('proc.pname != allof (a, b)'),
    ],
  },
  'modifier-as-value': {
    fires: [[exec('proc.pname contains anyof'), 'anyof']],
    silent: [exec('proc.pname contains anyof (a, b)'), exec('proc.pname contains "oneofus"')],
  },
  'intersects-one-value': {
    fires: [[exec('proc.args intersects ("-l")'), 'proc.args']],
    silent: [exec('fd.types intersects (file)'), exec('proc.args in ("-l")')],
  },
  'escaped-blank': {
    fires: [[exec('proc.args contains "a\\ b"'), '\\\\ ']],
    silent: [exec('proc.args contains "a\\\\ b"'), exec('proc.args endswith \\')],
  },
  'odd-space': {
    fires: [
      [exec('proc.pname = bash\u00a0'), '\u00a0'],
      [exec('proc.pname = ba\u200bsh'), '\u200b'],
    ],
    silent: [exec('proc.pname = bäsh')],
  },
  'falco-crash': {
    fires: [[exec('concat(proc.name, "x") = val(proc.pname)'), 'concat']],
    silent: [exec('concat(proc.name, "x") = ncx'), exec('proc.name = val(proc.pname)')],
  },
  'list-name-as-value': {
    fires: [
      [exec('proc.pname in ("shells", a)') + list('shells', 'bash'), 'shells'],
      [list('aa', 'x') + list('bb', 'aa') + list('cc', 'bb', 'z') + exec('proc.pname in (cc)'), 'bb'],
    ],
    silent: [
      list('cc', 'bb', 'z') + list('bb', 'aa') + list('aa', 'x') + exec('proc.pname in (cc)'),
      list('aa', 'x') + list('bb', 'aa', 'y') + exec('proc.pname in (bb)'),
    ],
  },
  'list-in-quotes': {
    fires: [[list('etc', 'feline') + exec('proc.args contains "ls etc x"'), 'etc']],
    silent: [list('etc', 'feline') + exec('proc.args contains "etc" or proc.args contains "/etc x"')],
  },
  'list-item-comma': {
    fires: [[list('names', '"a,b"') + exec('proc.pname in (names)'), 'a,b']],
    silent: [
      list('names', '\'"a,b"\'') + exec('proc.pname in (names)'),
      list('names', '"a, b"') + exec('proc.pname in (names)'),
    ],
  },
  'list-cycle': {
    fires: [[list('pp', 'a', 'pp') + exec('proc.pname in (pp)'), 'pp']],
    silent: [list('pp', 'qq') + list('qq', 'x') + exec('proc.pname in (pp)')],
  },
  'duplicate-list-item': {
    fires: [[list('names', 'aaa', 'bbb', 'aaa') + exec('proc.pname in (names)'), 'aaa']],
    silent: [list('names', 'aaa', 'bbb') + exec('proc.pname in (names, aaa)')],
  },
  'priority-spelling': {
    fires: [[exec('proc.pname = a').replace('NOTICE', 'notice'), 'notice']],
    silent: [exec('proc.pname = a').replace('NOTICE', 'INFO')],
  },
  'mitre-tag': {
    fires: [
      [exec('proc.pname = a').replace('[mitre_execution, T1059]', '[container]'), 'tags'],
      [exec('proc.pname = a').replace('mitre_execution', 'mitre_exection'), 'mitre_exection'],
      [exec('proc.pname = a').replace('T1059', 'T105'), 'T105'],
    ],
    silent: [
      exec('proc.pname = a').replace('T1059', 'T1059.004'),
      exec('proc.pname = a').replace('mitre_execution, T1059', 'TA0002'),
    ],
  },
  'output-field-tail': {
    fires: [
      [rule('evt.type = execve and proc.name = nc', { output: '%proc.namesuffix' }), '%proc.namesuffix'],
    ],
    silent: [
      rule('evt.type = execve and proc.name = nc', { output: '%proc.name. %proc.aname[2] (%user.name)' }),
    ],
  },
  'output-duplicate': {
    fires: [[rule('evt.type = execve', { output: 'user=%user.name x user=%user.name' }), 'user=%user.name']],
    silent: [rule('evt.type = execve', { output: 'user=%user.name uid=%user.uid %user.name' })],
  },
  'output-missing-field': {
    fires: [
      [rule('evt.type = execve', { output: 'file=%fd.name' }), '%fd.name'],
      [rule('evt.type in (chmod, fchmod)', { output: '%evt.arg.name' }), '%evt.arg.name'],
    ],
    silent: [
      rule('evt.type in (execve, openat)', { output: '%fd.name' }),
      rule('evt.type in (chmod, fchmod)', { output: '%evt.arg.filename' }),
    ],
  },
  'output-context': {
    fires: [
      [rule('evt.type = execve', { output: '%proc.pname %user.name' }), '%proc.pname %user.name'],
      [
        rule('evt.type = openat and fd.name = /a', { output: '%proc.name %proc.pname %user.name' }),
        '%proc.name %proc.pname %user.name',
      ],
    ],
    silent: [
      rule('evt.type = execve', { output: '%proc.cmdline %proc.aname[2] %user.uid' }),
      rule('evt.type = openat and fd.name = /a', { output: '%evt.args %proc.pname %user.name' }),
      rule('evt.type = container and container.privileged = true', { output: '%container.id' }),
    ],
  },
  'missing-field': {
    fires: [[rule('evt.type = execve and (proc.name = nc or fd.name = /a)'), 'fd.name']],
    silent: [rule('evt.type in (execve, openat) and (proc.name = nc or fd.name = /a)')],
  },
  'not-missing': {
    fires: [
      [rule('evt.type in (execve, openat) and proc.name = nc and not fd.name startswith /usr'), 'fd.name'],
    ],
    silent: [
      rule('evt.type = openat and proc.name = nc and not fd.name startswith /usr'),
      rule('evt.type in (execve, openat) and fd.num > 0 and not fd.name startswith /usr'),
      rule('evt.type in (execve, openat) and proc.name = nc and not proc.pname = sh'),
    ],
  },
  'expensive-first': {
    fires: [
      [rule('evt.type = execve and proc.aname = sshd and proc.name = nc'), 'proc.aname'],
      [rule('evt.type = execve and proc.cmdline regex "a.+b" and user.name = root'), 'proc.cmdline'],
    ],
    silent: [
      rule('evt.type = execve and proc.name = nc and proc.aname = sshd'),
      rule('proc.aname = sshd and evt.type = execve'),
      rule('evt.type = execve and proc.aname = sshd and not proc.name = nc'),
      rule('evt.type = execve and (proc.aname = sshd or proc.name = nc)'),
    ],
  },
};

describe('lint checks of single parts', () => {
  for (const [code, { fires, silent }] of Object.entries(CASES)) {
    for (const [content, at] of fires)
      it(`${code} finds ${at} in ${content.replace(/\s+/g, ' ').slice(0, 130)}`, () => {
        const found = findings(code, content);
        expect(found.map((finding) => pointedAt(finding, content))).to.deep.equal([at]);
      });
    for (const content of silent)
      it(`${code} finds nothing in ${content.replace(/\s+/g, ' ').slice(0, 130)}`, () =>
        expect(findings(code, content)).to.deep.equal([]));
  }
});
