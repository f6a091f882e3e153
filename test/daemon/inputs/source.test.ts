import { expect } from 'chai';
import { source } from '../../../daemon/inputs/source.ts';
import type { Input, InputContext, RecordReader } from '../../../daemon/inputs/index.ts';
import { readAlert } from '../../../outputs/index.ts';
import { FakeSink, fakeContext, falcoAlert, until } from './fakes.ts';

/** Takes each line for an event, and makes an alert of those that begin with `alert`. */
const reader = (open: RecordReader['open']): RecordReader => ({
  kind: 'lines',
  *read(record, origin) {
    const line = record.toString();
    if (line === 'bad') yield { problem: 'it is bad' };
    else yield { alerts: line.startsWith('alert') ? [readAlert(falcoAlert(line), origin)] : [] };
  },
  ...(open && { open }),
});

describe('the input that opens a source', () => {
  let input: Input;
  let sink: FakeSink;
  let context: ReturnType<typeof fakeContext>;

  async function start(open: RecordReader['open'], settings: object = {}): Promise<void> {
    sink = new FakeSink();
    context = fakeContext({ records: reader(open) } satisfies Partial<InputContext>);
    input = await source.open(source.config.parse(settings), context);
    await input.start(sink);
  }
  afterEach(() => input.stop());

  it('reads records in pieces of any size until the source ends', async () => {
    await start(
      async function* (params) {
        yield `alert ${params}\nno`;
        yield Buffer.from('thing\nbad\nalert 2\nale');
        yield 'rt 3';
      },
      { params: 'one' },
    );
    await input.ended;
    expect(sink.rules).to.deep.equal(['alert one', 'alert 2', 'alert 3']);
    expect(input.health).to.deep.include({ state: 'ended', alerts: 3, events: 4, refused: 1 });
  });

  it('opens it again when it fails', async () => {
    let opened = 0;
    await start(async function* () {
      yield `alert ${++opened}\n`;
      if (opened === 1) throw new Error('the other side went away');
    });
    await input.ended;
    expect(sink.rules).to.deep.equal(['alert 1', 'alert 2']);
    expect(input.health).to.deep.include({ state: 'ended', errors: 1 });
    expect(context.told.join('\n')).to.contain('the other side went away');
  });

  it('asks for no more while the sink is full, and stops when it is told to', async () => {
    let given = 0;
    await start(async function* (_params, signal) {
      while (!signal.aborted) {
        yield `alert ${++given}\n`;
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await until(() => sink.alerts.length >= 3);
    let letGo: () => void = () => undefined;
    sink.answers.push(new Promise((resolve) => (letGo = resolve)));
    await until(() => sink.answers.length === 0);
    const before = given;
    await new Promise((resolve) => setTimeout(resolve, 50));
    // What a stream reads ahead, and no more.
    expect(given - before).to.be.lessThan(5000);
    letGo();
    await input.stop();
    const after = given;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(given).to.equal(after);
  });

  it('says that a source does not know where its events come from', async () => {
    await start(undefined);
    await until(() => input.health.errors > 0);
    expect(input.health.lastError?.message).to.contain('has no `open`');
  });
});
