/** How diagnostics are shown: one place for all commands. */
import { Option } from 'commander';
import type { Diagnostic } from '../engine/index.ts';
import { codeReference } from '../rules/index.ts';
import { renderGithub } from './diagnostics-github.ts';
import { renderSarif } from './diagnostics-sarif.ts';
import { rememberSources, renderDiagnostic, type Source } from './diagnostics-text.ts';
import { hasColour } from './terminal.ts';

export { renderDiagnostic } from './diagnostics-text.ts';

/** How diagnostics are shown. */
export interface FormatOptions {
  /** Colour in `text`, for terminals. */
  readonly colour?: boolean;
  /** Gives the text of a file, to show its lines; by default files are read again, once each. */
  readonly source?: Source;
  /** What a code stands for (`sarif`); by default what is known of the codes of rule files. */
  readonly describe?: (code: string) => string | undefined;
}

/** Every form in which diagnostics can be had. Each gives whole lines, and a whole document where the form is one. */
const FORMATS = {
  text: (diagnostics, { source = rememberSources(), ...options }) =>
    diagnostics.map((diagnostic) => `${renderDiagnostic(diagnostic, { ...options, source })}\n`).join(''),
  json: (diagnostics) =>
    `${JSON.stringify({ diagnostics: diagnostics.map(({ text: _, excerpt: __, ...shown }) => shown) }, undefined, 2)}\n`,
  github: (diagnostics) => renderGithub(diagnostics),
  sarif: (diagnostics, { describe = describeCode }) => renderSarif(diagnostics, describe),
} satisfies Record<string, (diagnostics: readonly Diagnostic[], options: FormatOptions) => string>;

export type DiagnosticFormat = keyof typeof FORMATS;

/** All diagnostics of a run in one form. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  format: DiagnosticFormat,
  options: FormatOptions = {},
): string {
  return FORMATS[format](diagnostics, options);
}

/** Tells people of diagnostics, on standard error. */
export function tellOf(...diagnostics: readonly Diagnostic[]): void {
  process.stderr.write(renderDiagnostics(diagnostics, 'text', { colour: hasColour(process.stderr) }));
}

/** The flag that chooses the form. */
export const formatOption = (): Option =>
  new Option('--format <format>', 'how findings are printed: text, json, annotations of GitHub, SARIF 2.1.0')
    .choices(Object.keys(FORMATS))
    .default('text');

/** The short form of `--format json`, which most commands have. */
export const jsonOption = (): Option =>
  new Option('--json', 'the same as --format json').implies({ format: 'json' });

const describeCode = (code: string): string | undefined =>
  codeReference().find((known) => known.code === code)?.summary;
