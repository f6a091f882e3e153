import { expect } from 'chai';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DiagnosticError, Event, type Diagnostic } from '../../engine/index.ts';
import { SYSCALL_CLOSE_X, SYSCALL_READ_X } from '../../engine/tables/codes.generated.ts';
import { openCapture, openStream, type Capture } from '../../replay/index.ts';
import { eventBytes } from '../event-bytes.ts';
import { StateLog } from './scap/state-log.ts';
import { concat, eventBlock, machineInfo, sectionHeader } from './scap/writer.ts';

const bundled = join(import.meta.dirname, '../captures');
const webShell = join(bundled, 'web-shell-default.scap');

interface Count {
  readonly events: number;
  readonly warnings: readonly Diagnostic[];
  readonly error: Diagnostic | undefined;
  readonly restarts: number;
}

/** Reads a capture to its end, over errors too; `opened` may fail as well. */
async function count(open: (log: StateLog) => Promise<Capture>): Promise<Count> {
  const log = new StateLog();
  const event = new Event();
  let events = 0;
  let capture: Capture | undefined;
  let error: Diagnostic | undefined;
  try {
    capture = await open(log);
    for (;;)
      try {
        if (!(await capture.fill())) break;
        while (capture.next(event)) events++;
      } catch (thrown) {
        if (!(thrown instanceof DiagnosticError)) throw thrown;
        error ??= thrown.diagnostic;
      }
  } catch (thrown) {
    if (!(thrown instanceof DiagnosticError)) throw thrown;
    error = thrown.diagnostic;
  }
  const warnings = capture?.warnings ?? [];
  await capture?.close();
  return { events, warnings, error, restarts: log.calls.filter((call) => call === 'restart').length };
}

const countFile = (path: string | readonly string[]) => count((log) => openCapture(path, log));

const small = concat(
  sectionHeader(),
  machineInfo(),
  ...Array.from({ length: 500 }, (_, i) => eventBlock(eventBytes(SYSCALL_CLOSE_X, i, i, [0, i]))),
);

