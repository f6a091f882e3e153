import { Parser } from 'yaml';
import type { ByteString } from '../../engine/index.ts';
import { Composer, Misread } from './compose.ts';
import { joinOthers, onOneLine } from './joined-lines.ts';
import { YamlError, type YamlNode } from './node.ts';
import { YamlSource } from './source.ts';

const MAX_MISREADS = 50;

/**
 * The documents of a rule file, read as Falco reads them (yaml-cpp at the commit that Falco 0.44.1 pins): an empty document ends the
 * reading, whatever follows. `file` are the raw bytes. Throws a `YamlError`.
 */
export function readYaml(file: ByteString): YamlNode[] {
  const source = new YamlSource(file);
  // Only the syntax tree is read from this text; contents come from the source.
  let text = source.text;
  for (let tries = 0; ; tries++) {
    try {
      return readDocuments(source, text);
    } catch (error) {
      if (!(error instanceof Misread)) throw error;
      if (tries === MAX_MISREADS) throw new YamlError('bad file', source.mark(error.start));
      text = onOneLine(text, error.start, error.end);
      text = joinOthers(text, error.end);
    }
  }
}

function readDocuments(source: YamlSource, text: ByteString): YamlNode[] {
  const documents: YamlNode[] = [];
  let from = 0;
  let versioned = false;
  reading: for (;;) {
    // What was read already becomes blank, so that places stay right.
    const column = source.column(from);
    const rest =
      from === 0
        ? text
        : `${' '.repeat(Math.max(from - column - 1, 0))}\n${' '.repeat(column)}${text.slice(from)}`;
    for (const token of new Parser().parse(rest)) {
      if (token.type === 'directive') {
        checkDirective(source, token.offset, token.source, versioned);
        versioned ||= token.source.startsWith('%YAML');
      } else if (token.type === 'document') {
        const { root, rest: further } = new Composer(source).document(token);
        if (root.kind === 'null') return documents;
        documents.push(root);
        versioned = false;
        if (further !== undefined && further > from) {
          from = further;
          continue reading;
        }
      } else if (token.type === 'error') {
        const problem = /^[\]}]$/.test(token.source) ? 'illegal flow end' : 'unknown token';
        throw new YamlError(problem, source.mark(token.offset));
      }
    }
    return documents;
  }
}

function checkDirective(source: YamlSource, offset: number, directive: ByteString, versioned: boolean): void {
  const [name, ...args] = directive.split(/[ \t]+/).filter((word) => word !== '');
  const fail = (problem: string): never => {
    throw new YamlError(problem, source.mark(offset));
  };
  if (name === '%TAG' && args.length !== 2) fail('TAG directives must have exactly two arguments');
  if (name !== '%YAML') return;
  if (args.length !== 1) fail('YAML directives must have exactly one argument');
  if (versioned) fail('repeated YAML directive');
  const version = /^([0-9]+)[^][0-9]+$/.exec(args[0]!);
  if (version === null) fail(`bad YAML version: ${args[0]}`);
  if (Number(version![1]) > 1) fail('YAML major version too large');
}
