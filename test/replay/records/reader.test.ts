import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readCapture } from '../../../daemon/capture.ts';
import { Event, fromBytes, type Diagnostic } from '../../../engine/index.ts';
import { RecordReader } from '../../../replay/records/reader.ts';
import cloudTrail from '../../../sources/aws-cloudtrail/index.ts';
import k8sAudit from '../../../sources/k8s-audit/index.ts';

const event = (auditID: string, more: object = {}): object => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  auditID,
  stageTimestamp: '2026-03-01T10:00:00.000001Z',
  ...more,
});
const line = (auditID: string): string => JSON.stringify(event(auditID));

interface Read {
  readonly ids: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

/** What a reader makes of bytes that come in chunks of this size. */
function read(content: string | Uint8Array, chunk = 1 << 16): Read {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const reader = new RecordReader('audit.log', k8sAudit);
  const carrier = new Event();
  const ids: string[] = [];
  const take = (): void => {
    while (reader.next(carrier)) {
      expect(carrier.source).to.equal('k8s_audit');
      const data = carrier.data as { get(key: string): { text: string } | undefined };
      ids.push(fromBytes(data.get('auditID')?.text ?? ''));
    }
  };
  for (let at = 0; at < bytes.length; at += chunk) {
    reader.release();
    reader.feed(bytes.slice(at, at + chunk));
    take();
  }
  reader.release();
  while (reader.complete()) take();
  reader.finish(false);
  return { ids, warnings: reader.warnings };
}

const pretty = (value: unknown): string => JSON.stringify(value, undefined, 2);

describe('audit logs', () => {
  for (const [what, content, ids] of [
    ['lines', `${line('a')}\n${line('b')}\n`, 'ab'],
    [
      'a last line without an end, blank lines, a byte order mark',
      `\ufeff${line('a')}\r\n\r\n  \n${line('b')}`,
      'ab',
    ],
    ['documents over several lines', `${pretty(event('a'))}\n${pretty(event('b'))}\n`, 'ab'],
    ['a list over several lines', pretty([event('a'), event('b')]), 'ab'],
    ['a list in a line', JSON.stringify([event('a'), [event('b')]]), 'ab'],
    [
      'an EventList',
      pretty({ kind: 'EventList', items: [event('a'), { ...event('b'), kind: undefined }] }),
      'ab',
    ],
    ['text with brackets and quotes in it', pretty(event('a', { verb: '}]"\\' })) + '\n' + line('b'), 'ab'],
  ] as const)
    it(`reads ${what}, however the bytes come`, () => {
      for (const chunk of [1, 7, 1 << 16])
        expect(read(content, chunk), `${chunk}`).to.deep.equal({ ids: [...ids], warnings: [] });
    });

  for (const [what, content, ids, told] of [
    ['a line that is no JSON', `${line('a')}\nnonsense\n${line('b')}`, 'ab', [[2, 'no JSON']]],
    [
      'a line that is cut off',
      `${line('a').slice(0, 30)}\n${line('b')}\n${line('c')}`,
      'bc',
      [[1, 'no JSON']],
    ],
    [
      'a line that is cut off between members',
      `{"kind":"Event",\n${line('b')}\n${line('c')}`,
      'bc',
      [[1, 'no JSON']],
    ],
    ['the end of a document', `${line('a')}\n${pretty(event('b')).slice(0, -20)}`, 'a', 'several'],
    ['an event without a time', `${line('a')}\n{"kind":"Event"}\n`, 'a', [[2, 'stageTimestamp']]],
    [
      'an event with a wrong time',
      `{"kind":"Event","stageTimestamp":"noon"}\n${line('a')}`,
      'a',
      [[1, 'no time']],
    ],
    [
      'what is no event',
      `{"kind":0}\n[1,null]\n${line('a')}`,
      'a',
      [
        [1, 'no audit event'],
        [2, 'no audit event'],
        [2, 'no audit event'],
      ],
    ],
    ['one of a list', JSON.stringify([event('a'), {}, event('b')]), 'ab', [[1, 'no audit event']]],
    [
      'an event that is too large',
      `${JSON.stringify(event('a', { x: 'x'.repeat(262_144) }))}\n${line('b')}`,
      'b',
      [[1, 'left out, as by Falco']],
    ],
    ['nothing', '\n', '', [[undefined, 'no event']]],
  ] as const)
    it(`tells of ${what}, and reads on`, () => {
      const { ids: found, warnings } = read(content);
      expect(found).to.deep.equal([...ids]);
      if (told === 'several') expect(warnings).not.to.be.empty;
      else {
        expect(warnings.map((one) => one.line)).to.deep.equal(told.map(([at]) => at));
        told.forEach(([, words], i) => expect(warnings[i]!.message).to.contain(words));
      }
      for (const { file, severity } of warnings)
        expect([file, severity]).to.deep.equal(['audit.log', 'warning']);
    });

  it('gives the whole events of a file that is cut off, where its source can find them', () => {
    const record = JSON.stringify({
      eventTime: '2026-11-24T08:12:31Z',
      eventType: 'AwsApiCall',
      eventID: 'a',
    });
    const reader = new RecordReader('trail.json', cloudTrail);
    const carrier = new Event();
    reader.feed(new TextEncoder().encode(`{"Records":[${record},${record},{"eventTime`));
    let found = 0;
    const take = (): void => {
      while (reader.next(carrier)) found++;
    };
    take();
    reader.release();
    while (reader.complete()) take();
    reader.finish(false);
    expect(found).to.equal(2);
    expect(reader.warnings.map(({ message }) => message)).to.deep.equal([
      'this is no JSON: the string that begins here does not end',
    ]);
  });

  it('does not read a file anew for each of its lines that begins something', () => {
    const { warnings } = read('{\n'.repeat(20_000));
    expect(warnings.length).to.equal(101);
  });

  it('takes whatever bytes there are, in any chunks, with the same result', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        line('a'),
        pretty(event('b')),
        '{"kind":"Event"',
        '[',
        ']',
        '{',
        '}',
        '"',
        '\\',
        '\n',
        ',',
        'null',
        '\ufeff',
      ),
      fc.string(),
      fc.json(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (pieces, chunk) => {
        const content = pieces.join('');
        expect(read(content, chunk)).to.deep.equal(read(content));
      }),
    );
  });

  it('takes bytes that are no text, deep nesting and values of wrong kinds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(read(bytes).ids).to.be.an('array');
      }),
    );
    for (const depth of [299, 300, 301, 100_000]) {
      const { ids, warnings } = read(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}\n${line('z')}`);
      expect(ids).to.deep.equal(['z']);
      expect(warnings.length).to.be.greaterThan(0);
    }
  });

  it('is told from captures by what it holds, plain or gzip', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tiercel-audit-'));
    try {
      for (const [name, content] of [
        ['audit.log', line('a')],
        ['audit.json.gz', gzipSync(line('a'))],
      ] as const) {
        const path = join(folder, name);
        writeFileSync(path, content);
        const times: bigint[] = [];
        const { events, diagnostics } = await readCapture(path, {
          onEvent: ({ time, num }, visible) => {
            expect([num, visible]).to.deep.equal([1, true]);
            times.push(time);
            return true;
          },
        });
        expect({ events, diagnostics }).to.deep.equal({ events: 1, diagnostics: [] });
        expect(times).to.deep.equal([1_772_359_200_000_001_000n]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
