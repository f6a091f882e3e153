import {
  argumentTexts,
  EVENTS,
  fromBytes,
  SYSCALLS,
  type ArgumentTexts,
  type ByteString,
  type EventCode,
} from '../../../engine/index.ts';
import type { Finding, LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';
import {
  constantsOf,
  fieldOf,
  operatorOf,
  ownChecksOf,
  placeOfValue,
  type CheckNode,
} from '../../model/condition-node.ts';
import type { RuleModel } from '../../model/model.ts';
import { holds } from '../../model/reasoning/reasoner.ts';
import { currentCodes } from '../../model/reasoning/event-facts.ts';

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
  why: 'Falco takes any text for a value, so `evt.res = 0`, `evt.io_dir = r` or a misspelt system call load and are never true (with `!=` always). An argument (`evt.arg.name`) is compared as the text that it shows: names of flags, users, signals and errors, not their numbers.',
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
    yield* argumentFindings(model);
  },
};

/** Arguments of events are compared as they are shown; what that can be depends on the event types. */
function* argumentFindings(model: RuleModel): Generator<Finding> {
  const all = currentCodes(EVENTS.map(({ code }) => code));
  for (const { condition } of model.macros.values()) {
    const codes = model.reasoner.possibleAt([holds(condition)], all);
    for (const node of ownChecksOf(condition)) yield* impossibleArguments(node, codes);
  }
  for (const rule of model.rules) {
    if (rule.loaded.source !== 'syscall') continue;
    const possible = model.possibleCodes(rule);
    // What makes a rule impossible must be looked at, too.
    const codes = possible.length > 0 ? possible : currentCodes(rule.codes);
    for (const node of ownChecksOf(rule.whole)) yield* impossibleArguments(node, codes);
  }
}

function* impossibleArguments(node: CheckNode, codes: readonly EventCode[]): Generator<Finding> {
  const { field } = node.check.left;
  if (field?.field.name !== 'evt.arg' || field.arg === undefined) return;
  const { arg } = field;
  const isWhole = /^(?:=|==|!=|in)$/.test(operatorOf(node));
  if (!isWhole && !/^(?:contains|startswith|endswith)$/.test(operatorOf(node))) return;
  const params = codes.flatMap((code) => {
    const all = EVENTS[code]!.params;
    return (/^\d+$/.test(arg) ? all[Number(arg)] : all.find(({ name }) => name === arg)) ?? [];
  });
  const shown: ArgumentTexts[] = [];
  for (const param of params) {
    const texts = argumentTexts(param);
    if (texts === undefined) return;
    shown.push(texts);
  }
  if (shown.length === 0) return;
  for (const value of constantsOf(node)) {
    const text = fromBytes(value);
    const name = fromBytes(node.check.left.key);
    const instead = isWhole ? undefined : shown[0]!.insteadOf?.(text);
    if (!shown.some(({ canBe, canHold }) => (isWhole ? canBe(text) : canHold(text)))) {
      const hint = shown[0]!.hint(text);
      yield {
        place: placeOfValue(node, value),
        message: `${name} never ${isWhole ? 'has the value' : 'has in it'} "${text}"`,
        ...(hint !== undefined && { hint }),
      };
    } else if (instead !== undefined && shown.every(({ insteadOf }) => insteadOf?.(text) !== undefined))
      yield {
        place: placeOfValue(node, value),
        message: `${name} has "${text}" in it only where no other bit is set`,
        hint: `otherwise it shows ${instead}, which comes first and has its bits`,
      };
  }
}
