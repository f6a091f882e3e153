import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';

export const textOrder: LintCheck = {
  code: 'text-order',
  severity: 'warning',
  what: '`<`, `<=`, `>` or `>=` with a field that holds text.',
  why: 'Falco compares the characters, not the numbers that they may stand for: `evt.res > 0` is true for SUCCESS and for every error, and "10" is less than "9".',
  bad: exampleRule({
    condition: 'evt.type = openat and fd.name startswith /etc/ and evt.res >= 0',
    output: FILE_OUTPUT,
  }),
  good: exampleRule({
    condition: 'evt.type = openat and fd.name startswith /etc/ and evt.rawres >= 0',
    output: FILE_OUTPUT,
  }),
  *check(model) {
    for (const node of model.checks()) {
      const { check } = node;
      const { expr, left } = check;
      if (left.shape.type !== 'CHARBUF' || !/^[<>]=?$/.test(expr.op)) continue;
      const name = fromBytes(left.key);
      const hint = { 'evt.res': 'evt.rawres holds the number', 'evt.arg.res': 'evt.rawres holds the number' }[
        name
      ];
      yield {
        place: node.place,
        message: `${name} is text, so \`${expr.op}\` compares characters, not numbers`,
        ...(hint !== undefined && { hint }),
      };
    }
  },
};
