import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { placeOfScalar } from '../../model/model.ts';

const rule = (more: string): string =>
  exampleRule({ condition: 'evt.type = execve and proc.name = nc', more });

export const duplicateKey: LintCheck = {
  code: 'duplicate-key',
  severity: 'error',
  what: 'A key that an item has twice.',
  why: 'YAML forbids it, Falco takes the first one and says nothing. A forgotten `- ` before the next item looks like this too.',
  bad: rule('  priority: WARNING\n'),
  good: rule('  enabled: true\n'),
  *check({ files }) {
    for (const file of files)
      for (const document of file.documents)
        for (const item of document.kind === 'sequence' ? document.items : []) {
          if (item.kind !== 'map') continue;
          const seen = new Set<string>();
          for (const [key] of item.pairs) {
            if (key.kind !== 'scalar') continue;
            if (seen.has(key.value))
              yield {
                place: placeOfScalar(file, key),
                message: `the item has the key "${fromBytes(key.value)}" before, and Falco takes the first one`,
              };
            seen.add(key.value);
          }
        }
  },
};
