import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, realProgram } from '../real-program.ts';
import { missingLine, stepsOf, Workplace } from './guide.ts';

const tutorials = readdirSync(join(import.meta.dirname, '../../docs/tutorial'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => `docs/tutorial/${file}`);

/** Guides in which every step can be done with what stands in them. */
const guides = ['docs/how-to/write-a-source.md'];

/** Pages of which a part is done, too. */
const PARTS: readonly (readonly [page: string, heading: string])[] = [
  ['docs/how-to/route-alerts.md', 'Test routes'],
];

describe('tutorials', function () {
  this.timeout(60_000);
  for (const [page, heading] of [...[...tutorials, ...guides].map((whole) => [whole] as const), ...PARTS])
    describe(page, () => {
      let workplace: Workplace;
      before(async () => (workplace = new Workplace((await freePorts(1))[0]!)));
      after(() => workplace.remove());
      const steps = stepsOf(page, heading);
      it('has steps', () => expect(steps.length).to.be.greaterThan(heading === undefined ? 3 : 1));
      for (const step of steps)
        if (step.kind === 'file')
          it(`asks to write ${step.name}`, () => workplace.write(step.name, step.text));
        else
          it(step.text.trim(), function () {
            if (/^curl /m.test(step.text) && realProgram('curl', 'curl') === undefined) return this.skip();
            const { status, output } = workplace.run(step.text);
            expect(status, output).to.equal(step.status);
            expect(missingLine(output, step.shows), output).to.equal(undefined);
          });
    });
});