describe('openCapture', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'captures-'));
  });
  after(() => {
    rmSync(directory, { recursive: true });
  });

  function file(name: string, contents: Uint8Array): string {
    const path = join(directory, name);
    writeFileSync(path, contents);
    return path;
  }

  it('reads the captures that come with the project', async () => {
    expect(await countFile(webShell)).deep.equals({
      events: 7332,
      warnings: [],
      error: undefined,
      restarts: 1,
    });
    expect((await countFile(join(bundled, 'read-sensitive-files.scap'))).events).equals(18351);
  });

  it('reads plain and compressed files alike', async () => {
    expect((await countFile(file('plain.scap', small))).events).equals(500);
    expect((await countFile(file('packed.scap', gzipSync(small)))).events).equals(500);
  });

  it('reads concatenated captures and concatenated gzip members', async () => {
    const two = concat(small, small);
    expect(await countFile(file('two.scap', two))).includes({ events: 1000, restarts: 2 });
    expect(await countFile(file('two.scap.gz', gzipSync(two)))).includes({ events: 1000, restarts: 2 });
    const members = concat(
      gzipSync(small.subarray(0, 1000)),
      gzipSync(small.subarray(1000)),
      gzipSync(small),
    );
    expect(await countFile(file('members.scap', members))).includes({ events: 1000, restarts: 2 });
  });

  it('reads several files in order, and the captures of a directory by name', async () => {
    const inner = join(directory, 'several');
    mkdirSync(inner);
    mkdirSync(join(inner, 'nested'));
    writeFileSync(join(inner, 'b'), gzipSync(small));
    writeFileSync(join(inner, 'a'), small);
    writeFileSync(join(inner, 'notes.txt'), 'not a capture');
    writeFileSync(join(inner, 'notes.gz'), gzipSync('not a capture'));
    writeFileSync(join(inner, 'empty.scap'), '');
    expect(await countFile(inner)).includes({ events: 1000, restarts: 2, error: undefined });
    expect(await countFile([join(inner, 'b'), join(inner, 'a'), inner])).includes({
      events: 2000,
      restarts: 4,
    });

    const capture = await openCapture(inner, new StateLog());
    const event = new Event();
    const files: string[] = [];
    while (await capture.fill()) while (capture.next(event)) if (event.tid === 0) files.push(capture.file);
    expect(files).deep.equals([join(inner, 'a'), join(inner, 'b')]);
    expect(capture.position).equals(capture.size);
    await capture.close();
  });

  it('goes on with the next file after an error', async () => {
    const bad = file('bad.scap', concat(small.subarray(0, 400), new Uint8Array(100)));
    const reading = await countFile([bad, file('good.scap', small)]);
    expect(reading.error).includes({ code: 'CAPTURE_CORRUPT', file: bad });
    expect(reading.events).equals(500 + Math.floor((400 - 220) / 60));
  });

  it('tells how far it is', async () => {
    const capture = await openCapture(webShell, new StateLog());
    const { size } = capture;
    expect(size).equals(readFileSync(webShell).length);
    const event = new Event();
    while (await capture.fill()) while (capture.next(event));
    expect(capture.position).equals(size);
    await capture.close();
  });

  it('can be left in the middle', async () => {
    for (const path of [webShell, file('left.scap', small)]) {
      const capture = await openCapture(path, new StateLog());
      await capture.fill();
      expect(capture.next(new Event())).equals(true);
      await capture.close();
      expect(await capture.fill()).equals(false);
    }
  });

  const packed = gzipSync(concat(small, small));
  const damaged = packed.slice();
  damaged[damaged.length - 6]! ^= 255;

  const errors: readonly (readonly [name: string, contents: Uint8Array, expected: Partial<Diagnostic>])[] = [
    ['empty', new Uint8Array(0), { code: 'CAPTURE_EMPTY', offset: 0 }],
    ['text', Buffer.from('hello'), { code: 'CAPTURE_UNKNOWN_FORMAT', offset: 0 }],
    ['one-byte', Uint8Array.of(10), { code: 'CAPTURE_UNKNOWN_FORMAT', offset: 0 }],
    ['packed-text', gzipSync('hello'), { code: 'CAPTURE_UNKNOWN_FORMAT', offset: 0 }],
    ['packed-nothing', gzipSync(''), { code: 'CAPTURE_EMPTY', offset: 0 }],
    ['gzip-magic', Uint8Array.of(31, 139), { code: 'CAPTURE_TRUNCATED', offset: 0 }],
    [
      'gzip-nonsense',
      Uint8Array.of(31, 139, 77, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
      { code: 'CAPTURE_GZIP', offset: 0 },
    ],
    ['header-only', small.subarray(0, 28), { code: 'CAPTURE_NO_EVENTS', offset: 28 }],
  ];
  for (const [name, contents, expected] of errors)
    it(`says what is wrong with a file: ${name}`, async () => {
      const path = file(name, contents);
      const { events, error } = await countFile(path);
      expect(events).equals(0);
      expect(error).includes({ severity: 'error', file: path, ...expected });
    });

  it('gives everything before damage in compressed data', async () => {
    const { events, error } = await countFile(file('damaged.scap', damaged));
    expect(error).includes({ code: 'CAPTURE_GZIP' });
    // All but the last step of 16 KiB.
    expect(error!.offset).within(2 * small.length - 16384, 2 * small.length);
    expect(events).within(1000 - Math.ceil(16384 / 60), 1000);
    // From a stream, what the last step of zlib inflated may be lost, but nothing is invented.
    const streamed = await count((log) => openStream(Readable.from([damaged]), '-', log));
    expect(streamed.error).includes({ code: 'CAPTURE_GZIP' });
    expect(streamed.events).at.most(1000);
  });

  it('gives everything before the end of compressed data that are cut off', async () => {
    const cut = gunzipSync(readFileSync(webShell)).subarray(0, 500_000);
    const whole = await count((log) => openStream(Readable.from([Buffer.from(cut)]), '-', log));
    const short = gzipSync(cut);
    const { events, warnings, error } = await countFile(
      file('cut.scap', short.subarray(0, short.length - 8)),
    );
    expect(error).equals(undefined);
    expect(warnings.map((warning) => warning.code)).deep.equals(['CAPTURE_TRUNCATED']);
    expect(events).equals(whole.events).greaterThan(3000);
  });

  it('says which file it cannot read', async () => {
    const missing = join(directory, 'missing.scap');
    expect((await countFile(missing)).error).includes({ code: 'CAPTURE_UNREADABLE', file: missing });
    expect((await countFile([file('there.scap', small), missing])).error).includes({ file: missing });
    const without = join(directory, 'without');
    mkdirSync(without);
    writeFileSync(join(without, 'readme'), 'text');
    expect((await countFile(without)).error).includes({ code: 'CAPTURE_NONE', file: without });
    const forbidden = file('forbidden.scap', small);
    chmodSync(forbidden, 0);
    const { error, events } = await countFile(forbidden);
    if (process.getuid?.() === 0) expect(events).equals(500);
    else expect(error).includes({ code: 'CAPTURE_UNREADABLE' });
  });
});

