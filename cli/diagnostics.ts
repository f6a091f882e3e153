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
  const text = line === undefined ? undefined : sourceLine(diagnostic, line, options.source ?? readSource);
  if (text !== undefined) {
    const number = String(line).padStart(5);
    lines.push(`${number} | ${text}`);
    if (column !== undefined) {
      const width = Math.max(1, Math.min((endColumn ?? column + 1) - column, text.length - column + 1));
      // Tabs before the caret keep it below its character.
      const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
      lines.push(`${' '.repeat(5)} | ${indent}${paint(COLOUR[severity], '^'.repeat(width))}`);
    }
  }
  if (hint !== undefined) lines.push(`  ${paint('dim', 'hint:')} ${hint}`);
  return lines.join('\n');
}

function sourceLine(
  { file, text }: Diagnostic,
  line: number,
  source: (file: string) => string | undefined,
): string | undefined {
  return (text ?? (file === undefined ? undefined : source(file)))?.split(/\r\n|\r|\n/)[line - 1];
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
