import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, OUTPUT } from '../example.ts';
import { isMissing, namesOf } from '../../model/reasoning/event-facts.ts';

export const outputMissingField: LintCheck = {
  code: 'output-missing-field',
  severity: 'warning',
  what: 'A field in an output that no event of the rule’s types has.',
  why: 'It shows as `<NA>` in every alert: an argument of another system call, or the fd of an event that has none, such as `execve`.',
  bad: exampleRule({ condition: 'evt.type = execve and proc.name = nc', output: `${OUTPUT} file=%fd.name` }),
  good: exampleRule({
    condition: 'evt.type = execve and proc.name = nc',
    output: `${OUTPUT} file=%proc.exepath`,
  }),
  *check(model) {
    for (const rule of model.rules) {
      const { loaded, output } = rule;
      if (loaded.source !== 'syscall') continue;
      const possible = model.possibleCodes(rule);
      if (possible.length === 0) continue;
      for (const { index, 0: token, groups } of output.text.matchAll(
        /%(?<name>evt\.(?:raw)?arg|fd)(?:\.(?<rest>[\w.]+)|\[(?<arg>[^\]]*)\])/g,
      )) {
        const { name = '', rest, arg } = groups ?? {};
        const [field, argument] = name === 'fd' ? [`fd.${rest}`, undefined] : [name, rest ?? arg];
        if (!possible.every((code) => isMissing(field, argument, code))) continue;
        yield {
          place: output.place(index, token.length) ?? {},
          message: `${fromBytes(token)} is <NA> at all events of this rule (${namesOf(possible)})`,
        };
      }
    }
  },
};
