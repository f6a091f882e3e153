import { expect } from 'chai';
import { runPaired, runProcess } from '../../../bench/speed/process.ts';

describe('a measured process', () => {
  it('tells what it used', async () => {
    const usage = await runProcess(['--eval', 'globalThis.kept = new Uint8Array(150e6).fill(1)']);
    expect(usage.user).to.be.greaterThan(0);
    expect(usage.system).to.be.greaterThan(0);
    expect(usage.wall).to.be.greaterThan(0);
    expect(usage.peak).to.be.greaterThan(150e6);
  });

  it('has its memory counted without that of its parent', async () => {
    const ballast = new Uint8Array(400e6).fill(1);
    const { peak } = await runProcess(['--eval', '0']);
    expect(peak).to.be.lessThan(ballast.length);
  });

  it('reads what it is given', async () => {
    const program = `let n = 0; process.stdin.on('data', (part) => (n += part.length)).on('end', () => process.exit(n === 300000 ? 0 : 1))`;
    await runProcess(['--eval', program], [new Uint8Array(100_000), new Uint8Array(200_000)]);
  });

  it('may end before it has read everything', async () => {
    await runProcess(['--eval', 'process.exit(0)'], Array<Uint8Array>(50).fill(new Uint8Array(1 << 20)));
  });

  it('is not measured if it fails, and what it said is told', async () => {
    const run = runProcess(['--eval', 'console.error("no luck"); process.exit(3)']);
    const error = await run.then(
      () => undefined,
      (failure: unknown) => failure as Error,
    );
    expect(error?.message).to.contain('status 3').and.contain('no luck');
  });

  it('can be paired with another', async () => {
    const { measured, unit, spread } = await runPaired(['--eval', '0'], ['--eval', '1'], 2);
    expect([measured, unit].every(({ wall }) => wall > 0)).to.equal(true);
    expect(spread).to.be.at.least(0);
  });
});
