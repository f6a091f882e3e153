import { expect } from 'chai';
import fc from 'fast-check';
import { parseListenAddress } from '../../../daemon/inputs/address.ts';
import { alertOfText } from '../../../daemon/inputs/alert-text.ts';
import { Backoff } from '../../../daemon/inputs/backoff.ts';
import { isRotationOf } from '../../../daemon/inputs/file/rotation.ts';
import { clientOf, RateLimit } from '../../../daemon/inputs/http/rate-limit.ts';
import { commonInputSettings, INPUT_KINDS } from '../../../daemon/inputs/index.ts';
import { LineCutter } from '../../../daemon/inputs/lines.ts';
import { AlertError, readAlert } from '../../../outputs/index.ts';

describe('LineCutter', () => {
  it('gives the same lines however a stream is cut', () =>
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('', '\r', 'a'.repeat(9))), {
          maxLength: 9,
        }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        fc.boolean(),
        (texts, steps, ends) => {
          const whole = Buffer.from(texts.join('\n') + (ends ? '\n' : ''));
          const cutter = new LineCutter(8);
          const lines: string[] = [];
          let tooLong = 0;
          let consumed = 0;
          const add = (piece: ReturnType<LineCutter['push']>): void => {
            lines.push(...piece.lines.map(String));
            tooLong += piece.tooLong;
            consumed += piece.consumed;
          };
          for (let at = 0, n = 0; at < whole.length; n++) {
            const step = steps[n % steps.length]!;
            add(cutter.push(whole.subarray(at, at + step)));
            at += step;
            expect(consumed + cutter.pending).to.equal(Math.min(at, whole.length));
          }
          add(cutter.end());
          const expected = whole.toString().split('\n');
          if (expected.at(-1) === '') expected.pop();
          const stripped = expected.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
          const fits = stripped.filter((line) => Buffer.byteLength(line) <= 8);
          expect(lines).to.deep.equal(fits);
          expect(tooLong).to.equal(stripped.length - fits.length);
          expect(consumed).to.equal(whole.length);
        },
      ),
    ));
});

describe('alertOfText', () => {
  const noon = new Date(2026, 0, 31, 12, 0, 0).getTime();
  const time = (line: string, received: number): string => alertOfText(line, { input: 'in', received }).time;
  const local = (day: number, ...clock: [number, number, number]): string =>
    new Date(2026, 0, day, ...clock).toISOString().slice(0, 19);
  it('takes the day from when it was read', () =>
    expect(time('11:59:58.123456789: Error x', noon)).to.equal(`${local(31, 11, 59, 58)}.123456789Z`));
  it('takes the day before for a time that is still to come', () =>
    expect(time('23:59:58.1: Error x', noon)).to.equal(`${local(30, 23, 59, 58)}.1Z`));
  it('allows for clocks that are a little apart', () =>
    expect(time('12:00:30: Error x', noon)).to.equal(`${local(31, 12, 0, 30)}Z`));
  it('takes the day after for a clock that is ahead at midnight', () =>
    expect(time('00:00:10: Error x', new Date(2026, 0, 30, 23, 59, 50).getTime())).to.equal(
      `${local(31, 0, 0, 10)}Z`,
    ));
  it('gives alerts that can be read again, or none', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 2, maxLength: 2 });
    const clock = fc.tuple(digits, digits, digits).map((parts) => parts.join(':'));
    const fraction = fc.string({ unit: fc.constantFrom(...'0159'), maxLength: 14 }).map((text) => `.${text}`);
    const zone = fc.constantFrom('', 'Z', '+0000', '-01:30', '+99:00', '+24:61');
    const date = fc.constantFrom('', '2026-01-31T', '2026-13-31T', '2026-00-00T', '0000-12-31T');
    const line = fc.tuple(date, clock, fc.option(fraction, { nil: '' }), zone, fc.string());
    fc.assert(
      fc.property(line, ([day, hours, part, offset, text]) => {
        const origin = { input: 'in', received: noon };
        let alert;
        try {
          alert = alertOfText(`${day}${hours}${part}${offset}: Error ${text}`, origin);
        } catch (error) {
          expect(error).to.be.an.instanceof(AlertError);
          return;
        }
        expect(readAlert(alert.json, origin)).to.deep.equal(alert);
      }),
      { numRuns: 2000 },
    );
  });
  it('keeps a time with its date', () =>
    expect(time('2026-01-31T12:34:56.123456789+0000: Error x', noon)).to.equal(
      '2026-01-31T12:34:56.123456789+0000',
    ));
  for (const line of [
    '',
    'x',
    '12:34:56.1: High x',
    '12:34: Error x',
    '{"rule":1}',
    '24:00:00: Error x',
    '12:60:00: Error x',
    '2026-13-31T12:34:56Z: Error x',
    '2026-01-31T12:34:56.1234567890123Z: Error x',
  ])
    it(`refuses ${JSON.stringify(line)}`, () =>
      expect(() => alertOfText(line, { input: 'in', received: noon })).to.throw(
        /a time and a priority was expected/,
      ));
});

