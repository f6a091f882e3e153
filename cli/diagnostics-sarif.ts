import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Diagnostic, Severity, SourcePlace } from '../engine/index.ts';
import { VERSION } from './version.ts';

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

/** Diagnostics as a SARIF 2.1.0 log, for code scanning. `describe` says what a code stands for. */
export function renderSarif(
  diagnostics: readonly Diagnostic[],
  describe: (code: string) => string | undefined = () => undefined,
): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tiercel',
            version: VERSION,
            rules: codes.map((id) => {
              const text = describe(id);
              return { id, ...(text !== undefined && { shortDescription: { text } }) };
            }),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => result(diagnostic, codes.indexOf(diagnostic.code))),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function result(
  { code, severity, message, notes = [], hint, ...place }: Diagnostic,
  ruleIndex: number,
): object {
  const locations = [location(place)].filter((found) => found !== undefined);
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: hint === undefined ? message : `${message}\nhint: ${hint}` },
    ...(locations.length > 0 && { locations }),
    ...(notes.length > 0 && {
      relatedLocations: notes.map((note, id) => ({ id, ...location(note), message: { text: note.message } })),
    }),
  };
}

function location({ file, line, column, endColumn }: SourcePlace): object | undefined {
  if (file === undefined) return undefined;
  const region = line !== undefined && {
    startLine: line,
    ...(column !== undefined && { startColumn: column }),
    ...(column !== undefined && endColumn !== undefined && { endColumn }),
  };
  return { physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...(region && { region }) } };
}

/** Paths stay relative to where the command runs, so that a scan of a repository finds its files. */
function uriOf(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  const uri = path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  return uri.replace(/^(?:\.\/)+/, '');
}
