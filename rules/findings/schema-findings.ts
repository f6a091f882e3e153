import { didYouMean, fromBytes, PRIORITIES, type Diagnostic } from '../../engine/index.ts';
import { checkSchema } from '../schema.ts';
import { lookup, YamlUseError, type YamlMap, type YamlNode } from '../yaml/node.ts';
import type { SourceText } from './source-text.ts';
import { keysOf, type Structure } from './structure.ts';

/**
 * What Falco's JSON schema of rule files does not allow though the file loads: duplicate keys, spellings that only the loader takes. What the
 * loader tells anyway (unknown keys) is left out.
 */
export function schemaFindings(source: SourceText, structure: Structure): Diagnostic[] {
  return structure.documents.flatMap((document) =>
    complaintsOf(document).flatMap((complaint) => {
      const [, path = '', problem = ''] = /^failed for <root>((?:\[[^\]]*\])*): (.*)$/s.exec(complaint) ?? [];
      const node = nodeAt(document, path);
      if (!node) return [];
      const key = /\[([^\]]*)\]$/.exec(path)?.[1] ?? '';
      const found = node.kind === 'map' ? duplicate(node, problem, structure) : spelling(node, key, problem);
      if (!found) return [];
      const { index, length } = found.token ?? structure.token(node);
      return {
        code: 'SCHEMA_INVALID',
        severity: 'warning',
        message: found.message,
        ...source.place(index, index + length),
        hint: found.hint,
      } satisfies Diagnostic;
    }),
  );
}

function complaintsOf(document: YamlNode): string[] {
  try {
    return checkSchema(document);
  } catch (error) {
    if (error instanceof YamlUseError) return [];
    throw error;
  }
}

interface Complaint {
  readonly message: string;
  readonly hint: string;
  readonly token?: { readonly index: number; readonly length: number } | undefined;
}

function duplicate(map: YamlMap, problem: string, structure: Structure): Complaint | undefined {
  if (!problem.startsWith('Object contains a property')) return undefined;
  const keys = keysOf(map);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice === undefined) return undefined;
  const key = fromBytes(twice);
  return {
    message: `the key '${key}' stands twice in this item; only the first one counts`,
    hint: 'remove one of them',
    token: structure.key(map, twice, 1),
  };
}

function spelling(node: YamlNode, key: string, problem: string): Complaint | undefined {
  if (node.kind !== 'scalar') return undefined;
  const value = fromBytes(node.value);
  if (key === 'priority' && problem.startsWith('Failed to match against any enum')) {
    const names = [...PRIORITIES.map((name) => name.toUpperCase()), 'INFO'];
    return {
      message: `priority '${value}' loads, but Falco's JSON schema of rule files does not know it`,
      hint: didYouMean(value.toUpperCase(), names) ?? `write one of ${names.join(', ')}`,
    };
  }
  if (!problem.startsWith('Value type not permitted')) return undefined;
  return {
    message: `'${value}' loads, but Falco's JSON schema of rule files wants another value for '${key}'`,
    hint: /^(?:y|yes|on)$/i.test(value)
      ? 'write true'
      : /^(?:n|no|off)$/i.test(value)
        ? 'write false'
        : 'write true, false or a plain number',
  };
}

/** The node that a path such as `[3][priority]` leads to. */
function nodeAt(document: YamlNode, path: string): YamlNode | undefined {
  let node: YamlNode | undefined = document;
  for (const [, part = ''] of path.matchAll(/\[([^\]]*)\]/g))
    node = node?.kind === 'sequence' ? node.items[Number(part)] : node && lookup(node, part);
  return node;
}
