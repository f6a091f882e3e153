import { compare, type Baseline } from './baseline.ts';
import type { Figures, Section } from './section.ts';

/** A measurement that was made. */
export interface Row {
  readonly name: string;
  readonly figures: Figures;
}

/** The figures of a section for people; columns in which there is nothing are left out. With a baseline, a last column says how each row stands to it. */
export function renderSection(section: Section, rows: readonly Row[], baseline?: Baseline): string {
  const columns = section.columns.filter(({ key }) => rows.some(({ figures }) => figures[key] !== undefined));
  const lines = [
    ['', ...columns.map(({ head }) => head), ...(baseline ? ['baseline'] : [])],
    ...rows.map(({ name, figures }) => [
      name,
      ...columns.map(({ key, digits }) => cell(figures[key], digits)),
      ...(baseline ? [changeOf(figures.ratio, baseline[name])] : []),
    ]),
  ];
  return `${section.title}\n\n${renderTable(lines)}\n\n${section.legend}.\n`;
}

/** Lines of cells as a table: the first column to the left, the others to the right. */
export function renderTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const render = (line: readonly string[]): string =>
    line.map((text, i) => (i === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[i]!))).join('  ');
  return lines.map((line) => `  ${render(line)}`.trimEnd()).join('\n');
}

function cell(value: number | undefined, digits: number): string {
  return value === undefined ? '' : grouped(value.toFixed(digits));
}

/** A number with the digits before its point in groups of three. */
function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const groups = whole.replace(/\B(?=(?:\d{3})+$)/g, ' ');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

function changeOf(ratio: number, before: number | undefined): string {
  const comparison = compare(ratio, before);
  if (comparison === undefined) return 'new';
  const { change, worse } = comparison;
  return `${change < 0 ? '-' : '+'}${Math.abs(change * 100).toFixed(0)} %${worse ? ' WORSE' : ''}`;
}
