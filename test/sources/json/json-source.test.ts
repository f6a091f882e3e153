import { expect } from 'chai';
import { RawJson, toBytes, type SourceEvent } from '../../../engine/index.ts';
import { jsonSource, jsonSourceWith } from '../../../sources/json/index.ts';

type Found = SourceEvent<RawJson> | { readonly problem: string };

function parse(document: string, source = jsonSource()): Found[] {
  const { records } = source;
  if (records.kind !== 'json') throw new Error('JSON was expected');
  return [...records.parse(RawJson.parse(toBytes(document)))] as Found[];
}
const times = (document: string, source = jsonSource()): (bigint | string)[] =>
  parse(document, source).map((found) => ('problem' in found ? found.problem : found.time));

const cases: readonly [name: string, document: string, times: (bigint | string)[]][] = [
  ['RFC 3339', '{"time": "2026-11-24T08:12:31.25Z"}', [1_795_507_951_250_000_000n]],
  ['seconds', '{"ts": 1795507951}', [1_795_507_951_000_000_000n]],
  ['seconds with a fraction', '{"ts": 1795507951.123456}', [1_795_507_951_123_456_000n]],
  ['milliseconds', '{"timestamp": 1795507951250}', [1_795_507_951_250_000_000n]],
  ['microseconds', '{"@timestamp": 1795507951250001}', [1_795_507_951_250_001_000n]],
  ['nanoseconds, to the last digit', '{"ts": 1795507951250000123}', [1_795_507_951_250_000_123n]],
  ['an exponent', '{"ts": 1.795507951e9}', [1_795_507_951_000_000_000n]],
  ['no time', '{"a": 1}', [0n]],
  ['a time that is none', '{"time": "soon", "ts": -1}', [0n]],
  [
    'that of the event before',
    '[{"ts": 1}, {"a": 1}, {"ts": 2}]',
    [1_000_000_000n, 1_000_000_000n, 2_000_000_000n],
  ],
  ['what is no object', '[5, {"ts": 1}]', ['an event is a JSON object, and 5 was found', 1_000_000_000n]],
];

describe('the source of any JSON', () => {
  for (const [name, document, expected] of cases)
    it(`finds the time of an event: ${name}`, () => expect(times(document)).to.deep.equal(expected));

  it('looks for it where the settings say', () => {
    const document = '{"ts": 1, "meta": {"at": "2026-11-24T08:12:31Z"}}';
    expect(times(document, jsonSourceWith({ time: '/meta/at' }))).to.deep.equal([1_795_507_951_000_000_000n]);
    expect(times(document, jsonSourceWith({ time: ['/nothing', '/ts'] }))).to.deep.equal([1_000_000_000n]);
  });

  for (const settings of [{ tme: '/x' }, { time: 5 }, { time: [5] }, 'time'])
    it(`refuses the settings ${JSON.stringify(settings)}`, () =>
      expect(() => jsonSourceWith(settings)).to.throw(TypeError));
});
