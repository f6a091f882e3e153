import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule, FILE_OUTPUT } from '../example.ts';
import { constantsOf, operatorOf, placeOfValue } from '../../model/condition-node.ts';

export const regexAnchor: LintCheck = {
  code: 'regex-anchor',
  severity: 'warning',
  what: 'A `regex` that is anchored at one end only.',
  why: '`regex` must match the whole value, whether or not it has `^` and `$`. `^/etc/` therefore matches the text /etc/ and nothing below it.',
  bad: exampleRule({
    condition: 'evt.type = openat and fd.name regex ^/etc/cron\\.[a-z]+',
    output: FILE_OUTPUT,
  }),
  good: exampleRule({
    condition: 'evt.type = openat and fd.name regex /etc/cron\\.[a-z]+/.*',
    output: FILE_OUTPUT,
  }),
  *check(model) {
    for (const node of model.checks()) {
      if (operatorOf(node) !== 'regex') continue;
      for (const value of constantsOf(node)) {
        const start = value.startsWith('^');
        const end = /(?:^|[^\\])\$$/.test(value);
        const open = start ? !/\.[*+]\)?$/.test(value) : !/^\(?\.[*+]/.test(value);
        if (start !== end && open)
          yield {
            place: placeOfValue(node, value),
            message: `"${fromBytes(value)}" must match the whole value: \`${start ? '^' : '$'}\` alone does not leave the other end open`,
            hint: start
              ? 'put .* at the end, or use `startswith`'
              : 'put .* at the beginning, or use `endswith`',
          };
      }
    }
  },
};
