import { expect } from 'chai';
import { statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  countEvents,
  readPlain,
  repeatCapture,
  repeatedFile,
} from '../../../bench/speed/repeated-capture.ts';
import { bytesOf } from '../../../engine/index.ts';
import * as E from '../../../engine/tables/codes.generated.ts';
import { eventBytes } from '../../event-bytes.ts';
import { readAll } from '../../replay/scap/read-all.ts';
import {
  block,
  concat,
  eventBlock,
  flaggedEventBlock,
  machineInfo,
  sectionHeader,
  withoutCount,
} from '../../replay/scap/writer.ts';

const START = 1_700_000_000_000_000_000n;
const close = (tid: number, time: bigint) => eventBytes(E.SYSCALL_CLOSE_X, tid, time, [0, 3]);
const repeated = (capture: Uint8Array, times: number) => readAll(concat(...repeatCapture(capture, times)));
const webShell = join(import.meta.dirname, '../../captures/web-shell-default.scap');

describe('repeating a capture', () => {
  const kinds: [name: string, (event: Uint8Array) => Uint8Array][] = [
    ['EV', (event) => eventBlock(withoutCount(event), 0, 0x204)],
    ['EVF', (event) => flaggedEventBlock(withoutCount(event), 0, 9, 0x208)],
    ['EV_V2', (event) => eventBlock(event)],
    ['EVF_V2', (event) => flaggedEventBlock(event, 0, 9)],
    ['EV_V2_LARGE', (event) => eventBlock(event, 0, 0x221)],
    ['EVF_V2_LARGE', (event) => flaggedEventBlock(event, 0, 9, 0x222)],
  ];
  for (const [name, blockOf] of kinds)
    it(`moves the times of ${name} blocks on, from round to round`, () => {
      const capture = concat(sectionHeader(), blockOf(close(1, START)), blockOf(close(2, START + 5n)));
      const { events, error } = repeated(capture, 3);
      expect(error).to.equal(undefined);
      expect(events.map(({ tid, time }) => [tid, time - START])).to.deep.equal([
        [1, 0n],
        [2, 5n],
        [1, 1_000_005n],
        [2, 1_000_010n],
        [1, 2_000_010n],
        [2, 2_000_015n],
      ]);
    });

  it('puts what holds no event in front, once', () => {
    const users = block(0x220, bytesOf('some users'));
    const [state, ...rounds] = repeatCapture(
      concat(sectionHeader(), eventBlock(close(1, START)), machineInfo(), eventBlock(close(2, START)), users),
      2,
    );
    expect(state).to.deep.equal(concat(sectionHeader(), machineInfo(), users));
    expect(rounds).to.have.lengthOf(2);
  });

  it('leaves the times of events alone that have none', () => {
    const capture = concat(
      sectionHeader(),
      eventBlock(close(1, 0n)),
      eventBlock(close(2, START)),
      eventBlock(close(3, 2n ** 64n - 1n)),
    );
    const times = repeated(capture, 2).events.map(({ time }) => time);
    expect(times).to.deep.equal([0n, START, 2n ** 64n - 1n, 0n, START + 1_000_000n, 2n ** 64n - 1n]);
  });

  it('gives pieces that stay as they are', () => {
    const pieces = [...repeatCapture(concat(sectionHeader(), eventBlock(close(1, START))), 3)];
    expect(new Set(pieces.map((piece) => Buffer.from(piece).toString('hex'))).size).to.equal(4);
  });

  it('leaves out a block that is cut off', () => {
    const whole = concat(sectionHeader(), eventBlock(close(1, START)), eventBlock(close(2, START)));
    expect(repeated(whole.subarray(0, -3), 2).events.map(({ tid }) => tid)).to.deep.equal([1, 1]);
  });

  it('makes a recording of ours longer, with times that go on', () => {
    const once = readAll(readPlain(webShell));
    const { events, error, warnings } = repeated(readPlain(webShell), 2);
    expect([error, warnings]).to.deep.equal([undefined, []]);
    const { length } = once.events;
    expect(events).to.have.lengthOf(2 * length);
    expect(events.slice(0, length)).to.deep.equal(once.events);
    const latest = once.events.reduce((last, { time }) => (time > last ? time : last), 0n);
    expect(events.slice(length).every(({ time }) => time > latest)).to.equal(true);
  });

  it('knows the number of events', () => {
    expect(countEvents({ source: webShell, times: 3 })).to.equal(3 * 7332);
  });

  it('finds a file again that it made before', () => {
    const capture = { source: webShell, times: 3 };
    const packed = repeatedFile({ ...capture, gzip: true });
    const plain = repeatedFile(capture);
    const made = statSync(plain).mtimeMs;
    expect([repeatedFile(capture), statSync(plain).mtimeMs]).to.deep.equal([plain, made]);
    expect(readPlain(packed)).to.deep.equal(readPlain(plain));
    expect(readPlain(plain)).to.deep.equal(Buffer.concat([...repeatCapture(readPlain(webShell), 3)]));
    for (const path of [packed, plain]) unlinkSync(path);
  });
});
