import { fromBytes, type ByteString, type SourcePlace } from '../../engine/index.ts';
import { YamlSource } from '../yaml/source.ts';

/** A text in which findings have their places: a rule file, or a condition that stands alone. Offsets are bytes of `text`. */
export class SourceText {
  /** Of a file: without byte order mark, as UTF-8. */
  readonly text: ByteString;
  readonly #file: string | undefined;
  /** What a reader of the file cannot see as we do: no file, or another encoding. */
  readonly #shown: string | undefined;
  #lines: number[] | undefined;

  readonly #yaml: YamlSource | undefined;

  constructor(content: ByteString, file?: ByteString) {
    this.#yaml = file === undefined ? undefined : new YamlSource(content);
    this.text = this.#yaml?.text ?? content;
    this.#file = file === undefined ? undefined : fromBytes(file);
    this.#shown = file === undefined || this.text !== content ? fromBytes(this.text) : undefined;
  }

  /** Of a file, as YAML. */
  get yaml(): YamlSource {
    return this.#yaml!;
  }

  /** Lines and columns of people. What goes beyond the line ends with it. */
  place(offset: number, end = offset + 1): SourcePlace {
    const lines = (this.#lines ??= lineStarts(this.text));
    const line = lineAt(lines, offset);
    const start = lines[line]!;
    const columnOf = (at: number): number => fromBytes(this.text.slice(start, at)).length + 1;
    const endOfLine = (lines[line + 1] ?? this.text.length + 1) - 1;
    const column = columnOf(offset);
    const endColumn = columnOf(Math.max(offset, Math.min(end, endOfLine)));
    return {
      ...(this.#file !== undefined && { file: this.#file }),
      ...(this.#shown !== undefined && { text: this.#shown }),
      line: line + 1,
      column,
      ...(endColumn > column && { endColumn }),
    };
  }
}

/** The index of the line that an offset is in. */
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lineStarts(text: ByteString): number[] {
  const starts = [0];
  for (const { index, 0: end } of text.matchAll(/\r\n|\r|\n/g)) starts.push(index + end.length);
  return starts;
}
