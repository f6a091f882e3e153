import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { convertCaptures } from '../../daemon/index.ts';
import { DiagnosticError } from '../../engine/index.ts';
import { compileFilter } from '../../rules/index.ts';
import {
  differences,
  eventsOf,
  fieldsToCompare,
  ownCaptures,
  referenceCaptures,
} from '../replay/compare-captures.ts';

/** Larger ones are converted only with REQUIRE_ORACLE=1. */
const LARGE = 4_000_000;
/** Bytes of a capture all of whose events are compared; of larger ones, only with REQUIRE_ORACLE=1. */
const SMALL = 300_000;
const thorough = process.env['REQUIRE_ORACLE'] === '1';

describe('converting captures', () => {
  let directory: string;
  const out = (name: string): string => join(directory, name);
  before(() => (directory = mkdtempSync(join(tmpdir(), 'convert-'))));
  after(() => rmSync(directory, { recursive: true }));

  describe('whole', () => {
    for (const path of ownCaptures)
      it(`${basename(path)} as Falco wrote it, byte for byte`, async () => {
        await convertCaptures({ captures: [path], output: out('whole.scap') });
        expect(readFileSync(out('whole.scap')).equals(gunzipSync(readFileSync(path)))).equals(true);
      });

    for (const path of [...ownCaptures, ...referenceCaptures()].filter(
      (path) => thorough || statSync(path).size < LARGE,
    ))
      it(`${basename(path)}: the same events and fields`, async () => {
        const { diagnostics } = await convertCaptures({ captures: [path], output: out('fields.scap.gz') });
        expect(diagnostics).eql([]);
        const every = thorough || statSync(path).size < SMALL ? 1 : 101;
        const result = await differences(
          [eventsOf(path), eventsOf(out('fields.scap.gz'))],
          fieldsToCompare,
          every,
        );
        expect(result.found).eql([]);
        expect(result.compared).greaterThan(0);
      }).timeout(600_000);
  });

  it('makes several captures the sections of one', async () => {
    const [first, second] = ownCaptures;
    const job = { captures: [first!, second!], output: out('both.scap') };
    const { events } = await convertCaptures(job);
    const parts = [first!, second!].map((path) => gunzipSync(readFileSync(path)));
    expect(readFileSync(out('both.scap')).equals(Buffer.concat(parts))).equals(true);
    const again = await convertCaptures({ captures: [out('both.scap')], output: out('again.scap') });
    expect(again.events).equals(events);
    expect(readFileSync(out('again.scap')).equals(readFileSync(out('both.scap')))).equals(true);
  });

  it('keeps what comes before the place where a capture is cut off', async () => {
    const whole = gunzipSync(readFileSync(ownCaptures[1]!));
    writeFileSync(out('cut.scap'), whole.subarray(0, 1_000_001));
    const result = await convertCaptures({ captures: [out('cut.scap')], output: out('kept.scap') });
    expect(result.diagnostics.map(({ code }) => code)).eql(['CAPTURE_TRUNCATED']);
    expect(result.events).greaterThan(5000);
    const kept = readFileSync(out('kept.scap'));
    expect(kept.equals(whole.subarray(0, kept.length))).equals(true);
    expect(existsSync(out('kept.scap.part'))).equals(false);
  });

  it('goes on with the next capture after one that is damaged', async () => {
    const damaged = gunzipSync(readFileSync(ownCaptures[1]!));
    damaged.fill(0xee, 1_000_000);
    writeFileSync(out('damaged.scap'), damaged);
    const result = await convertCaptures({
      captures: [out('damaged.scap'), ownCaptures[2]!],
      output: out('rest.scap'),
    });
    expect(result.diagnostics.map(({ severity }) => severity)).eql(['error']);
    const rest = gunzipSync(readFileSync(ownCaptures[2]!));
    expect(readFileSync(out('rest.scap')).subarray(-rest.length).equals(rest)).equals(true);
  });

  it('leaves no file where nothing could be read, and an older one as it was', async () => {
    writeFileSync(out('text.scap'), 'this is no capture');
    writeFileSync(out('old.scap'), 'old');
    const result = await convertCaptures({ captures: [out('text.scap')], output: out('old.scap') });
    expect(result.created).equals(false);
    expect(result.diagnostics.map(({ code }) => code)).eql(['CAPTURE_UNKNOWN_FORMAT']);
    expect(readFileSync(out('old.scap'), 'utf8')).equals('old');
    expect(existsSync(out('old.scap.part'))).equals(false);
  });

  const impossible: readonly (readonly [job: { captures: string[]; output: string }, code: string])[] = [
    [{ captures: ['there-is-none.scap'], output: 'x.scap' }, 'CAPTURE_UNREADABLE'],
    [{ captures: [ownCaptures[2]!], output: 'no/such/directory.scap' }, 'CAPTURE_UNWRITABLE'],
    [{ captures: [ownCaptures[2]!], output: 'x.pcap' }, 'CAPTURE_UNKNOWN_FORMAT'],
  ];
  for (const [job, code] of impossible)
    it(`fails with ${code}, and leaves nothing`, async () => {
      const output = out(job.output);
      const error = await convertCaptures({ ...job, output }).catch((thrown: unknown) => thrown);
      expect(error).instanceOf(DiagnosticError);
      expect((error as DiagnosticError).diagnostic.code).equals(code);
      expect(existsSync(output) || existsSync(`${output}.part`)).equals(false);
    });

  describe('filtered', () => {
    const conditions = [
      'evt.type in (execve, execveat) and proc.name != sh',
      'fd.typechar = 4 or fd.typechar = 6',
      'evt.type = read and fd.name startswith /etc',
      'evt.failed = true and proc.aname[2] exists',
      'container.id != host and evt.type in (openat, close, mmap)',
      'evt.type in (procexit, exit_group, futex)',
    ];
    /** What counts events, or remembers what it gave, is not that of the whole capture. */
    const other = new Set(['evt.num', 'thread.nametid']);
    const fields = () => fieldsToCompare(({ name, stateful }) => stateful === true || other.has(name));
    for (const path of [...ownCaptures, ...referenceCaptures()].filter(
      (path) => thorough || statSync(path).size < SMALL,
    ))
      for (const condition of conditions)
        it(`${basename(path)}: ${condition}`, async function () {
          const result = await convertCaptures({
            captures: [path],
            output: out('filtered.scap'),
            filter: compileFilter(condition),
          });
          const filter = compileFilter(condition);
          const whole = eventsOf(path, (event, visible) => visible && filter.matches(event));
          const filtered = eventsOf(out('filtered.scap'), (_, visible) => visible);
          const { found, compared } = await differences([whole, filtered], fields);
          expect(found).eql([]);
          if (result.written > result.hidden) expect(compared).greaterThan(0);
        }).timeout(600_000);
  });
});
