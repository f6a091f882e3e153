import { toBytes } from '../../engine/index.ts';
import { SourceText } from '../findings/source-text.ts';
import type { RuleFile } from '../loader.ts';
import type { YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read.ts';

/** A rule file that loads, with its documents. */
export class ModelFile extends SourceText {
  readonly name: string;
  readonly documents: readonly YamlNode[];

  constructor({ name, content }: RuleFile) {
    super(content, toBytes(name));
    this.name = name;
    this.documents = readYaml(content);
  }
}
