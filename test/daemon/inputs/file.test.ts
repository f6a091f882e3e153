import { expect } from 'chai';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { file } from '../../../daemon/inputs/file.ts';
import type { Input } from '../../../daemon/inputs/input.ts';
import { FakeSink, fakeContext, falcoAlert, until } from './fakes.ts';

describe('the file input', () => {
  let folder: string;
  let input: Input | undefined;
  let sink: FakeSink;
  let context: ReturnType<typeof fakeContext>;
  const at = (name: string): string => join(folder, name);
  const append = (name: string, ...rules: (string | number)[]): void =>
    appendFileSync(at(name), rules.map((rule) => `${falcoAlert(rule)}\n`).join(''));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'file-input-'));
    sink = new FakeSink();
  });
  afterEach(async () => {
    await input?.stop();
    input = undefined;
    rmSync(folder, { recursive: true });
  });

  /** Starts an input, which goes on from the sink's checkpoint. */
  async function start(settings: object = {}): Promise<void> {
    context = fakeContext({ checkpoint: sink.checkpoint, path: (path) => join(folder, path) });
    const config = file.config.parse({ path: 'events.txt', poll: '20ms', ...settings });
    input = await file.open(config, context);
    await input.start(sink);
  }
  async function stop(): Promise<void> {
    await input!.stop();
    input = undefined;
  }
  /** What the sink has, once it has so many, and the input has nothing more to read. */
  async function taken(count: number): Promise<string[]> {
    await sink.has(count);
    await until(() => input!.health.lag?.bytes === 0);
    return sink.rules;
  }
  const all = { from: 'beginning' };

  it('reads what is there, and what comes', async () => {
    append('events.txt', 1, 2);
    await start(all);
    expect(await taken(2)).to.deep.equal(['1', '2']);
    append('events.txt', 3);
    expect(await taken(3)).to.deep.equal(['1', '2', '3']);
    expect(input!.health).to.deep.include({ state: 'running', alerts: 3, refused: 0, errors: 0 });
  });

  it('begins at the end, and notes that before anything comes', async () => {
    append('events.txt', 1, 2);
    await start();
    await until(() => sink.calls === 2);
    expect(sink.checkpoint).to.have.property('files').that.has.property(at('events.txt'));
    await stop();
    append('events.txt', 3);
    await start();
    append('events.txt', 4);
    expect(await taken(2)).to.deep.equal(['3', '4']);
  });

  it('begins before a last line that is not complete', async () => {
    append('events.txt', 1);
    const line = `${falcoAlert(2)}\n`;
    appendFileSync(at('events.txt'), line.slice(0, 50));
    await start();
    appendFileSync(at('events.txt'), line.slice(50));
    expect(await taken(1)).to.deep.equal(['2']);
  });

  it('waits for a file, and reads it from the beginning', async () => {
    await start();
    expect(input!.health.state).to.equal('connecting');
    append('events.txt', 1);
    expect(await taken(1)).to.deep.equal(['1']);
  });

  it('waits for a folder', async () => {
    await start({ path: 'later/events.txt' });
    mkdirSync(at('later'));
    append('later/events.txt', 1);
    expect(await taken(1)).to.deep.equal(['1']);
  });

  it('waits for the end of a line', async () => {
    await start(all);
    const line = `${falcoAlert('a')}\n`;
    append('events.txt', 1);
    appendFileSync(at('events.txt'), line.slice(0, 20));
    await taken(1);
    await stop();
    appendFileSync(at('events.txt'), line.slice(20, 60));
    await start();
    appendFileSync(at('events.txt'), line.slice(60));
    append('events.txt', 2);
    expect(await taken(3)).to.deep.equal(['1', 'a', '2']);
  });

  it('counts lines that are no alert or too long, and goes on behind them', async () => {
    const long = `${falcoAlert('x'.repeat(400_000))}\n`;
    append('events.txt', 1);
    appendFileSync(at('events.txt'), `hello\n\n${long}{}\n`);
    append('events.txt', 2);
    appendFileSync(at('events.txt'), long);
    await start({ ...all, max_alert_bytes: '2KiB' });
    await taken(2);
    await until(() => input!.health.refused === 4);
    expect(context.told.filter((line) => line.includes('not an alert')).length).to.equal(1);
    await stop();
    append('events.txt', 3);
    await start({ ...all, max_alert_bytes: '2KiB' });
    expect(await taken(3)).to.deep.equal(['1', '2', '3']);
    expect(input!.health.refused).to.equal(0);
  });

  it('reads text', async () => {
    appendFileSync(at('events.txt'), '12:34:56.123456789: Warning x\n');
    await start({ ...all, format: 'text' });
    await taken(1);
    expect(sink.alerts[0]).to.deep.include({
      rule: '',
      priority: 'Warning',
      output: '12:34:56.123456789: Warning x',
    });
  });

  describe('rotation', () => {
    const changes: readonly [string, () => void, (string | number)[]][] = [
      [
        'by another name',
        () => (renameSync(at('events.txt'), at('events.txt.1')), append('events.txt', 3)),
        [3],
      ],
      [
        'by another name, while the old file is still written to',
        () => {
          renameSync(at('events.txt'), at('events.txt.1'));
          writeFileSync(at('events.txt'), '');
          append('events.txt.1', 3);
          append('events.txt', 4);
        },
        [3, 4],
      ],
      [
        'twice',
        () => {
          append('events.txt', 3);
          renameSync(at('events.txt'), at('events.txt.2'));
          append('events.txt.1', 4, 5);
          append('events.txt', 6);
        },
        [3, 4, 5, 6],
      ],
      [
        'with the date, beside older files',
        () => {
          append('events.txt', 3);
          renameSync(at('events.txt'), at('events.txt-20260131'));
          append('events.txt', 4);
        },
        [3, 4],
      ],
      [
        'by copy and cut',
        () => {
          append('events.txt', 3);
          copyFileSync(at('events.txt'), at('events.txt.1'));
          truncateSync(at('events.txt'));
          append('events.txt', 4);
        },
        [3, 4],
      ],
      [
        'by copy and cut, with more behind than before',
        () => {
          copyFileSync(at('events.txt'), at('events.txt.1'));
          truncateSync(at('events.txt'));
          append('events.txt', 3, 4, 5, 6);
        },
        [3, 4, 5, 6],
      ],
      ['by cut', () => (truncateSync(at('events.txt')), append('events.txt', 3)), [3]],
      [
        'by writing it anew',
        () => writeFileSync(at('events.txt'), `${falcoAlert('a'.repeat(1000))}\n`),
        ['a'.repeat(1000)],
      ],
      ['by deletion', () => (unlinkSync(at('events.txt')), append('events.txt', 3)), [3]],
      [
        'with a last line that does not end',
        () => {
          appendFileSync(at('events.txt'), falcoAlert('cut'));
          renameSync(at('events.txt'), at('events.txt.1'));
          append('events.txt', 3);
        },
        ['cut', 3],
      ],
    ];
    for (const [how, change, rules] of changes)
      for (const running of [true, false])
        it(`${how}, ${running ? 'while it runs' : 'while it does not run'}`, async () => {
          append('events.txt.0', 'older');
          utimesSync(at('events.txt.0'), 1_700_000_000, 1_700_000_000);
          append('events.txt', 1, 2);
          await start(all);
          await taken(2);
          if (running) change();
          else {
            await stop();
            change();
            await start(all);
          }
          const expected = ['1', '2', ...rules.map(String)];
          expect(await taken(expected.length)).to.deep.equal(expected);
          await stop();
          append('events.txt', 'end');
          await start(all);
          expect(await taken(expected.length + 1)).to.deep.equal([...expected, 'end']);
        });

    it('follows a symbolic link that leads elsewhere', async () => {
      append('one.txt', 1);
      append('two.txt', 2);
      symlinkSync('one.txt', at('events.txt'));
      await start(all);
      await taken(1);
      await stop();
      append('one.txt', 'last');
      symlinkSync('two.txt', at('new'));
      renameSync(at('new'), at('events.txt'));
      await start(all);
      expect(await taken(3)).to.deep.equal(['1', 'last', '2']);
    });

    it('tells when the file that it read is gone', async () => {
      append('events.txt', 1);
      await start(all);
      await taken(1);
      await stop();
      unlinkSync(at('events.txt'));
      append('other', 'x');
      append('events.txt', 2);
      await start(all);
      expect(await taken(2)).to.deep.equal(['1', '2']);
    });
  });

  it('reads what was rotated after a file that is compressed by now', async () => {
    append('events.txt', 1);
    await start(all);
    await taken(1);
    await stop();
    renameSync(at('events.txt'), at('gone'));
    writeFileSync(at('events.txt.2.gz'), 'compressed');
    append('events.txt.1', 2, 3);
    utimesSync(at('events.txt.1'), 2_000_000_000, 2_000_000_000);
    append('events.txt', 4);
    await start(all);
    expect(await taken(4)).to.deep.equal(['1', '2', '3', '4']);
    expect(context.told.join()).to.include('alerts may be missing');
  });

  describe('several files', () => {
    it('reads all that match, and those that come later from their beginning', async () => {
      mkdirSync(at('logs'));
      append('logs/a.txt', 'a');
      append('logs/b.log', 'no');
      await start({ path: 'log*/[a-c].txt' });
      append('logs/a.txt', 'a2');
      append('logs/b.txt', 'b');
      expect((await taken(2)).sort()).to.deep.equal(['a2', 'b']);
      await stop();
      append('logs/a.txt', 'a3');
      append('logs/c.txt', 'c');
      await start({ path: 'log*/[a-c].txt' });
      expect((await taken(4)).sort()).to.deep.equal(['a2', 'a3', 'b', 'c']);
    });
    it('does not read rotated files because they match', async () => {
      append('events.txt', 1);
      append('events.txt.1', 'old');
      await start({ ...all, path: 'events*' });
      await taken(1);
      renameSync(at('events.txt.1'), at('events.txt.2'));
      renameSync(at('events.txt'), at('events.txt.1'));
      append('events.txt', 2);
      expect(await taken(2)).to.deep.equal(['1', '2']);
    });
  });

  it('holds back what the sink does not take, and gives it again in order', async () => {
    append('events.txt', 1, 2);
    sink.answers.push('full', 'failed', 'full');
    await start(all);
    expect(await taken(2)).to.deep.equal(['1', '2']);
    append('events.txt', 3);
    expect(await taken(3)).to.deep.equal(['1', '2', '3']);
    expect(input!.health).to.deep.include({ state: 'running', errors: 3 });
  });

  it('stops while the sink takes nothing, and loses nothing by it', async () => {
    append('events.txt', 1);
    sink.answers.push(...Array<'full'>(1000).fill('full'));
    await start(all);
    await until(() => input!.health.state === 'waiting');
    await stop();
    sink.answers.length = 0;
    await start(all);
    expect(await taken(1)).to.deep.equal(['1']);
  });

  it('reads nothing behind what the sink did not take when it stops', async () => {
    await start(all);
    append('events.txt', 1);
    await taken(1);
    sink.answers.push('failed', 'failed');
    append('events.txt', 2, 3);
    renameSync(at('events.txt'), at('events.txt.1'));
    append('events.txt', 4);
    await until(() => input!.health.state === 'waiting');
    await stop();
    sink.answers.length = 0;
    await start(all);
    expect(await taken(4)).to.deep.equal(['1', '2', '3', '4']);
  });

  it('loses and repeats nothing, whatever rotation and restart do to each other', async () => {
    let next = 0;
    for (let round = 0; round < 12; round++) {
      await start(all);
      for (let i = 0; i < 5; i++) append('events.txt', next++);
      if (round === 0 || round % 3 !== 0) await taken(next);
      if (round % 2 === 0) await stop();
      append('events.txt', next++);
      if (round % 4 === 1) {
        copyFileSync(at('events.txt'), at(`events.txt.${100 - round}`));
        truncateSync(at('events.txt'));
      } else if (round % 4 !== 3) renameSync(at('events.txt'), at(`events.txt.${100 - round}`));
      if (input !== undefined) await stop();
    }
    append('events.txt', next++);
    await start(all);
    expect(await taken(next)).to.deep.equal(Array.from({ length: next }, (_, n) => String(n)));
  });
});
