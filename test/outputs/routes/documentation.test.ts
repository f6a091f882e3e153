import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemsOf } from './routing.ts';

const page = join(import.meta.dirname, '../../../docs/how-to/route-alerts.md');

describe('docs/how-to/route-alerts.md', () => {
  // What stands under "Test routes" is run by test/docs.
  const text = readFileSync(page, 'utf8').replace(/^## Test routes$[^]*?(?=^## )/m, '');
  const examples = [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml]) => yaml!);

  it('has examples', () => expect(examples).to.have.length.greaterThan(4));

  examples.forEach((yaml, i) =>
    it(`example ${i + 1} is right`, () =>
      expect(
        problemsOf(yaml, {
          outputs: ['pager', 'slack', 'slack-security', 'archive', 'mail'],
        }),
      ).to.deep.equal([])),
  );
});
