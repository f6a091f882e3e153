import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { AlertFields, Double, fromBytes } from '../../engine/index.ts';
import {
  AlertError,
  MAX_ALERT_BYTES,
  alertFieldValues,
  alertId,
  changeAlert,
  composeAlert,
  readAlert,
  type AlertContent,
} from '../../outputs/alert.ts';
import { hasOracle, oraclePath } from '../oracle.ts';

const origin = { input: 'test', received: 1_700_000_000_000 };
const read = (json: string | Buffer) => readAlert(json, origin);

const minimal = { rule: 'R', priority: 'Warning', time: '2026-01-31T12:34:56.123456789Z' };
const withKeys = (keys: object): string => JSON.stringify({ ...minimal, ...keys });

describe('readAlert', () => {
  it('reads what Falco 0.44 prints', () => {
    const json =
      '{"hostname":"h","output":"12:34:56.123456789: Warning x (user=root)","output_fields":{"evt.time":1769862896123456789,"fd.name":null,"proc.aname":["a","b"],"x":1.5,"y":true},"priority":"Warning","rule":"R","source":"syscall","tags":["a","b"],"time":"2026-01-31T12:34:56.123456789Z"}';
    const { fields, id, ...rest } = read(json);
    expect(rest).to.deep.equal({
      ...origin,
      rule: 'R',
      priority: 'Warning',
      source: 'syscall',
      hostname: 'h',
      time: '2026-01-31T12:34:56.123456789Z',
      tags: ['a', 'b'],
      output: '12:34:56.123456789: Warning x (user=root)',
      json,
    });
    expect(id).to.match(/^[0-9a-f]{32}$/);
    expect([...fields]).to.deep.equal([
      ['evt.time', 1769862896123456789n],
      ['fd.name', null],
      ['proc.aname', ['a', 'b']],
      ['x', 1.5],
      ['y', true],
    ]);
  });

  const accepted: readonly [string, object, object][] = [
    ['Falco 0.18: no hostname, source, tags', {}, { hostname: '', source: 'syscall', tags: [], output: '' }],
    ['an internal message without fields', { source: 'internal', output_fields: {} }, { source: 'internal' }],
    ['output_fields that are null', { output_fields: null }, { tags: [] }],
    ['tags that are null', { tags: null }, { tags: [] }],
    ['what was read from text', { rule: '', source: '' }, { rule: '', source: '' }],
    ['only a message', { message: 'm' }, { output: 'm' }],
    ['an output and a message', { output: 'o', message: 'm' }, { output: 'o' }],
    ['priority in small letters', { priority: 'critical' }, { priority: 'Critical' }],
    ['priority info', { priority: 'info' }, { priority: 'Informational' }],
    ['falcosidekick: uuid, source syscalls', { uuid: 'u', source: 'syscalls' }, { source: 'syscalls' }],
    ['a time with an offset', { time: '2026-01-31T12:34:56+05:30' }, { time: '2026-01-31T12:34:56+05:30' }],
    ['NUL in text', { output: 'a\0b' }, { output: 'a\0b' }],
    ['keys of objects that JavaScript has', { ['__proto__']: 1, constructor: 'x' }, {}],
  ];
  for (const [what, keys, expected] of accepted)
    it(`accepts ${what}`, () => expect(read(withKeys(keys))).to.deep.include(expected));

  it('makes one line of what is printed over several, and of a text with a byte order mark', () =>
    expect(read(`\ufeff${JSON.stringify(minimal, null, 2)}\r\n`).json).to.equal(
      '{   "rule": "R",   "priority": "Warning",   "time": "2026-01-31T12:34:56.123456789Z" }',
    ));

  it('reads bytes that are not UTF-8 as U+FFFD', () =>
    expect(read(Buffer.from(withKeys({ output: 'a?' }).replace('a?', 'a\xff'), 'latin1')).output).to.equal(
      'a\ufffd',
    ));

  const refused: readonly [string, string, RegExp][] = [
    ['nothing', '', /nothing was found/],
    ['a text line', '12:34:56.1: Warning x', /^not JSON: .* was expected|^not JSON/],
    ['a list', '[]', /an alert is a JSON object, and a list was found/],
    ['null', 'null', /and null was found/],
    ['no rule', '{"priority":"Debug"}', /rule: text was expected, and nothing was found/],
    ['a rule that is a number', withKeys({ rule: 5 }), /rule: text was expected, and 5 was found/],
    [
      'a priority that there is not',
      withKeys({ priority: 'High' }),
      /priority: a priority was expected, and "High"/,
    ],
    ['a priority that is a number', withKeys({ priority: 4 }), /and 4 was found/],
    ['no time', withKeys({ time: undefined }), /time: a time such as .* and nothing was found/],
    ['another time', withKeys({ time: '2026-13-01T00:00:00Z' }), /time: a time such as/],
    ['tags that are text', withKeys({ tags: 'a' }), /tags: a list of text was expected, and "a" was found/],
    ['a tag that is a number', withKeys({ tags: ['a', 1] }), /tags\[1\]: text was expected, and 1 was found/],
    [
      'fields that are a list',
      withKeys({ output_fields: [] }),
      /output_fields: an object was expected, and a list/,
    ],
    [
      'a source that is an object',
      withKeys({ source: {} }),
      /source: text was expected, and an object was found/,
    ],
    [
      'an output that is false',
      withKeys({ output: false }),
      /output: text was expected, and false was found/,
    ],
    ['keys that come twice', '{"rule":"a","rule":"b"}', /the key "rule" comes twice \(character 13\)/],
    ['a cut text', withKeys({}).slice(0, 30), /the text ends within a string|the end was found/],
    ['more behind the alert', `${withKeys({})} {}`, /the end was expected, and "\{\}" was found/],
    ['deep nesting', `{"a":${'['.repeat(100_000)}`, /more than 32 objects and lists within one another/],
    ['a number of a megabyte', `{"a":${'9'.repeat(900_000)}}`, /a number of 900000 digits/],
    ['too many bytes', withKeys({ output: 'x'.repeat(MAX_ALERT_BYTES) }), /at most 1048576 are read/],
  ];
  for (const [what, json, message] of refused)
    it(`refuses ${what}`, () => expect(() => read(json)).to.throw(AlertError, message));

  it('says which keys there are where one is missing', () => {
    try {
      read('{"Rule":"x","priority":"Debug"}');
      expect.fail('read');
    } catch (error) {
      expect((error as AlertError).hint).to.equal('the alert has the keys Rule, priority');
    }
  });

  it('reads long strings with and without escapes', () => {
    for (const text of ['x'.repeat(900_000), '\n'.repeat(400_000), '\u00e4'.repeat(300_000)])
      expect(read(withKeys({ output: text })).output).to.equal(text);
  });

  it('never fails with anything but an AlertError', () => {
    const seed = withKeys({
      tags: ['a'],
      output_fields: { 'evt.time': 1, b: [null, { c: 1.5e3 }], d: '\u20ac\n' },
    });
    const mutated = fc
      .array(fc.tuple(fc.nat(seed.length), fc.nat(3), fc.string({ unit: 'binary', maxLength: 4 })), {
        maxLength: 4,
      })
      .map((edits) =>
        edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), seed),
      );
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ unit: 'binary' }), fc.json()), (text) => {
        try {
          read(text);
        } catch (error) {
          expect(error).to.be.instanceOf(AlertError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

const fieldArbitrary = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.maxSafeInteger().filter((n) => !Object.is(n, -0)),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string()),
);
const contentArbitrary: fc.Arbitrary<AlertContent> = fc.record({
  rule: fc.string({ minLength: 1 }),
  priority: fc.constantFrom('Emergency' as const, 'Warning' as const, 'Debug' as const),
  source: fc.constantFrom('syscall', 'k8s_audit', 'internal'),
  hostname: fc.string(),
  time: fc.constant('2026-01-31T12:34:56.123456789Z'),
  tags: fc.array(fc.string()),
  output: fc.string({ minLength: 1 }),
  fields: fc.array(fc.tuple(fc.string(), fieldArbitrary)).map((entries) => new Map(entries)),
});

describe('composeAlert', () => {
  it('gives what readAlert reads', () =>
    fc.assert(
      fc.property(contentArbitrary, (content) => {
        expect(read(composeAlert(content, origin).json)).to.deep.include(content);
      }),
    ));

  it('gives the bytes of Falco', function () {
    if (!hasOracle()) this.skip();
    let count = 0;
    for (const name of readdirSync(oraclePath('alerts')))
      for (const line of readFileSync(oraclePath('alerts', name), 'utf8').split('\n').slice(0, 200)) {
        if (!line.startsWith('{') || /\d\.0[,}]/.test(line)) continue;
        count++;
        expect(composeAlert(read(line), origin).json).to.equal(line);
      }
    expect(count).to.be.greaterThan(100);
  });
});

