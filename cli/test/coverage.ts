/** What tests show of the rules: where it is written, and whether it is enough. */
import { InvalidArgumentError } from 'commander';
import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../../engine/index.ts';
import { percentOf, type Coverage } from '../../rules/index.ts';
import type { Layout } from '../columns.ts';
import { coverageHtml } from '../coverage/html.ts';
import { coverageJson } from '../coverage/json.ts';
import { coverageLcov } from '../coverage/lcov.ts';
import { coverageText, percentText } from '../coverage/text.ts';
import { writeOutput } from './output-file.ts';
import { PLAIN } from './plain.ts';

/** Files that are written unless others are named; text goes where the report goes. */
const FILES = {
  text: undefined,
  json: 'coverage.json',
  lcov: 'lcov.info',
  html: 'coverage.html',
} as const satisfies Record<string, string | undefined>;

/** One form of the report, and where it goes. */
export interface CoverageOutput {
  readonly form: keyof typeof FILES;
  /** Undefined for the terminal. */
  readonly file: string | undefined;
}

/** Reads `FORMAT` or `FORMAT:FILE`; the flag may come several times. */
export function readCoverageFlag(
  value: string,
  previous: readonly CoverageOutput[] = [],
): readonly CoverageOutput[] {
  const [, form = '', file] = /^([^:]*)(?::(.+))?$/s.exec(value) ?? [];
  if (!Object.hasOwn(FILES, form))
    throw new InvalidArgumentError(
      `expected ${Object.keys(FILES).join(', ')}, or one of them with a file behind a colon; before a path, write --coverage=text`,
    );
  const known = form as keyof typeof FILES;
  return [...previous, { form: known, file: file ?? FILES[known] }];
}

/** A number of percent. */
export function readThreshold(value: string): number {
  const percent = /^\d{1,3}(?:\.\d+)?%?$/.test(value) ? Number.parseFloat(value) : Infinity;
  if (percent > 100) throw new InvalidArgumentError('expected percent, a number from 0 to 100');
  return percent;
}

/** Writes all forms that are asked for; what has no file is handed to `write`. */
export function writeCoverage(
  coverage: Coverage,
  outputs: readonly CoverageOutput[],
  layout: Layout,
  write: (text: string) => void,
): void {
  for (const { form, file } of outputs) {
    if (file === undefined) write(coverageText(coverage, {}, layout));
    else writeOutput(file, rendered(coverage, form));
  }
}

function rendered(coverage: Coverage, form: CoverageOutput['form']): string {
  switch (form) {
    case 'text':
      return coverageText(coverage, { all: true }, PLAIN);
    case 'json':
      return coverageJson(coverage);
    case 'lcov':
      return coverageLcov(coverage);
    case 'html':
      return coverageHtml(coverage, sourcesOf(coverage));
  }
}

function sourcesOf({ rules, routes }: Coverage): Map<string, string> {
  const places = [...rules, ...routes].flatMap(({ place, leaves }) => [
    place,
    ...leaves.map((leaf) => leaf.place),
  ]);
  const names = new Set(places.flatMap(({ file }) => (file === undefined ? [] : [file])));
  return new Map(Array.from(names, (name) => [name, readFileSync(name, 'utf8')]));
}

/** What is to be said where too little is covered. */
export function belowThreshold(coverage: Coverage, threshold: number): readonly Diagnostic[] {
  const percent = percentOf(coverage);
  if (percent >= threshold) return [];
  return [
    {
      code: 'TEST_COVERAGE',
      severity: 'error',
      message: `the coverage is ${percentText(percent)}, below the threshold of ${threshold} %: ${coverage.possible - coverage.seen} of ${coverage.possible} outcomes of checks were not seen`,
      hint: '--coverage tells which',
    },
  ];
}