describe('openStream', () => {
  it('reads a pipe, in pieces of any size', async () => {
    for (const bytes of [Buffer.from(small), gzipSync(small)]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / 999) }, (_, i) =>
        bytes.subarray(i * 999, (i + 1) * 999),
      );
      const single = Array.from(bytes.subarray(0, 40), (byte) => Buffer.of(byte));
      const all = [...single, bytes.subarray(40)];
      for (const chunks of [pieces, all])
        expect((await count((log) => openStream(Readable.from(chunks), '-', log))).events).equals(500);
    }
  });

  it('can be closed while it waits', async () => {
    const silent = new Readable({ read: () => undefined });
    silent.push(gzipSync(small).subarray(0, 200));
    const capture = await openStream(silent, '-', new StateLog());
    await capture.close();
    expect(silent.destroyed).equals(true);
  });

  it('reports an error of the stream', async () => {
    const broken = Readable.from(
      (function* () {
        yield Buffer.from(small.subarray(0, 10_000));
        throw new Error('the cable was pulled');
      })(),
    );
    const { error, events } = await count((log) => openStream(broken, '-', log));
    expect(error).includes({ code: 'CAPTURE_UNREADABLE' });
    expect(error!.message).contains('the cable was pulled');
    expect(events).equals(Math.floor((10_000 - 220) / 60));
  });

  it('gives what came compressed before an error, and while more is waited for', async () => {
    const [first, rest] = [
      gzipSync(small.subarray(0, 220 + 60 * 100)),
      gzipSync(small.subarray(220 + 60 * 100)),
    ];
    const broken = Readable.from(
      (function* () {
        yield first;
        throw new Error('the cable was pulled');
      })(),
    );
    const { error, events } = await count((log) => openStream(broken, '-', log));
    expect(error).includes({ code: 'CAPTURE_UNREADABLE' });
    expect(events).equals(100);

    const slow = new Readable({ read: () => undefined });
    slow.push(first);
    const capture = await openStream(slow, '-', new StateLog());
    const event = new Event();
    let read = 0;
    while (read < 100 && (await capture.fill())) while (capture.next(event)) read++;
    expect(read).equals(100);
    slow.push(rest);
    slow.push(null);
    while (await capture.fill()) while (capture.next(event)) read++;
    expect(read).equals(500);
    await capture.close();
  });

  it('needs no more memory for a long capture than for a short one', async () => {
    const data = 'x'.repeat(900);
    const chunk = Buffer.concat(
      Array.from({ length: 300 }, (_, i) =>
        eventBlock(eventBytes(SYSCALL_READ_X, i, i, [900, data, 3, 900])),
      ),
    );
    const rounds = Math.ceil(300_000_000 / chunk.length);
    const long = Readable.from(
      (function* () {
        yield Buffer.from(small);
        for (let i = 0; i < rounds; i++) yield chunk;
      })(),
    );
    const capture = await openStream(long, '-', new StateLog());
    const event = new Event();
    let events = 0;
    let most = 0;
    const before = process.memoryUsage();
    for (let fills = 0; await capture.fill(); fills++) {
      while (capture.next(event)) events++;
      if (fills % 50 !== 0) continue;
      const now = process.memoryUsage();
      most = Math.max(most, now.heapUsed + now.arrayBuffers - before.heapUsed - before.arrayBuffers);
    }
    await capture.close();
    expect(events).equals(500 + 300 * rounds);
    expect(most).lessThan(32 << 20);
  });
});
