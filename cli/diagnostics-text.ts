import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import type { Diagnostic, Severity, SourcePlace } from '../engine/index.ts';

const COLOUR: Readonly<Record<Severity, 'red' | 'yellow' | 'cyan'>> = {
  error: 'red',
  warning: 'yellow',
  info: 'cyan',
};

/** Longest line that is shown whole. */
const LONGEST = 200;

/** What a terminal would obey instead of showing it. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\0-\x08\v-\x1f\x7f-\x9f]/g;
const escaped = (text: string): string =>
  text.replace(CONTROL, (unit) => `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** Gives the text of a file; undefined if there is none to show. */
export type Source = (file: string) => string | undefined;

/** How a diagnostic is shown to people. */
export interface TextOptions {
  /** Colour, for terminals. */
  readonly colour?: boolean;
  /** By default files are read again. */
  readonly source?: Source;
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/**
 * A diagnostic as people read it:
 *
 *     rules.yaml:12:14: error: unknown field "proc.nam" (LOAD_ERR_COMPILE_CONDITION)
 *        12 |   condition: proc.nam = cat
 *           |              ^^^^^^^^
 *       rules.yaml:40:3: note: the rule "Read" uses the macro
 *       hint: did you mean proc.name?
 */
export function renderDiagnostic(diagnostic: Diagnostic, options: TextOptions = {}): string {
  const { code, severity, message, offset, notes = [], hint } = diagnostic;
  const source = options.source ?? readSource;
  const paint: Paint = (style, text) =>
    options.colour ? styleText(style, text, { validateStream: false }) : text;
  const place = placeText(diagnostic);
  const at = offset === undefined ? '' : ` at byte ${offset}`;
  const lines = [
    `${place === '' ? '' : `${paint('bold', place + at)}: `}${paint(['bold', COLOUR[severity]], severity)}: ${escaped(message)} (${code})`,
    ...snippet(diagnostic, source, (text) => paint(COLOUR[severity], text)),
  ];
  for (const note of notes) {
    const where = placeText(note);
    lines.push(
      `  ${where === '' ? '' : `${paint('bold', where)}: `}${paint('dim', 'note:')} ${escaped(note.message)}`,
      ...snippet(note, source, (text) => paint('dim', text)),
    );
  }
  if (hint !== undefined) lines.push(`  ${paint('dim', 'hint:')} ${escaped(hint)}`);
  return lines.join('\n');
}

/** `rules.yaml:12:14`; empty without a file. */
export function placeText({ file, line, column }: SourcePlace): string {
  if (file === undefined) return '';
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
}

function snippet(place: SourcePlace, source: Source, paint: (text: string) => string): string[] {
  const { line, column, endColumn } = place;
  const whole = line === undefined ? undefined : sourceLine(place, line, source);
  if (whole === undefined) return [];
  const { text, at } = clipped(whole, column);
  const lines = [`${String(line).padStart(5)} | ${text}`];
  if (column !== undefined) {
    const width = Math.max(1, Math.min((endColumn ?? column + 1) - column, text.length - at + 1));
    // Tabs before the caret keep it below its character.
    const indent = text.slice(0, at - 1).replace(/[^\t]/g, ' ');
    lines.push(`${' '.repeat(5)} | ${indent}${paint('^'.repeat(width))}`);
  }
  return lines;
}

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

function sourceLine({ file, text, excerpt }: SourcePlace, line: number, source: Source): string | undefined {
  const whole = text ?? (file === undefined ? undefined : source(file));
  const shown = excerpt ?? (whole === undefined ? undefined : linesOf(whole)[line - 1]);
  return excerpt === '' ? undefined : shown?.replace(CONTROL, '\ufffd');
}

let latest: { readonly text: string; readonly lines: readonly string[] } = { text: '', lines: [''] };

/** The lines of a text; those of the latest are kept, as many diagnostics can be about one file. */
function linesOf(text: string): readonly string[] {
  if (text !== latest.text) latest = { text, lines: text.split(/\r\n|\r|\n/) };
  return latest.lines;
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Reads each file once, for many diagnostics. */
export function rememberSources(): Source {
  const known = new Map<string, string | undefined>();
  return (file) => {
    if (!known.has(file)) known.set(file, readSource(file));
    return known.get(file);
  };
}
