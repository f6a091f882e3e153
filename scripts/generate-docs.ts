/** Writes the reference pages that derive from the code: `npm run docs`. A test fails when they are not up to date. */
import { writeFileSync } from 'node:fs';
import { pages } from './reference-pages.ts';

for (const [path, text] of await pages()) writeFileSync(path, text);
