import { expect } from 'chai';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { file } from '../../../outputs/kinds/file.ts';
import { AlertFile } from '../../../outputs/rotated-file.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

describe('file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-file-'));
    path = join(folder, 'alerts.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const one = alert({ rule: 'one' });
  const two = alert({ rule: 'two' });
  const lines = (name = path): string[] => readFileSync(name, 'utf8').split('\n').slice(0, -1);

  it('appends the alerts of a batch as lines, and makes directories', async () => {
    path = join(folder, 'a/b/alerts.json');
    const output = await OpenOutput.open(file, { path: 'a/b/alerts.json' }, { base: folder });
    await output.send([one, two]);
    await output.send([one]);
    expect(lines()).to.deep.equal([one.json, two.json, one.json]);
    expect(statSync(path).mode & 0o777).to.equal(0o640);
  });

  it("writes Falco's line", async () => {
    const output = await OpenOutput.open(file, { path, format: 'text', sync: false });
    await output.send([alert({ output: 'x\ny' })]);
    expect(readFileSync(path, 'utf8')).to.equal('x\\ny\n');
  });

  it('opens the file for each batch', async () => {
    const output = await OpenOutput.open(file, { path });
    await output.send([one]);
    renameSync(path, `${path}.moved`);
    await output.send([two]);
    expect(lines()).to.deep.equal([two.json]);
  });

  it('keeps it open with keep_alive, until it is told to open it anew', async () => {
    const output = await OpenOutput.open(file, { path, keep_alive: true });
    await output.send([one]);
    renameSync(path, `${path}.moved`);
    await output.send([two]);
    expect(existsSync(path)).to.equal(false);
    await output.sender.reopen!();
    await output.send([one]);
    expect({ old: lines(`${path}.moved`), now: lines() }).to.deep.equal({
      old: [one.json, two.json],
      now: [one.json],
    });
    await output.close();
  });

  it('writes whole lines whatever comes at the same time', async () => {
    const output = await OpenOutput.open(file, { path });
    const many = Array.from({ length: 50 }, (_, i) => alert({ rule: `r${i}`, output: 'x'.repeat(2000) }));
    await Promise.all(many.map((each) => output.send([each])));
    expect(lines()).to.deep.equal(many.map(({ json }) => json));
  });

  describe('rotation', () => {
    const old = (): string[] =>
      readdirSync(folder)
        .filter((name) => name !== 'alerts.json')
        .sort();

    it('starts a new file before one becomes too long', async () => {
      const output = await OpenOutput.open(file, { path, rotate: { size: one.json.length * 2 + 2 } });
      for (let i = 0; i < 5; i++) await output.send([one]);
      expect(lines()).to.have.lengthOf(1);
      expect(old().map((name) => lines(join(folder, name)).length)).to.deep.equal([2, 2]);
      expect(old()[0]).to.match(/^alerts\.json\.\d{8}T\d{6}Z$/);
    });

    it('writes what is too long for any file into one of its own', async () => {
      const output = await OpenOutput.open(file, { path, rotate: { size: 10 } });
      await output.send([one, two]);
      await output.send([one]);
      expect(lines()).to.deep.equal([one.json]);
    });

    it('starts a new file in each span of time', async () => {
      const output = await OpenOutput.open(file, { path, keep_alive: true, rotate: { every: '1d' } });
      await output.send([one]);
      await output.send([one]);
      expect(old()).to.have.lengthOf(0);
      const yesterday = Date.now() / 1000 - 86_400;
      utimesSync(path, yesterday, yesterday);
      await output.send([two]);
      expect({ now: lines(), old: old().length }).to.deep.equal({ now: [two.json], old: 1 });
      await output.close();
    });

    it('keeps the newest when the clock is set back, and rotates no more often than once for that', async () => {
      const hour = 3_600_000;
      let now = Date.UTC(2026, 0, 31, 12);
      const settings = {
        path,
        keepOpen: false,
        sync: false,
        mode: 0o640,
        rotate: { every: hour, keep: 2, gzip: false },
      };
      const target = new AlertFile(settings, { debug() {}, info() {}, warn() {}, error() {} }, () => now);
      const append = async (text: string): Promise<void> => {
        await target.append(`${text}\n`);
        utimesSync(path, now / 1000, now / 1000);
      };
      await append('at noon');
      now += 5 * hour;
      await append('ahead');
      now -= 48 * hour;
      await append('back');
      await append('back again');
      now += hour;
      await append('later');
      const old = readdirSync(folder)
        .filter((name) => name !== 'alerts.json')
        .sort();
      expect(old.map((name) => lines(join(folder, name)))).to.deep.equal([['ahead'], ['back', 'back again']]);
      expect(lines()).to.deep.equal(['later']);
    });

    it('keeps so many old ones, compressed', async () => {
      const output = await OpenOutput.open(file, { path, rotate: { size: 10, keep: 2, gzip: true } });
      for (const rule of ['a', 'b', 'c', 'd', 'e']) await output.send([alert({ rule })]);
      const rules = old()
        .map((name) => gunzipSync(readFileSync(join(folder, name))).toString())
        .map((text) => (JSON.parse(text) as { rule: string }).rule);
      expect(rules.sort()).to.deep.equal(['c', 'd']);
    });
  });

  describe('failures', () => {
    it('tells that the path is a directory', async () => {
      mkdirSync(path);
      const output = await OpenOutput.open(file, { path });
      const failure = await failureOf(output.send([one]));
      expect(failure).to.deep.include({ retry: true, reason: 'client' });
      expect(failure.message).to.match(/alerts\.json: EISDIR/);
    });

    it('goes on once the fault is mended', async () => {
      mkdirSync(path);
      const output = await OpenOutput.open(file, { path, keep_alive: true });
      await failureOf(output.send([one]));
      rmSync(path, { recursive: true });
      await output.send([two]);
      expect(lines()).to.deep.equal([two.json]);
      await output.close();
    });

    it('tells that the disk is full', async () => {
      const output = await OpenOutput.open(file, { path: '/dev/full' });
      const failure = await failureOf(output.send([one]));
      expect(failure).to.deep.include({ retry: true, reason: 'server' });
      expect(failure.message).to.match(/ENOSPC/);
    });

    it('tells that it may not', async function () {
      if (process.getuid!() === 0) this.skip();
      chmodSync(folder, 0o500);
      const output = await OpenOutput.open(file, { path });
      expect(await failureOf(output.send([one]))).to.deep.include({ reason: 'client' });
      chmodSync(folder, 0o700);
    });
  });
});
