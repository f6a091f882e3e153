import type { ByteString } from '../../engine/index.ts';
import { Composer } from './compose.ts';
import { YamlError, type YamlNode } from './node.ts';
import { Scanner, type Token } from './scanner.ts';
import { YamlSource } from './source.ts';

/**
 * The documents of a rule file, read as Falco reads them (yaml-cpp at the commit that Falco 0.44.1 pins): an empty document ends the
 * reading, whatever follows. `file` are the raw bytes. Throws a `YamlError`.
 *
 * The reader is ours, as each of Falco's verdicts and places hangs on how yaml-cpp reads what is no good YAML, and no reader of the standard does the same.
 */
export function readYaml(file: ByteString): YamlNode[] {
  const scanner = new Scanner(new YamlSource(file).text);
  const documents: YamlNode[] = [];
  let directives = new Directives();
  for (;;) {
    const first = scanner.peek();
    if (first?.kind === 'directive') directives = new Directives();
    for (let token = first; token?.kind === 'directive'; token = scanner.peek()) {
      directives.read(token);
      scanner.next();
    }
    if (!scanner.peek()) return documents;
    const root = new Composer(scanner).document();
    if (root.kind === 'null') return documents;
    documents.push(root);
  }
}

/** Checks the directives in front of a document. */
class Directives {
  #versioned = false;
  readonly #handles = new Set<ByteString>();

  read({ value, args, mark }: Token): void {
    const fail = (problem: string): never => {
      throw new YamlError(problem, mark);
    };
    if (value === 'TAG') {
      if (args.length !== 2) fail('TAG directives must have exactly two arguments');
      if (this.#handles.has(args[0]!)) fail('repeated TAG directive');
      this.#handles.add(args[0]!);
    }
    if (value !== 'YAML') return;
    if (args.length !== 1) fail('YAML directives must have exactly one argument');
    if (this.#versioned) fail('repeated YAML directive');
    const version = /^([+-]?[0-9]+)[^][+-]?[0-9]+$/.exec(args[0]!);
    if (!version) fail(`bad YAML version: ${args[0]}`);
    if (Number(version![1]) > 1) fail('YAML major version too large');
    this.#versioned = true;
  }
}
