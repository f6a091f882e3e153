import { expect } from 'chai';
import { RawJson, toBytes } from '../../../engine/index.ts';
import { parseCloudTrail, salvageCloudTrail } from '../../../sources/aws-cloudtrail/event.ts';
import cloudTrail from '../../../sources/aws-cloudtrail/index.ts';

const event = (more: object = {}): object => ({
  eventTime: '2026-11-24T08:12:31Z',
  eventType: 'AwsApiCall',
  eventName: 'A',
  ...more,
});
const document = (value: unknown): RawJson => RawJson.parse(toBytes(JSON.stringify(value)));
const found = (value: unknown): unknown[] =>
  [...parseCloudTrail(document(value))].map((one) =>
    'problem' in one ? one.problem : one.data.get('eventName')?.string,
  );

const cases: readonly [name: string, document: unknown, events: unknown[]][] = [
  ['a log file', { Records: [event(), event({ eventName: 'B' })] }, ['A', 'B']],
  ['an empty log file', { Records: [] }, []],
  ['an event by itself', event(), ['A']],
  ['a list', [event(), event({ eventName: 'B' })], ['A', 'B']],
  ['an event of EventBridge', { 'detail-type': 'AWS API Call via CloudTrail', detail: event() }, ['A']],
  ['lists in lists', { Records: [[event(), [event({ eventName: 'B' })]]] }, ['A', 'B']],
  ['Insights', { Records: [event({ eventType: 'AwsCloudTrailInsight' }), event()] }, ['A']],
  ['no type', { Records: [event({ eventType: undefined }), event()] }, ['an event has no "eventType"', 'A']],
  ['no time', { Records: [{ eventType: 'x' }] }, ['an event has no "eventTime"']],
  ['a time that is none', event({ eventTime: 5 }), ['the "eventTime" of an event is no time: 5']],
  ['something else', { a: 1 }, ['this is no event of CloudTrail, and holds none']],
  ['a number', 5, ['this is no event of CloudTrail, and holds none']],
];

describe('parseCloudTrail', () => {
  for (const [name, value, events] of cases) it(name, () => expect(found(value)).to.deep.equal(events));

  it('takes the events of each member, also of those with one name', () => {
    const list = (name: string): string => JSON.stringify([event({ eventName: name })]);
    const twice = RawJson.parse(`{"Records":${list('A')},"Records":${list('B')}}`);
    const names = [...parseCloudTrail(twice)].map(
      (one) => 'data' in one && one.data.get('eventName')?.string,
    );
    expect(names).to.deep.equal(['A', 'B']);
  });

  describe('what is whole in a text that is no JSON', () => {
    const [a, b, c] = ['A', 'B{"\\"', 'C'].map((name) =>
      JSON.stringify(event({ eventName: name, userIdentity: { type: 'Root' } })),
    ) as [string, string, string];
    for (const [what, text, names] of [
      ['a file that is cut off', `{"Records":[${a},${b},${c.slice(0, -5)}`, ['A', 'B{"\\"']],
      ['one that ends in a string', `{"Records":[${a}, {"eventName": "x`, ['A']],
      ['a record with something wrong', `{"Records":[${a},{"eventTime":tomorrow},${c}]}`, ['A', 'C']],
      ['objects that are no events', '{"Records":[{"a":1},{"eventTime":"2026-11-24T08:12:31Z"}', []],
      ['an event by itself', a.slice(0, -1), []],
      ['braces without an end', '}}}{{{', []],
      ['no text', '', []],
    ] as const)
      it(what, () =>
        expect(
          [...salvageCloudTrail(toBytes(text))].map(({ data }) => data.get('eventName')?.string),
        ).to.deep.equal(names),
      );
  });

  it('gives the time to the nanosecond', () => {
    const [first] = parseCloudTrail(document(event({ eventTime: '2026-11-24T08:12:31.5+01:00' })));
    expect(first).to.have.property('time', 1_795_504_351_500_000_000n);
  });

  it('describes an event in one line', () => {
    const whole = event({
      userIdentity: { type: 'IAMUser', userName: 'alice' },
      sourceIPAddress: '203.0.113.9',
      eventSource: 's3.amazonaws.com',
      awsRegion: 'eu-central-1',
    });
    expect(cloudTrail.describe(document(whole))).to.equal(
      toBytes('eu-central-1 alice s3 A alice via 203.0.113.9 ← A'),
    );
    expect(cloudTrail.describe(document(event()))).to.equal('');
  });

  for (const [identity, who] of [
    [undefined, ''],
    [{ type: 5 }, ''],
    [{ type: 'IAMUser', userName: '' }, ''],
    [{ type: 'IAMUser' }, '<NA>'],
    [{ type: 'AWSService' }, '<NA>'],
    [{ type: 'Directory' }, '<unknown user type>'],
  ] as const)
    it(`begins the line with "r${who}" for ${JSON.stringify(identity)}`, () => {
      const said = event({ eventSource: 'sts.amazonaws.com', awsRegion: 'r', userIdentity: identity });
      expect(cloudTrail.describe(document(said)).startsWith(`r${who} sts A `)).to.equal(true);
    });
});
