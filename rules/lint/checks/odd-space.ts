import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';

/** UTF-8 of the no-break space, the zero-width ones, the narrow and the wide one. */
const SPACE = /\xc2\xa0|\xe2\x80[\x80-\x8f\xaf]|\xe2\x81\xa0|\xe3\x80\x80|\xef\xbb\xbf/g;

export const oddSpace: LintCheck = {
  code: 'odd-space',
  severity: 'error',
  what: 'A no-break space, or one without width, in a condition.',
  why: 'Such characters come along when conditions are copied from web pages. For Falco they are no blanks but part of the value beside them, which then never matches.',
  bad: exampleRule({ condition: 'evt.type = execve and proc.name = nc\u00a0' }),
  good: exampleRule({ condition: 'evt.type = execve and proc.name = nc' }),
  *check({ rules, macros }) {
    for (const { written } of [...macros.values(), ...rules])
      for (const { 0: found, index } of written.text.matchAll(SPACE))
        yield {
          place: written.place(index, found.length) ?? {},
          message: 'this is no blank but a special space, and part of the value beside it',
          hint: 'put an ordinary blank here, or nothing',
        };
  },
};
