import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import type { Diagnostic, Severity } from '../engine/index.ts';

const COLOUR: Readonly<Record<Severity, 'red' | 'yellow' | 'cyan'>> = {
  error: 'red',
  warning: 'yellow',
  info: 'cyan',
};

export interface RenderOptions {
  /** Colour, for terminals. */
  readonly colour?: boolean;
  /** Gives the text of a file, to show the line; by default it is read again. */
  readonly source?: (file: string) => string | undefined;
}

/**
 * A diagnostic as people read it:
 *
 *     rules.yaml:12:14: error: unknown field "proc.nam" (LOAD_ERR_COMPILE_CONDITION)
 *        12 |   condition: proc.nam = cat
 *           |              ^^^^^^^^
 *       hint: did you mean proc.name?
 */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions = {}): string {
  const { code, severity, message, file, line, column, endColumn, offset, hint } = diagnostic;
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    options.colour ? styleText(style, text, { validateStream: false }) : text;
  const place =
    file === undefined
      ? ''
      : [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
  const at = offset === undefined ? '' : ` at byte ${offset}`;
  const head = `${place === '' ? '' : `${paint('bold', place + at)}: `}${paint(['bold', COLOUR[severity]], severity)}: ${message} (${code})`;
  const lines = [head];
  const whole = line === undefined ? undefined : sourceLine(diagnostic, line, options.source ?? readSource);
  if (whole !== undefined) {
    const { text, at } = clipped(whole, column);
    const number = String(line).padStart(5);
    lines.push(`${number} | ${text}`);
    if (column !== undefined) {
      const width = Math.max(1, Math.min((endColumn ?? column + 1) - column, text.length - at + 1));
      // Tabs before the caret keep it below its character.
      const indent = text.slice(0, at - 1).replace(/[^\t]/g, ' ');
      lines.push(`${' '.repeat(5)} | ${indent}${paint(COLOUR[severity], '^'.repeat(width))}`);
    }
  }
  if (hint !== undefined) lines.push(`  ${paint('dim', 'hint:')} ${hint}`);
  return lines.join('\n');
}

/** Longest line that is shown whole. */
const LONGEST = 200;

/** A line, or of a long one what is around the column; and the column in that. */
function clipped(line: string, column = 1): { text: string; at: number } {
  if (line.length <= LONGEST) return { text: line, at: column };
  const start = Math.max(0, Math.min(column - LONGEST / 2, line.length - LONGEST));
  const end = start + LONGEST;
  const head = start > 0 ? '…' : '';
  return {
    text: `${head}${line.slice(start, end)}${end < line.length ? '…' : ''}`,
    at: column - start + head.length,
  };
}

function sourceLine(
  { file, text, excerpt }: Diagnostic,
  line: number,
  source: (file: string) => string | undefined,
): string | undefined {
  if (excerpt !== undefined) return excerpt === '' ? undefined : excerpt;
  return (text ?? (file === undefined ? undefined : source(file)))?.split(/\r\n|\r|\n/)[line - 1];
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
