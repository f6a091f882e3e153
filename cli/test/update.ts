import { writeFileSync } from 'node:fs';
import { readTestSource, type TestSummary } from '../../daemon/index.ts';
import { updateOutputs } from '../../rules/index.ts';
import { paint, type Layout } from '../columns.ts';
import { placeText } from '../diagnostics-text.ts';

/** Writes outputs that differ into the test files, and tells what was changed and what was not. */
export function updateFiles({ files }: TestSummary, layout: Layout, write: (text: string) => void): void {
  for (const { name, results } of files) {
    if (!results.some(({ differences }) => differences.some(({ golden }) => golden))) continue;
    const file = readTestSource(name);
    const { content, updates } = updateOutputs(file, results);
    if (content !== file.content) writeFileSync(name, content, 'latin1');
    for (const { place, from, to, refused } of updates) {
      const head = refused === undefined ? 'updated' : 'not updated';
      write(
        `${paint('bold', `${head} ${placeText(place)}`, layout)}${refused === undefined ? '' : `: ${refused}`}\n`,
      );
      if (refused !== undefined) continue;
      write(`  ${paint('green', `- ${from}`, layout)}\n  ${paint('red', `+ ${to}`, layout)}\n`);
    }
  }
}
