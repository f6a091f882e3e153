import { expect } from 'chai';
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { convertCaptures } from '../../../daemon/index.ts';
import { Event } from '../../../engine/index.ts';
import { openCapture, openStream, type Capture } from '../../../replay/index.ts';
import { ownCaptures, referenceCaptures } from '../compare-captures.ts';
import { StateLog } from '../scap/state-log.ts';

async function count(opening: Promise<Capture>): Promise<number> {
  const capture = await opening;
  const event = new Event();
  let events = 0;
  while (await capture.fill()) while (capture.next(event)) events++;
  await capture.close();
  return events;
}

describe('captures as JSON lines', () => {
  let directory: string;
  const out = (name: string): string => join(directory, name);
  before(() => (directory = mkdtempSync(join(tmpdir(), 'jsonl-'))));
  after(() => rmSync(directory, { recursive: true }));

  for (const path of [...ownCaptures, ...referenceCaptures()])
    it(`${basename(path)}: there and back, byte for byte`, async () => {
      const { diagnostics, events } = await convertCaptures({ captures: [path], output: out('1.jsonl') });
      expect(diagnostics).deep.equals([]);
      expect(events).greaterThan(0);
      await convertCaptures({ captures: [out('1.jsonl')], output: out('2.scap') });
      await convertCaptures({ captures: [path], output: out('1.scap') });
      expect(readFileSync(out('2.scap')).equals(readFileSync(out('1.scap')))).equals(true);
    }).timeout(600_000);

  describe('are found', () => {
    const lines = '{"type":"close","tid":1}\n{"type":"close","tid":2}\n';
    const packed = gzipSync(lines);

    it('in files, plain and gzip, whatever their names', async () => {
      writeFileSync(out('plain'), lines);
      writeFileSync(out('packed'), packed);
      expect(await count(openCapture(out('plain'), new StateLog()))).equals(2);
      expect(await count(openCapture(out('packed'), new StateLog()))).equals(2);
    });

    it('in pipes', async () => {
      for (const name of ['plain', 'packed'])
        expect(await count(openStream(createReadStream(out(name)), '-', new StateLog()))).equals(2);
    });

    it('in directories, but not other JSON lines', async () => {
      const inner = mkdtempSync(join(directory, 'several-'));
      writeFileSync(join(inner, 'a.jsonl'), lines);
      writeFileSync(join(inner, 'b.jsonl.gz'), packed);
      writeFileSync(join(inner, 'alerts.jsonl'), '{"hostname":"h","output":"o","priority":"Notice"}\n');
      writeFileSync(join(inner, 'audit.jsonl'), '{"kind":"Event","apiVersion":"audit.k8s.io/v1"}\n');
      expect(await count(openCapture(inner, new StateLog()))).equals(4);
    });

    it('written compressed, by the name of the output', async () => {
      await convertCaptures({ captures: [out('plain')], output: out('x.jsonl.gz') });
      expect(gunzipSync(readFileSync(out('x.jsonl.gz'))).toString()).contains('"type":"close"');
      expect(await count(openCapture(out('x.jsonl.gz'), new StateLog()))).equals(2);
    });
  });
});
