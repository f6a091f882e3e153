import { fromBytes, type ByteString } from '../engine/index.ts';

/** How a table is laid out. */
export interface TableOptions {
  /** Columns that end at their right side: numbers. */
  readonly right?: readonly number[];
  /** Longer lines are cut. */
  readonly width?: number;
}

/** Rows below a head as lines, the columns as wide as their widest cell. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [], width = Infinity }: TableOptions = {},
): string {
  const widths = head.map((title, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]!.length), title.length),
  );
  return [head, ...rows]
    .map((row) => {
      const cells = row.map((cell, i) => {
        if (right.includes(i)) return cell.padStart(widths[i]!);
        return i === row.length - 1 ? cell : cell.padEnd(widths[i]!);
      });
      const line = cells.join('  ');
      return `${line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line}\n`;
    })
    .join('');
}

/** Text of a capture that can do nothing to a terminal. */
export const printable = (text: ByteString): string => fromBytes(text).replace(/\p{Cc}/gu, '\ufffd');
