import { expect } from 'chai';
import { Writable } from 'node:stream';
import { LineWriter } from '../../cli/line-writer.ts';

describe('LineWriter', () => {
  it('writes bytes as they are', async () => {
    const pieces: Buffer[] = [];
    const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => (pieces.push(chunk), done()) });
    const writer = new LineWriter(stream);
    await writer.write('a\xff\x00\n');
    await writer.write(`${'x'.repeat(200000)}\n`);
    expect(
      Buffer.concat(pieces).equals(Buffer.from(`a\xff\x00\n${'x'.repeat(200000)}\n`, 'latin1')),
    ).to.equal(true);
  });

  it('waits for a stream that is full', async () => {
    let release: (() => void) | undefined;
    const stream = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => (release = () => done()),
    });
    const writer = new LineWriter(stream);
    let written = false;
    const write = writer.write('one\n').then(() => (written = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).to.equal(false);
    release!();
    await write;
    expect(written).to.equal(true);
  });
});
