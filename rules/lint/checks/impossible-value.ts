import { EVENTS, fromBytes, SYSCALLS, type ByteString } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';
import { constantsOf, fieldOf, operatorOf, placeOfValue } from '../../model/condition-node.ts';

interface Values {
  readonly isPossible: (value: ByteString) => boolean;
  readonly hint: string;
}

const oneOf = (...values: readonly string[]): Values => ({
  isPossible: (value) => values.includes(value) || value === '<NA>',
  hint: `its values are ${values.join(', ')}`,
});

const names: ReadonlySet<string> = new Set([...SYSCALLS.values(), ...EVENTS.map(({ name }) => name)]);
const port: Values = {
  isPossible: (value) => /^\d*$/.test(value),
  hint: 'its values are numbers as text: write 80 for http',
};

const VALUES: Readonly<Record<string, Values>> = {
  'evt.res': {
    isPossible: (value) => /^(?:SUCCESS|E[A-Z0-9]+|\d{3,}|)$/.test(value),
    hint: 'its values are SUCCESS and the names of errors, such as ENOENT; for numbers use evt.rawres',
  },
  'evt.io_dir': oneOf('read', 'write'),
  'evt.dir': oneOf('<', '>'),
  'fd.sockfamily': oneOf('ip', 'unix'),
  'fd.l4proto': oneOf('tcp', 'udp', 'icmp', 'raw'),
  'fd.typechar': oneOf(
    'f',
    'd',
    '4',
    '6',
    'u',
    'p',
    'e',
    's',
    'l',
    'i',
    't',
    'n',
    'b',
    'r',
    'm',
    'P',
    'o',
    'X',
    '?',
  ),
  'fd.type': oneOf(
    'file',
    'directory',
    'ipv4',
    'ipv6',
    'unix',
    'pipe',
    'event',
    'signalfd',
    'eventpoll',
    'inotify',
    'timerfd',
    'netlink',
    'bpf',
    'userfaultfd',
    'io_uring',
    'memfd',
    'pidfd',
  ),
  'fd.cproto': port,
  'fd.sproto': port,
  'fd.lproto': port,
  'fd.rproto': port,
  'syscall.type': {
    isPossible: (value) => names.has(value),
    hint: 'Falco does not check names here as it does for evt.type',
  },
  'user.loginuid': {
    isPossible: (value) => value !== '4294967295',
    hint: 'a login uid that is not set is -1',
  },
};

export const impossibleValue: LintCheck = {
  code: 'impossible-value',
  severity: 'warning',
  what: 'A comparison with a value that the field never has.',
  why: 'Falco takes any text for a value, so `evt.res = 0`, `evt.io_dir = r` or a misspelt system call load and are never true (with `!=` always).',
  bad: exampleRule({
    condition: 'evt.type = openat and fd.name startswith /etc/ and evt.res = 0',
    output: FILE_OUTPUT,
  }),
  good: exampleRule({
    condition: 'evt.type = openat and fd.name startswith /etc/ and evt.res = SUCCESS',
    output: FILE_OUTPUT,
  }),
  *check(model) {
    for (const node of model.checks()) {
      const name = fieldOf(node);
      const values = name === undefined ? undefined : VALUES[name];
      if (values === undefined || !/^(?:=|==|!=|in)(?: |$)/.test(operatorOf(node))) continue;
      for (const value of constantsOf(node))
        if (!values.isPossible(value))
          yield {
            place: placeOfValue(node, value),
            message: `${name} never has the value "${fromBytes(value)}"`,
            hint: values.hint,
          };
    }
  },
};
