import { percentOf, type Coverage, type RuleCoverage } from '../../rules/index.ts';
import { coverageByFile, type FileCoverage, type PlacedCheck } from './places.ts';
import { covered, missingOf, percentText } from './text.ts';

const STYLE = `
:root { color-scheme: light dark; --full: #1a7f3733; --part: #bf870055; --none: #cf222e44; --dim: #6e7781 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 110ch; margin: 2rem auto; padding: 0 1rem }
h1 small { font-weight: normal; color: var(--dim) }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top; border-bottom: 1px solid #8883 }
td.n { text-align: right; white-space: nowrap }
pre { font: 13px/1.6 ui-monospace, monospace; overflow-x: auto }
pre i { color: var(--dim); font-style: normal; user-select: none }
.full { background: var(--full) } .part { background: var(--part) } .none { background: var(--none) }
mark { color: inherit; border-radius: 3px }
.dim { color: var(--dim) }`;

/**
 * Coverage as one page without scripts: tables of the rules and of the routes, and their files with the checks coloured: green where all was seen that can be, yellow
 * where a part was, red where nothing was.
 *
 * @param sources The texts of the files, by their names.
 */
export function coverageHtml(coverage: Coverage, sources: ReadonlyMap<string, string>): string {
  const sorted = (all: readonly RuleCoverage[]): RuleCoverage[] =>
    [...all].sort((a, b) => percentOf(a) - percentOf(b));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Coverage</title><style>${STYLE}</style></head><body>
<h1>${percentText(percentOf(coverage))} <small>${coverage.seen} of ${coverage.possible} outcomes of checks, in ${covered(coverage)}</small></h1>
${table(['Rule', 'Fires', 'Silent'], sorted(coverage.rules))}${table(['Route', 'Took', 'Passed by'], sorted(coverage.routes))}${coverageByFile(
    coverage,
  )
    .map((file) => fileSection(file, sources.get(file.file)))
    .join('\n')}
</body></html>
`;
}

/** @param heads Over the name, the alerts or cases one way, and the other. */
function table(
  [name, fires, silent]: readonly [string, string, string],
  rows: readonly RuleCoverage[],
): string {
  if (rows.length === 0) return '';
  return `<table><thead><tr><th>${name}<th>Covered<th>${fires}<th>${silent}<th>Not seen</tr></thead><tbody>
${rows.map(ruleRow).join('\n')}
</tbody></table>
`;
}

function ruleRow(rule: RuleCoverage): string {
  const missing = rule.leaves.flatMap((leaf) => {
    const what = missingOf(leaf);
    return what === undefined ? [] : [`${what}: <code>${escaped(leaf.text)}</code>`];
  });
  for (const { name } of rule.unusedExceptions) missing.push(`exception ${escaped(name)} never applied`);
  const place = `${anchor(rule.place.file ?? '')}-${rule.place.line ?? 1}`;
  return `<tr><td><a href="#${place}">${escaped(rule.name)}</a><td class="n">${percentText(percentOf(rule))}<td class="n">${rule.fires}<td class="n">${rule.silent}<td>${missing.join('<br>')}</tr>`;
}

function fileSection({ file, checks }: FileCoverage, source: string | undefined): string {
  if (source === undefined) return '';
  const id = anchor(file);
  const byLine = new Map<number, PlacedCheck[]>();
  for (const check of checks) byLine.set(check.line, [...(byLine.get(check.line) ?? []), check]);
  const lines = source
    .split(/\r\n|\r|\n/)
    .map(
      (line, i) =>
        `<i id="${id}-${i + 1}">${String(i + 1).padStart(5)} </i>${coloured(line, byLine.get(i + 1) ?? [])}`,
    );
  return `<h2>${escaped(file)}</h2>\n<pre>${lines.join('\n')}</pre>`;
}

/** A line with its checks marked, each from where it begins to where the next does. */
function coloured(line: string, checks: readonly PlacedCheck[]): string {
  let html = '';
  let at = 0;
  checks.forEach((check, i) => {
    const start = check.column - 1;
    const written = line.startsWith(check.text, start) ? start + check.text.length : check.endColumn - 1;
    const end = Math.min(written, (checks[i + 1]?.column ?? Infinity) - 1, line.length);
    if (start < at || end <= start) return;
    const { held, failed } = check;
    const state =
      missingOf({ ...check, place: {}, unmatched: [] }) === undefined
        ? 'full'
        : held + failed > 0
          ? 'part'
          : 'none';
    html += `${escaped(line.slice(at, start))}<mark class="${state}" title="true ${held} times, false ${failed} times">${escaped(line.slice(start, end))}</mark>`;
    at = end;
  });
  return html + escaped(line.slice(at));
}

const anchor = (file: string): string => `f${Buffer.from(file).toString('hex')}`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (unit) => ESCAPES[unit]!);
