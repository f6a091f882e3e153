import { EVENTS, fromBytes, type EventCode } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';
import type { ModelRule } from '../../model/model.ts';
import { checksOf } from '../../model/condition-node.ts';
import { currentCodes, isMissing } from '../../model/reasoning/event-facts.ts';

/** What an analyst asks first, and the fields that answer it. */
const QUESTIONS: readonly (readonly [question: string, answer: RegExp, example: string])[] = [
  ['which program', /^(?:proc\.(?:name|exe|exepath|cmdline|exeline|args)|evt\.args)\b/, '%proc.cmdline'],
  ['what started it', /^proc\.(?:p(?!id\b)|a(?!rgs)|ppid|sname|vpgid)/, '%proc.pname'],
  ['which user', /^(?:user|group)\./, '%user.name'],
];
const OBJECT = /^(?:fd\.|fs\.path|evt\.(?:arg|args|abspath|rawarg|buffer))/;

export const outputContext: LintCheck = {
  code: 'output-context',
  severity: 'info',
  what: 'An output that leaves open what every analyst asks first.',
  why: 'Which program did it, what started that, as which user; and for a rule about files or connections: which one. Container and pod come by themselves with `append_output`, which Falco’s own configuration sets.',
  bad: exampleRule({
    condition: 'evt.type = openat and fd.name startswith /etc/ssh/',
    output: 'Example | command=%proc.cmdline parent=%proc.pname user=%user.name',
  }),
  good: exampleRule({ condition: 'evt.type = openat and fd.name startswith /etc/ssh/', output: FILE_OUTPUT }),
  *check({ rules }) {
    for (const rule of rules) {
      const { loaded, output } = rule;
      if (loaded.source !== 'syscall') continue;
      const names = loaded.output.names;
      const asked = isAboutProcess(rule) ? QUESTIONS : [];
      const open = asked.filter(([, answer]) => !names.some((name) => answer.test(name)));
      const missing = open.map(([question]) => question);
      const hints = open.map(([, , example]) => example);
      if (isAboutObject(rule) && !names.some((name) => OBJECT.test(name))) {
        missing.push('which file or connection');
        hints.push('%fd.name');
      }
      if (missing.length === 0) continue;
      yield {
        place: output.place(0, output.text.length) ?? {},
        message: `the output of rule "${fromBytes(loaded.name)}" does not say ${missing.join(', ')}`,
        hint: `add ${hints.join(', ')}`,
      };
    }
  },
};

/** Some of its events are what a process does; others are told by Falco, its libraries or a container runtime. */
const isAboutProcess = ({ codes }: ModelRule): boolean => {
  const current = currentCodes(codes);
  return current.length === 0 || current.some((code) => !EVENTS[code]!.classes.includes('metaevent'));
};

/** The condition asks for an fd, and all event types have one. */
function isAboutObject({ codes, condition }: ModelRule): boolean {
  const current = currentCodes(codes).filter((code: EventCode) => EVENTS[code]!.name !== 'asyncevent');
  const asks = [...checksOf(condition)].some(
    ({ node, negated }) =>
      !negated &&
      /^fd\.(?:name|filename|directory|[cslr]?ip|[cslr]?port|[cslr]?net)/.test(node.check.left.name),
  );
  return asks && current.length > 0 && current.every((code) => !isMissing('fd.name', undefined, code));
}
