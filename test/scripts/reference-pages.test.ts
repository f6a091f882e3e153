import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from '../../scripts/reference-pages.ts';

const all = await pages();

describe('the reference pages', () => {
  for (const [path, text] of all)
    it(`${path} says what the code says (npm run docs)`, () =>
      expect(readFileSync(join(import.meta.dirname, '../..', path), 'utf8')).to.equal(text));
});
