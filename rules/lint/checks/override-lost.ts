import { fromBytes } from '../../../engine/index.ts';
import { lookup, type YamlMap } from '../../yaml/node.ts';
import type { LintCheck } from '../check.ts';
import { exampleList, exampleRule } from '../example.ts';
import type { ModelItem } from '../../model/model.ts';

const list = exampleList('web_servers', 'nginx, httpd');
const append = '- list: web_servers\n  items: [caddy]\n  override: {items: append}\n\n';
const other = exampleList('web_servers', 'nginx, lighttpd, httpd');
const rule = exampleRule({ condition: 'evt.type = execve and proc.pname in (web_servers)' });

export const overrideLost: LintCheck = {
  code: 'override-lost',
  severity: 'error',
  what: 'A change to a list, macro or rule that a later definition throws away.',
  why: 'The last definition counts, for all rules, also those before it. An append or override that is loaded before a plain definition of the same name is lost without a word, and so is a macro or list that was filled if an empty one (`never_true`, `[]`) comes later.',
  bad: list + append + other + rule,
  good: other + append + rule,
  *check(model) {
    for (const items of model.groups())
      for (const [i, item] of items.entries()) {
        const later = items.slice(i + 1).find(({ effect }) => effect === 'define');
        if (later === undefined) continue;
        const lost = item.effect === 'append' || item.effect === 'replace';
        if (!lost && (isPlaceholder(item) || !isPlaceholder(later))) continue;
        yield {
          place: item.place,
          message: `this ${lost ? 'change to' : 'definition of'} the ${item.kind} "${fromBytes(item.name)}" is lost: it is defined anew later`,
          hint: 'load the file with the changes after the one with the definitions',
          notes: [{ ...later.place, message: 'the definition that counts' }],
        };
      }
  },
};

/** A list or macro that is there to be filled. */
export function isPlaceholder({ kind, node }: ModelItem): boolean {
  return kind === 'list' ? isEmptyList(node) : kind === 'macro' && isSilent(node);
}

const isEmptyList = (node: YamlMap): boolean => {
  const items = lookup(node, 'items');
  return items?.kind === 'sequence' && items.items.length === 0;
};

const isSilent = (node: YamlMap): boolean => {
  const condition = lookup(node, 'condition');
  return (
    condition?.kind === 'scalar' && /^(?:never_true|evt\.num=0)$/.test(condition.value.replace(/[\s()]/g, ''))
  );
};
