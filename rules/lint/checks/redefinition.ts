import { fromBytes, type ByteString } from '../../../engine/index.ts';
import { lookup } from '../../yaml/node.ts';
import type { LintCheck } from '../check.ts';
import { exampleList, exampleRule } from '../example.ts';
import type { ModelItem, RuleModel } from '../../model/model.ts';
import { isPlaceholder } from './override-lost.ts';

const list = exampleList('web_servers', 'nginx, httpd');
const rule = exampleRule({ condition: 'evt.type = execve and proc.pname in (web_servers)' });

export const redefinition: LintCheck = {
  code: 'redefinition',
  severity: 'info',
  what: 'A second definition that differs from the first.',
  why: 'The last one counts, also for the rules before it and for those of other files: a list that two rule sets define, each for itself, may lose items. A rule loses its exceptions too. Filling what is empty (`never_true`, `[]`) is no finding.',
  bad: list + exampleList('web_servers', 'nginx, lighttpd') + rule,
  good: `${list}- list: web_servers\n  items: [nginx, lighttpd]\n  override: {items: replace}\n\n${rule}`,
  *check(model) {
    for (const items of model.groups()) {
      const definitions = items.filter(({ effect }) => effect === 'define');
      for (const [i, later] of definitions.entries()) {
        const earlier = definitions[i - 1];
        // Changes in between that are lost are told of by another check.
        if (earlier === undefined || items[items.indexOf(later) - 1] !== earlier) continue;
        if (isPlaceholder(earlier) || isPlaceholder(later)) continue;
        if (contentOf(earlier, model) === contentOf(later, model)) continue;
        yield {
          place: later.place,
          message: `the ${later.kind} "${fromBytes(later.name)}" is defined before, and differently: this definition replaces it everywhere`,
          hint: 'if that is meant, say so with `override`; else give it another name',
          notes: [{ ...earlier.place, message: 'the definition that is replaced' }],
        };
      }
    }
  },
};

/** What a definition says, however it is written. */
function contentOf({ kind, node }: ModelItem, { language }: RuleModel): ByteString {
  if (kind === 'list') {
    const items = lookup(node, 'items');
    const values =
      items?.kind === 'sequence' ? items.items.map((item) => (item.kind === 'scalar' ? item.value : '')) : [];
    return [...new Set(values)].sort().join('\n');
  }
  const keys = kind === 'macro' ? ['condition'] : ['condition', 'output', 'priority', 'source'];
  return keys
    .map((key) => {
      const value = lookup(node, key);
      const text = value?.kind === 'scalar' ? value.value : '';
      return key === 'condition' ? printed(text, language) : text.trim();
    })
    .join('\n');
}

function printed(condition: ByteString, language: RuleModel['language']): ByteString {
  try {
    return language.print(language.parse(condition));
  } catch {
    return condition;
  }
}
