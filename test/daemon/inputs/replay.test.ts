import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Input } from '../../../daemon/inputs/input.ts';
import { replay } from '../../../daemon/inputs/replay.ts';
import { FakeSink, fakeContext, until } from './fakes.ts';

const capture = join(import.meta.dirname, '../../captures/read-sensitive-files.scap');
const RULES = `
- rule: Opened
  desc: a file was opened
  condition: evt.type in (open, openat, openat2) and evt.num < 400
  output: opened %fd.name by %proc.name
  priority: NOTICE
`;

describe('the input of captures', () => {
  let folder: string;
  let input: Input | undefined;
  let sink: FakeSink;
  let context: ReturnType<typeof fakeContext>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'replay-'));
    writeFileSync(join(folder, 'rules.yaml'), RULES);
    sink = new FakeSink();
    context = fakeContext();
  });
  afterEach(async () => {
    await input?.stop();
    input = undefined;
    rmSync(folder, { recursive: true });
  });
  async function start(settings: object = {}): Promise<void> {
    const all = { captures: [capture], rules: [join(folder, 'rules.yaml')], speed: 'max', ...settings };
    input = await replay.open(replay.config.parse(all), context);
    await input.start(sink);
  }

  it('gives the alerts of a capture, and ends', async () => {
    await start();
    await input!.ended;
    expect(sink.alerts.length).to.be.greaterThan(0);
    expect(sink.alerts[0]).to.deep.include({
      rule: 'Opened',
      priority: 'Notice',
      source: 'syscall',
      input: 'in',
    });
    expect(input!.health).to.deep.include({ state: 'ended', alerts: sink.alerts.length, errors: 0 });
  });
  it('gives the same alerts one after the other, at a speed', async () => {
    await start();
    await input!.ended;
    const { alerts } = sink;
    const ids = alerts.map(({ id }) => id);
    sink = new FakeSink();
    await start({ speed: 1_000_000 });
    await input!.ended;
    expect(sink.alerts.map(({ id }) => id)).to.deep.equal(ids);
  });
  it('waits between alerts, and stops in the middle', async () => {
    await start({ speed: 0.000001 });
    await sink.has(1);
    await input!.stop();
    expect(sink.alerts.length).to.equal(1);
    expect(input!.health.state).to.equal('stopped');
  });
  it('waits for the sink', async () => {
    sink.answers.push('full', 'failed');
    await start();
    await input!.ended;
    expect(input!.health.errors).to.equal(2);
    expect(sink.alerts.length).to.be.greaterThan(0);
  });
  it('tells of a capture that is none, and goes on with the next', async () => {
    writeFileSync(join(folder, 'broken.scap'), 'hello');
    await start({ captures: [join(folder, 'broken.scap'), capture] });
    await input!.ended;
    expect(input!.health.errors).to.equal(1);
    expect(sink.alerts.length).to.be.greaterThan(0);
  });
  it('tells of a capture that is not there', async () => {
    await start({ captures: ['/nowhere/x.scap'] });
    await until(() => input!.health.state === 'ended');
    expect(input!.health.lastError?.message).to.match(/nowhere/);
  });
  it('does not open with rules that have an error', async () => {
    writeFileSync(join(folder, 'rules.yaml'), RULES.replace('evt.num < 400', 'evt.nmu < 400'));
    const error = await start().catch((thrown: Error) => thrown);
    expect((error as Error).message).to.match(/evt\.nmu/);
  });
});
