import { expect } from 'chai';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkFile } from '../../../outputs/queue/check-file.ts';
import { Queue } from '../../../outputs/queue/queue.ts';
import { numberedAlert } from '../alerts.ts';

describe('checkFile', () => {
  let folder: string;
  let file: string;
  let whole: Buffer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-check-'));
    const queue = await Queue.open(folder);
    const deliveries = [{ output: 'a', route: { route: 'r' } }];
    for (let round = 0; round < 20; round++) {
      // Long ones have pages of their own.
      const alerts = Array.from({ length: 10 }, (_, index) =>
        numberedAlert(round * 10 + index, { bytes: index === 0 ? 9000 : 500 }),
      );
      await queue.accept(alerts.map((alert) => ({ alert, deliveries })));
      await queue.delivered(
        'a',
        queue.pending('a', 0, 4).map(({ seq }) => seq),
      );
    }
    await queue.close();
    file = join(folder, 'data.mdb');
    whole = readFileSync(file);
  });
  beforeEach(() => writeFileSync(file, whole));
  after(() => rmSync(folder, { recursive: true }));

  it('finds nothing wrong with a file that is whole, longer than it must be, empty, or not there', () => {
    expect(checkFile(file)).to.equal(undefined);
    appendFileSync(file, Buffer.alloc(10_000));
    expect(checkFile(file)).to.equal(undefined);
    truncateSync(file, 0);
    expect(checkFile(file)).to.equal(undefined);
    rmSync(file);
    expect(checkFile(file)).to.equal(undefined);
  });

  it('finds every cut that takes away something, so that what it lets pass can be read to the end', async () => {
    let passed = 0;
    for (let size = whole.length - 4096; size > 0; size -= 4096) {
      writeFileSync(file, whole.subarray(0, size));
      if (checkFile(file) !== undefined) continue;
      // lmdb would end the process if it found a page missing.
      passed++;
      const queue = await Queue.open(folder);
      expect(queue.pending('a', 0, 1e6)).to.have.length(200 - 80);
      await queue.close();
    }
    expect(passed).to.be.below(whole.length / 4096 / 2);
  });

  it('finds a cut within a page', () => {
    truncateSync(file, Math.floor(statSync(file).size / 2) + 100);
    expect(checkFile(file)).to.match(/cut short/);
  });

  it('comes to an end in a tree that bites its own tail', () => {
    const page = 4096;
    const root = whole.readBigUInt64LE(
      whole.readBigUInt64LE(152) > whole.readBigUInt64LE(page + 152) ? 136 : page + 136,
    );
    const bytes = Buffer.from(whole.subarray(0, whole.length - page));
    // Its root becomes a branch with one node, which leads to itself.
    const at = Number(root) * page;
    bytes.fill(0, at + 16, at + page);
    bytes.writeUInt16LE(0x01, at + 18);
    bytes.writeUInt16LE(2, at + 20);
    bytes.writeUInt16LE(100, at + 24);
    bytes.writeUInt32LE(Number(root), at + 124);
    writeFileSync(file, bytes);
    expect(checkFile(file)).to.match(/page \d+ .* is not what it should be/);
  });

  const damages: readonly (readonly [what: string, damage: (page: Buffer, number: number) => void])[] = [
    ['zeroes', (page) => page.fill(0)],
    ['other bytes', (page) => page.fill('0123456789abcdef')],
    [
      'another page of the file',
      (page, number) => whole.copy(page, 0, (number ^ 1) * 4096, (number ^ 1) * 4096 + 4096),
    ],
  ];
  for (const [what, damage] of damages)
    it(`finds every page that ${what} stand in, so that what it lets pass can be read to the end`, async () => {
      let found = 0;
      for (let number = 0; number < whole.length / 4096; number++) {
        const bytes = Buffer.from(whole);
        damage(bytes.subarray(number * 4096, number * 4096 + 4096), number);
        writeFileSync(file, bytes);
        if (checkFile(file) !== undefined) {
          found++;
          continue;
        }
        const queue = await Queue.open(folder);
        const pending = queue.pending('a', 0, 1e6).length;
        await queue.close();
        const again = await Queue.open(folder);
        expect(pending + [...again.dead()].length, `page ${number}`).to.equal(200 - 80);
        await again.close();
      }
      expect(found).to.be.above(20);
    });
});
