import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBytes, toBytes, type ByteString } from '../../engine/index.ts';
import {
  describeRules,
  engineLanguage,
  fileText,
  loadRules,
  RuleLoader,
  validateRules,
  validationJson,
  validationText,
  type RuleFile,
} from '../../rules/index.ts';
import { growing, madeUpFile, YAML_WORDS } from './rule-items.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';
import { mutateText } from './text.ts';

const root = join(import.meta.dirname, '../..');
/** Items of long files that one input holds. */
const FEW = 6;

/** Rule files: the ones that we ship, and those of the reference data where they are. */
function seedFiles(): ByteString[] {
  return ['rules/library', '../shared/oracle/rules', '../shared/oracle/loader']
    .map((folder) => join(root, folder))
    .filter(existsSync)
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.yaml'))
        .sort()
        .map((name) => fileText(readFileSync(join(folder, name)))),
    )
    .filter((text) => text !== '');
}

/** Rule files, through the loader: its verdict in all its forms, and what `-L` tells. */
export function ruleFiles(): Target {
  const seeds = seedFiles();
  return {
    slow: 4000,
    make(random) {
      const { text, how } = file(random, seeds);
      const files = [{ name: 'input.yaml', content: text }];
      if (random.below(4) === 0)
        files.push({ name: 'second.yaml', content: fewItems(random.pick(seeds), random) });
      return {
        how,
        extension: 'yaml',
        bytes: Uint8Array.from(Buffer.from(text, 'latin1')),
        run: () => run(files),
      };
    },
  };
}

/** A rule file by chance, its bytes. */
function file(random: Random, seeds: readonly ByteString[]): { text: ByteString; how: string } {
  if (random.below(400) === 0) return { text: growing(random), how: 'growing' };
  const made = random.below(2) === 0;
  const text = made ? toBytes(madeUpFile(random)) : fewItems(random.pick(seeds), random);
  if (made && random.below(3) > 0) return { text, how: 'made up' };
  const { text: mutated, how } =
    random.below(3) === 0 ? mutateLines(text, random) : mutateText(text, random, YAML_WORDS, seeds);
  return { text: random.below(50) === 0 ? encoded(mutated, random) : mutated, how };
}

/** A few items of a file that follow one another. */
function fewItems(text: ByteString, random: Random): ByteString {
  const items = text.split(/\n(?=- )/);
  if (items.length <= FEW) return text;
  const from = random.below(items.length - FEW);
  return `${items.slice(from, from + FEW).join('\n')}\n`;
}

/** Lines moved, doubled, left out or indented otherwise. */
function mutateLines(text: ByteString, random: Random): { text: ByteString; how: string } {
  const lines = text.split('\n');
  for (let i = random.below(4); i >= 0; i--) {
    const at = random.below(lines.length);
    const line = lines[at]!;
    switch (random.below(6)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(random.below(lines.length + 1), 0, line);
        break;
      case 2:
        lines[at] = `${random.pick([' ', '  ', '\t', '    '])}${line}`;
        break;
      case 3:
        lines[at] = line.replace(/^ +/, (blanks) => ' '.repeat(random.below(blanks.length)));
        break;
      case 4:
        lines[at] = line + random.pick([' # x', ' ', '\t', '\r', ':', ' |', ',', ' &a', '"']);
        break;
      default:
        lines.splice(
          at,
          0,
          random.pick([
            '',
            '#',
            '---',
            '...',
            '~',
            '- ',
            '\t',
            '[]',
            'x',
            'x: y',
            '? x',
            ': y',
            '- rule: *a',
          ]),
        );
    }
    if (lines.length === 0) lines.push('');
  }
  return { text: lines.join('\n'), how: 'lines' };
}

function encoded(text: ByteString, random: Random): ByteString {
  const wide = Buffer.from(fromBytes(text), 'utf16le');
  switch (random.below(4)) {
    case 0:
      return `\xef\xbb\xbf${text}`;
    case 1:
      return wide.toString('latin1');
    case 2:
      return `\xff\xfe${wide.toString('latin1')}`;
    default:
      return text.replaceAll('\n', random.pick(['\r\n', '\r']));
  }
}

function run(files: readonly RuleFile[]): string {
  const validation = validateRules(files, engineLanguage);
  JSON.stringify(validationJson(validation));
  validationText(validation);
  for (const { errors, warnings } of validation.files)
    for (const { code, message, context } of [...errors, ...warnings]) {
      const { offset, line, column } = context.location.place;
      // Falco, too, has no words for this one.
      if ((message === '' && code !== 'LOAD_UNSAFE_NA_CHECK') || offset < 0 || line < 0 || column < 0)
        throw new Error(`${code} without its place or words`);
    }
  const { diagnostics } = loadRules(files, engineLanguage);
  for (const { code, line = 1, column = 1 } of diagnostics)
    if (!(line >= 1 && column >= 1)) throw new Error(`${code} at ${line}:${column}`);
  if (!validation.successful) {
    const code = validation.files.flatMap(({ errors }) => errors)[0]?.code ?? 'unmet requirement';
    return code;
  }
  const loader = new RuleLoader(engineLanguage);
  for (const { name, content } of files) loader.load(name, content);
  try {
    JSON.stringify(describeRules(loader));
  } catch (error) {
    // As Falco, which cannot tell of these either.
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) throw error;
    return 'loaded, but cannot be described';
  }
  return 'loaded';
}
