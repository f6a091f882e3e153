import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';
import { constantsOf, fieldOf, operatorOf, placeOfValue } from '../../model/condition-node.ts';

/** Fields that hold one path or name. */
const PATHS =
  /^(?:fd\.(?:name|nameraw|filename)|proc\.(?:name|pname|exe|exepath|pexe|pexepath)|fs\.path\..*|evt\.abspath.*)$/;

export const containsSuffix: LintCheck = {
  code: 'contains-suffix',
  severity: 'info',
  what: '`contains` with the ending of a file name.',
  why: '`fd.name contains .sh` is true for /root/.ssh/id_rsa and /usr/share/x.shtml too. Where an ending is meant, `endswith` says so and is cheaper.',
  bad: exampleRule({ condition: 'evt.type = openat and fd.name contains .sh', output: FILE_OUTPUT }),
  good: exampleRule({ condition: 'evt.type = openat and fd.name endswith .sh', output: FILE_OUTPUT }),
  *check(model) {
    for (const node of model.checks()) {
      if (!PATHS.test(fieldOf(node) ?? '') || !/^i?contains$/.test(operatorOf(node))) continue;
      for (const value of constantsOf(node))
        if (/^\.[a-zA-Z0-9]{1,5}$/.test(value))
          yield {
            place: placeOfValue(node, value),
            message: `\`contains ${fromBytes(value)}\` is true wherever "${fromBytes(value)}" stands in the name`,
            hint: `write \`endswith ${fromBytes(value)}\` if an ending is meant`,
          };
    }
  },
};
