import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { commonInputSettings, inputKindNamed } from '../../../daemon/inputs/index.ts';

const page = join(import.meta.dirname, '../../../docs/how-to/take-alerts-from-falco.md');
const blocks = [...readFileSync(page, 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(
  ([, text]) => parse(text!) as { inputs?: Record<string, unknown>[] },
);
const inputs = blocks.flatMap(({ inputs: found = [] }) => found);

describe('docs/how-to/take-alerts-from-falco.md', () => {
  it('has examples', () => expect(inputs.length).to.be.greaterThan(5));
  for (const [index, { kind, name, ...settings }] of inputs.entries())
    it(`example ${index + 1}, ${String(kind)}, works`, () => {
      expect(commonInputSettings.safeParse({ kind, name }).error).to.equal(undefined);
      expect(inputKindNamed(String(kind))?.config.safeParse(settings).error).to.equal(undefined);
    });
});