describe('the id of an alert', () => {
  it('is the same whatever the order of keys, blanks and escapes are', () => {
    expect(alertId('{"a": 1, "b": {"d": "\\u0041", "c": [2]}}')).to.equal(
      alertId('{"b":{"c":[2],"d":"A"},"a":1}'),
    );
    expect(alertId('{}')).to.equal('44136fa355b3678a1146ad16f7e8649e');
  });

  it("leaves falcosidekick's uuid out", () =>
    expect(read(withKeys({ uuid: '1' })).id).to.equal(read(withKeys({ uuid: '2' })).id));

  it('tells integers beyond 2^53 apart', () =>
    expect(alertId('{"n":9007199254740993}')).not.to.equal(alertId('{"n":9007199254740992}')));

  it('is that of the JSON for every alert', () =>
    fc.assert(
      fc.property(contentArbitrary, (content) => {
        const { id, json } = composeAlert(content, origin);
        expect(read(json).id).to.equal(id);
      }),
    ));
});

describe('changeAlert', () => {
  const alert = read(withKeys({ extra: [1], output_fields: { n: 1 } }));

  it('changes the JSON, keeps what it does not name, and the id', () => {
    const changed = changeAlert(alert, { priority: 'Alert', fields: new Map([['n', 2n ** 60n]]) });
    expect(changed.json).to.equal(
      '{"extra":[1],"output_fields":{"n":1152921504606846976},"priority":"Alert","rule":"R","time":"2026-01-31T12:34:56.123456789Z"}',
    );
    expect(changed).to.deep.include({ id: alert.id, priority: 'Alert', rule: 'R' });
    expect(read(changed.json).fields).to.deep.equal(changed.fields);
  });
});

describe('alertFieldValues', () => {
  it('is what the fields of the engine read', () => {
    const given = { 'proc.name': 'k\u00e4se', 'evt.rawres': 'BIG', x: 1.5, l: ['a', 2] };
    const { fields } = read(withKeys({ output_fields: given }).replace('"BIG"', '9007199254740993'));
    const values = alertFieldValues(fields);
    expect(values.get('x')).to.deep.equal(new Double(1.5));
    expect(values.get('l')).to.deep.equal(['a', 2]);
    expect(values.get('evt.rawres')).to.equal(9007199254740993n);
    const alertFields = new AlertFields();
    alertFields.values = values;
    const bound = alertFields.bind('proc.name', undefined);
    expect(
      bound !== undefined && 'get' in bound ? fromBytes(String(bound.get({} as never))) : bound,
    ).to.equal('k\u00e4se');
  });
});
