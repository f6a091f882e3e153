import { styleText } from 'node:util';
import { hasColour } from './terminal.ts';

/** How wide text is where the output is no terminal. */
const DEFAULT_WIDTH = 100;
const NARROWEST = 60;
const WIDEST = 140;

/** First columns wider than this leave the rest of their row to the next line. */
const WIDEST_NAME = 32;

/** How text for people is laid out. */
export interface Layout {
  /** Characters in a line. */
  readonly width: number;
  /** Colour, for terminals. */
  readonly colour: boolean;
}

/** The layout for a stream: as wide as its terminal, within reason. */
export function layoutOf(stream: NodeJS.WriteStream): Layout {
  if (!stream.isTTY) return { width: DEFAULT_WIDTH, colour: false };
  return { width: Math.max(NARROWEST, Math.min(WIDEST, stream.columns)), colour: hasColour(stream) };
}

/** A text in a style, if the layout has colour. */
export function paint(style: Parameters<typeof styleText>[0], text: string, { colour }: Layout): string {
  return colour && text !== '' ? styleText(style, text, { validateStream: false }) : text;
}

/** Breaks a text at its blanks into lines of at most `width` characters; longer words stand alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  return lines;
}

/** A row of a table: what it is called (several names stand below one another), of which kind it is, and what there is to say. */
export interface Row {
  readonly names: readonly string[];
  readonly kind: string;
  readonly text: string;
}

/** Rows in columns of the same width, the text wrapped. */
export function renderRows(rows: readonly Row[], layout: Layout, indent = 2): string {
  const names = rows.flatMap((row) => row.names.map((name) => name.length));
  const nameWidth = Math.min(WIDEST_NAME, Math.max(0, ...names));
  const kindWidth = Math.max(0, ...rows.map(({ kind }) => kind.length));
  const margin = indent + nameWidth + 2 + (kindWidth > 0 ? kindWidth + 2 : 0);
  const lines: string[] = [];
  for (const row of rows) {
    const text = wrap(row.text, Math.max(NARROWEST / 3, layout.width - margin));
    // Names that are too wide have their lines for themselves.
    const isWide = row.names.some((name) => name.length > nameWidth);
    if (isWide) for (const name of row.names) lines.push(' '.repeat(indent) + paint('bold', name, layout));
    const left = isWide ? [] : row.names;
    for (let i = 0; i < Math.max(left.length, text.length); i++) {
      const name = left[i] ?? '';
      const kind = i === 0 ? row.kind : '';
      const cells = [' '.repeat(indent) + paint('bold', name, layout) + ' '.repeat(nameWidth - name.length)];
      if (kindWidth > 0) cells.push(paint('dim', kind, layout) + ' '.repeat(kindWidth - kind.length));
      cells.push(text[i] ?? '');
      lines.push(cells.join('  ').trimEnd());
    }
  }
  return lines.join('\n');
}

/** A table in Markdown. Bars in cells are escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
