import { parseDocument } from 'yaml';
import { DiagnosticError } from '../../engine/index.ts';
import type { RawNode } from './load.ts';

/**
 * Sets one key of a config tree: `key=value`, `key.subkey=value`, `list[0].key=value`, `list[]=value` (appends). A backslash before `.`, `[`, `]` or `\`
 * takes it as part of a name. A value in `{…}` or `[…]` is YAML, all others are text.
 */
export function setOption(root: { [key: string]: RawNode }, option: string): void {
  const equals = option.indexOf('=');
  if (equals <= 0) fail(option, 'found no "=", expected key=value or key.subkey=value');
  const path = splitKey(option.slice(0, equals), option);
  const value = parseValue(option.slice(equals + 1), option);
  let node: RawNode = root;
  path.forEach((part, i) => {
    const last = i === path.length - 1;
    const container = node as Record<string | number, RawNode>;
    const key = part === '' && Array.isArray(node) ? node.length : part;
    if (last) {
      container[key] = value;
      return;
    }
    const next = container[key];
    const wanted = typeof path[i + 1] === 'number' || path[i + 1] === '';
    // A scalar on the way gives way to the map or list that the key asks for.
    if (next === undefined || next === null || typeof next === 'string' || Array.isArray(next) !== wanted)
      container[key] = wanted ? [] : {};
    node = container[key] as RawNode;
  });
}

function fail(option: string, message: string): never {
  throw new DiagnosticError({
    code: 'CONFIG_BAD_OPTION',
    severity: 'error',
    message: `-o ${option}: ${message}`,
    hint: 'for example -o json_output=true or -o "rules[].disable.tag=network"',
  });
}

/** The parts of a key: names, and indices of lists; '' stands for `[]`. */
function splitKey(key: string, option: string): (string | number)[] {
  const parts: (string | number)[] = [];
  const token = /((?:[^\\.[\]]|\\[\\.[\]])+)|\[(\d*)\]|(\.)/y;
  let expectName = true;
  while (token.lastIndex < key.length) {
    const at = token.lastIndex;
    const [, name, index, dot] =
      token.exec(key) ?? fail(option, `"${key}" is no key, at character ${at + 1}`);
    if (name !== undefined && expectName) parts.push(name.replace(/\\(.)/g, '$1'));
    else if (index !== undefined && !(expectName && at === 0)) parts.push(index === '' ? '' : Number(index));
    else if (dot === undefined || expectName) fail(option, `"${key}" is no key, at character ${at + 1}`);
    expectName = dot !== undefined;
  }
  if (expectName) fail(option, `"${key}" is no key: it ends with a dot`);
  if (parts.some((part) => part === '__proto__')) fail(option, '"__proto__" is no key');
  return parts;
}

function parseValue(text: string, option: string): RawNode {
  if (!/^(?:\{.*\}|\[.*\])$/s.test(text)) return text;
  const document = parseDocument(text, { schema: 'failsafe' });
  const error = document.errors[0];
  if (error !== undefined) fail(option, error.message.split('\n')[0]!);
  return document.toJS() as RawNode;
}
