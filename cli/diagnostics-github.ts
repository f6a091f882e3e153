import type { Diagnostic, Severity } from '../engine/index.ts';
import { placeText } from './diagnostics-text.ts';

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

/**
 * Diagnostics as workflow commands of GitHub Actions, which show them at the lines of a pull request:
 * `::error file=rules.yaml,line=12,col=14,endColumn=22,title=CODE::message`.
 */
export function renderGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `${annotation(diagnostic)}\n`).join('');
}

function annotation({
  code,
  severity,
  message,
  file,
  line,
  column,
  endColumn,
  notes = [],
  hint,
}: Diagnostic): string {
  const properties: (readonly [string, string | number | undefined])[] = [
    ['file', file],
    ['line', file === undefined ? undefined : line],
    ['col', file === undefined ? undefined : column],
    ['endColumn', file === undefined ? undefined : endColumn],
    ['title', code],
  ];
  const list = properties
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const text = [
    message,
    ...notes.map((note) => [placeText(note), note.message].filter((part) => part !== '').join(': ')),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ].join('\n');
  return `::${COMMANDS[severity]} ${list.join(',')}::${escapeData(text)}`;
}

// As the runner undoes it (ActionCommand.cs).
const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
