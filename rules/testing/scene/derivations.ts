/** From which other fields those follow that no fact can set by themselves, or that several facts have a say in. */

const PROGRAM = ['proc.name', 'proc.args'];
const CONNECTION = [
  'fd.name',
  'fd.sip',
  'fd.cip',
  'fd.lip',
  'fd.rip',
  'fd.sport',
  'fd.cport',
  'fd.lport',
  'fd.rport',
];
const OPEN = ['evt.arg.flags', 'evt.arg.mode'];

const SOURCES: readonly (readonly [fields: RegExp, sources: readonly string[]])[] = [
  [/^fd\.(?:directory|filename|containername|containerdirectory)$/, ['fd.name', 'fd.type']],
  [/^fd\.name$/, ['evt.arg.name', 'evt.arg.path', 'fd.nameraw', 'proc.cwd', ...CONNECTION.slice(1)]],
  [/^fd\.[cslr]?(?:ip|port|proto|net)(?:\.name)?$/, [...CONNECTION, 'fd.type', 'evt.res', 'evt.type']],
  [/^fd\.(?:type|typechar|sockfamily|l4proto)$/, ['evt.type', 'fd.name', 'fd.type', 'fd.sip', 'evt.res']],
  [/^fd\.(?:num|uid)$/, ['evt.rawres', 'evt.arg.fd', 'evt.res', 'evt.type']],
  [/^fd\./, ['evt.type', 'fd.type', 'evt.res']],
  [/^proc\.cmdline$/, PROGRAM],
  [/^proc\.exeline$/, ['proc.exe', 'proc.args']],
  [/^proc\.(?:args|cmdnargs|cmdlenargs)$/, ['proc.args', 'proc.cmdline', 'proc.exeline']],
  [
    /^proc\.(?:name|exe|exepath)$/,
    ['proc.cmdline', 'proc.exeline', 'proc.exepath', 'proc.exe', 'evt.arg.comm', 'evt.arg.exe'],
  ],
  [/^proc\.pcmdline$/, ['proc.pname']],
  [/^proc\.acmdline/, ['proc.aname']],
  [/^proc\.is_sid_leader$/, ['proc.sid', 'proc.vpid', 'proc.sname']],
  [/^proc\.is_vpgid_leader$/, ['proc.vpgid', 'proc.vpid', 'proc.vpgid.name']],
  [/^proc\.is_pgid_leader$/, ['proc.pgid', 'proc.pid', 'proc.pgid.name']],
  [/^proc\.sname$|^proc\.sid\./, ['proc.sid', 'proc.aname']],
  [/^proc\.is_exe_/, ['evt.arg.flags', 'evt.rawarg.flags']],
  [/^proc\.(?:a|p)/, ['proc.pname', 'proc.aname', 'proc.ppid']],
  [/^user\.(?:name|homedir|shell)$/, ['user.uid', 'evt.arg.uid', 'container.id']],
  [/^user\.uid$/, ['user.name', 'evt.arg.uid']],
  [/^user\.login/, ['user.loginuid', 'user.loginname']],
  [/^group\./, ['group.gid', 'group.name']],
  [/^container\.id$/, ['thread.cgroups', 'container.type', 'container.full_id']],
  [/^(?:container|k8s)\./, ['container.id', 'container.image', 'container.type']],
  [/^evt\.is_open_/, OPEN],
  [
    /^evt\.(?:res|rawres|failed)$/,
    ['evt.rawres', 'evt.res', 'evt.failed', 'fd.num', 'evt.arg.res', 'evt.arg.fd'],
  ],
  [/^evt\.(?:dir|category|is_|io_dir|count)/, ['evt.type']],
  [/^evt\.buf/, ['evt.arg.data', 'evt.rawres']],
  [/^evt\.(?:time|datetime|reltime)/, ['evt.rawtime']],
  [/^fs\.path/, ['evt.arg.path', 'evt.arg.name', 'evt.res', 'proc.cwd', 'evt.type']],
  [/^evt\.abspath/, ['evt.arg.name', 'evt.arg.path', 'evt.arg.dirfd', 'proc.cwd']],
  [/^(?:evt\.args|evt\.info)$/, ['evt.arg']],
];

/** The fields that a field follows from, the nearest first. */
export function sourcesOf(field: string): readonly string[] {
  return SOURCES.find(([fields]) => fields.test(field))?.[1] ?? [];
}