describe('Backoff', () => {
  it('doubles up to its limit, less some chance, and begins again', () => {
    const pauses = (random: number): number[] => {
      const backoff = new Backoff(100, 500, () => random);
      const all = [1, 2, 3, 4].map(() => backoff.next());
      backoff.reset();
      return [...all, backoff.next()];
    };
    expect(pauses(1)).to.deep.equal([100, 200, 400, 500, 100]);
    expect(pauses(0)).to.deep.equal([50, 100, 200, 250, 50]);
  });
});

describe('RateLimit', () => {
  it('lets clients have what they may, and all together what all may', () => {
    const limit = new RateLimit({ perClient: { count: 2, per: 1000 }, total: { count: 3, per: 1000 } }, 0);
    expect(['a', 'a', 'a', 'b', 'b'].map((address) => limit.take(address, 0))).to.deep.equal([
      undefined, undefined, 500, undefined, 334,
    ]); // prettier-ignore
    expect(limit.take('b', 400)).to.equal(undefined);
  });
  it('lets everything pass without limits', () => {
    const limit = new RateLimit({}, 0);
    for (let n = 0; n < 100; n++) expect(limit.take('a', 0)).to.equal(undefined);
  });
  it('forgets those who were quiet for longest', () => {
    const limit = new RateLimit({ perClient: { count: 1, per: 1000 } }, 0);
    for (let n = 0; n <= 10_000; n++) limit.take(`10.0.${n >> 8}.${n & 255}`, 0);
    expect(limit.take('10.0.0.0', 0), 'forgotten').to.equal(undefined);
    expect(limit.take('10.0.39.16', 0), 'known').to.equal(1000);
  });
  const clients: readonly [string, string][] = [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ];
  for (const [address, client] of clients)
    it(`counts ${address} as ${client}`, () => expect(clientOf(address)).to.equal(client));
});

describe('parseListenAddress', () => {
  const cases: readonly [string, object | undefined][] = [
    ['127.0.0.1:2801', { host: '127.0.0.1', port: 2801 }],
    ['[::1]:2801', { host: '::1', port: 2801 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    [':2801', { host: undefined, port: 2801 }],
    ['2801', undefined],
    ['::1:2801', undefined],
    ['a:70000', undefined],
    ['http://a:80', undefined],
    ['', undefined],
  ];
  for (const [text, address] of cases)
    it(`reads ${JSON.stringify(text)}`, () => expect(parseListenAddress(text)).to.deep.equal(address));
});

describe('isRotationOf', () => {
  const names: readonly [string, boolean][] = [
    ['events.txt.1', true],
    ['events.txt.12.gz', true],
    ['events.txt-20260131', true],
    ['events.txt-20260131-1769862896.zst', true],
    ['events-2026-01-31T12-00-00.000.txt', true],
    ['events-20260131.txt.gz', true],
    ['events.txt', false],
    ['events.txt.bak', false],
    ['events.txt.swp', false],
    ['events.txt.gz', false],
    ['other.txt.1', false],
    ['events.txtx.1', false],
    ['events-old.txt', false],
  ];
  for (const [name, expected] of names)
    it(`${expected ? 'knows' : 'does not know'} ${name}`, () =>
      expect(isRotationOf(name, 'events.txt')).to.equal(expected));
});

describe('the kinds of inputs', () => {
  for (const { kind, config, example, secrets } of INPUT_KINDS)
    it(`${kind} has an example that works, and secrets that are settings`, () => {
      const result = config.safeParse(example);
      expect(result.error?.issues).to.equal(undefined);
      const known = Object.keys(result.data as object);
      for (const secret of secrets)
        expect([...known, 'token', 'hmac_secret', 'subscribe']).to.include(secret);
      expect(commonInputSettings.parse({ kind, name: 'a' })).to.deep.include({ kind, enabled: true });
    });
});
