import { expect } from 'chai';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { DiagnosticError } from '../../engine/index.ts';
import { createCapture, GzipFile } from '../../replay/index.ts';
import { PiecewiseOutput } from '../../replay/output/piecewise.ts';
import { FileTarget, StreamTarget } from '../../replay/output/target.ts';

const pieces = Array.from({ length: 40 }, (_, i) => new Uint8Array(10_000 + i).fill(i));
const whole = Buffer.concat(pieces);

/** The diagnostic of what is thrown. */
async function failure(action: () => unknown): Promise<DiagnosticError['diagnostic']> {
  try {
    await action();
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostic;
    throw error;
  }
  return expect.fail('nothing was thrown');
}

describe('where captures are written', () => {
  let folder: string;
  const path = (name = 'c.scap'): string => join(folder, name);
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'output-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const gzip of [false, true])
    it(`keeps pieces in order${gzip ? ', compressed' : ''}`, async () => {
      const output = new PiecewiseOutput(await FileTarget.open(path()), path(), gzip);
      for (const piece of pieces) {
        output.write(piece);
        await output.drain();
      }
      expect(existsSync(path())).to.equal(false);
      await output.close();
      const file = readFileSync(path());
      expect((gzip ? gunzipSync(file) : file).equals(whole)).to.equal(true);
      expect(readdirSync(folder)).to.deep.equal(['c.scap']);
    });

  it('writes a compressed file at once, and knows its size', () => {
    const file = new GzipFile(path());
    for (const piece of pieces) file.write(piece);
    file.end();
    expect(readFileSync(path()).length).to.equal(file.size);
    expect(gunzipSync(readFileSync(path())).equals(whole)).to.equal(true);
  });

  it('leaves an older file alone until the new one is whole', async () => {
    writeFileSync(path(), 'old');
    const output = new PiecewiseOutput(await FileTarget.open(path()), path(), false);
    output.write(pieces[0]!);
    await output.abandon();
    expect(readFileSync(path(), 'utf8')).to.equal('old');
    expect(readdirSync(folder)).to.deep.equal(['c.scap']);
  });

  it('waits for a slow stream instead of gathering all', async () => {
    let taken = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _, done) => {
        taken += chunk.length;
        setImmediate(done);
      },
    });
    const output = new PiecewiseOutput(new StreamTarget(slow), '-', false);
    let written = 0;
    for (const piece of pieces) {
      output.write(piece);
      written += piece.length;
      await output.drain();
      expect(written - taken).to.be.at.most(100_000);
    }
    await output.close();
    expect(taken).to.equal(whole.length);
  });

  it('says in the end at the latest that a write failed, and stays calm until then', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('the cable is out')) });
    broken.on('error', () => undefined);
    const output = new PiecewiseOutput(new StreamTarget(broken), 'x.scap', true);
    for (const piece of pieces) output.write(piece);
    await new Promise(setImmediate);
    const drained = await failure(() => output.drain());
    expect(drained).to.include({
      code: 'CAPTURE_UNWRITABLE',
      message: 'cannot write x.scap: the cable is out',
    });
    expect((await failure(() => output.close())).code).to.equal('CAPTURE_UNWRITABLE');
  });

  it('tells formats by names', async () => {
    for (const name of ['a.scap', 'B.SCAP', 'c.scap.gz', 'd.scap.GZ'])
      await (await createCapture(path(name))).abandon();
    await (await createCapture(path('e.dump'), { format: 'scap' })).abandon();
    for (const name of ['a.txt', 'scap.gz.txt', 'noname'])
      expect((await failure(() => createCapture(path(name)))).code).to.equal('CAPTURE_UNKNOWN_FORMAT');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  const wrong: readonly (readonly [name: string, message: RegExp])[] = [
    ['no/such/folder/c.scap', /its directory does not exist/],
    ['.', /it is a directory/],
  ];
  for (const [name, message] of wrong)
    it(`cannot write ${name}`, async () => {
      expect((await failure(() => createCapture(path(name), { format: 'scap' }))).message).to.match(message);
    });

  it('cannot write a compressed file where there is no directory', async () => {
    const { code, message } = await failure(() => new GzipFile(path('no/such/c.scap')));
    expect([code, message]).to.deep.equal([
      'CAPTURE_UNWRITABLE',
      `cannot write ${path('no/such/c.scap')}: its directory does not exist`,
    ]);
  });
});
