import { fromBytes } from '../../../engine/index.ts';
import { lookup } from '../../yaml/node.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { overridden, placeOfKey, type ModelItem } from '../../model/model.ts';

const rule = exampleRule({ condition: 'evt.type = execve and proc.name = nc' });

export const ignoredKey: LintCheck = {
  code: 'ignored-key',
  severity: 'warning',
  what: 'A key that Falco reads over in silence.',
  why: 'An item with `enabled` alone only switches its rule. `append: true` takes `condition` and `exceptions` of a rule and nothing else. An `override` that is empty, or a text, counts as none: the item is a whole new definition.',
  bad: `${rule}\n- rule: Example\n  enabled: false\n  tags: [noisy]\n`,
  good: `${rule}\n- rule: Example\n  tags: [noisy]\n  override: {tags: append}\n`,
  *check({ items }) {
    for (const item of items)
      for (const [key, hint] of ignoredKeys(item))
        yield {
          place: placeOfKey(item, key),
          message: `\`${fromBytes(key)}\` has no effect here`,
          hint,
        };
  },
};

function* ignoredKeys(item: ModelItem): Generator<readonly [key: string, hint: string]> {
  const { kind, node, effect } = item;
  const override = lookup(node, 'override');
  const overrides = overridden(node, 'append').length + overridden(node, 'replace').length > 0;
  if (override !== undefined && !overrides)
    yield ['override', 'name the keys with `append` or `replace`, as in `override: {condition: append}`'];
  if (kind !== 'rule' || overrides) return;
  const kept = effect === 'enable' ? ['enabled'] : ['condition', 'exceptions', 'append'];
  if (effect === 'define') return;
  for (const [key] of node.pairs)
    if (key.kind === 'scalar' && KEYS.has(key.value) && !kept.includes(key.value))
      yield [key.value, `put \`${key.value}\` under \`override\`, with \`append\` or \`replace\``];
}

const KEYS: ReadonlySet<string> = new Set([
  'condition', 'exceptions', 'output', 'desc', 'tags', 'priority', 'capture', 'capture_duration', 'enabled', 'warn_evttypes',
  'skip-if-unknown-filter',
]); // prettier-ignore
