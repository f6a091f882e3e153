import { expect } from 'chai';
import {
  DEFAULT_ALERT_FORMAT,
  formatAlert,
  formatInternalAlert,
  makeAlert,
  type Alert,
} from '../../engine/alert.ts';
import { toBytes } from '../../engine/bytes.ts';
import { bindField } from '../../engine/fields/index.ts';
import { compileOutput, type Output } from '../../engine/format.ts';
import * as code from '../../engine/tables/codes.generated.ts';
import { syntheticEvent } from '../event-bytes.ts';

const alert: Alert = {
  rule: 'Shell',
  priority: 'Warning',
  source: 'syscall',
  time: 1_600_000_000_123_456_789n,
  hostname: 'host',
  tags: ['shell', 'T1059', 'shell'],
  message: toBytes('Shell of caf\u00e9'),
  fields: new Map([['proc.name', 'bash']]),
};
const json = { ...DEFAULT_ALERT_FORMAT, json: true, iso8601: true };
const outputOf = (text: string): Output => compileOutput(text, bindField) as Output;

describe('alerts', () => {
  const TEXTS = [
    [{ ...DEFAULT_ALERT_FORMAT, utcOffset: () => 0 }, '12:26:40.123456789: Warning Shell of café'],
    [{ ...DEFAULT_ALERT_FORMAT, utcOffset: () => -5 * 3600 }, '07:26:40.123456789: Warning Shell of café'],
    [{ ...DEFAULT_ALERT_FORMAT, iso8601: true }, '2020-09-13T12:26:40.123456789+0000: Warning Shell of café'],
    [
      json,
      '{"hostname":"host","output":"2020-09-13T12:26:40.123456789+0000: Warning Shell of café",' +
        '"output_fields":{"evt.time.iso8601":1600000000123456789,"proc.name":"bash"},"priority":"Warning","rule":"Shell",' +
        '"source":"syscall","tags":["T1059","shell"],"time":"2020-09-13T12:26:40.123456789Z"}',
    ],
    [
      {
        ...json,
        iso8601: false,
        includeOutput: false,
        includeMessage: true,
        includeTags: false,
      },
      '{"hostname":"host","message":"Shell of café","output_fields":{"evt.time":1600000000123456789,"proc.name":"bash"},' +
        '"priority":"Warning","rule":"Shell","source":"syscall","time":"2020-09-13T12:26:40.123456789Z"}',
    ],
    [
      { ...json, includeOutput: false, includeFields: false, includeTags: false },
      '{"hostname":"host","priority":"Warning","rule":"Shell","source":"syscall","time":"2020-09-13T12:26:40.123456789Z"}',
    ],
  ] as const;
  for (const [format, line] of TEXTS)
    it(`prints ${line.slice(0, 60)}`, () => expect(formatAlert(alert, format)).to.equal(toBytes(line)));

  it('prints those of Falco about itself in their own form', () => {
    const own: Alert = {
      rule: 'Falco internal: x',
      priority: 'Informational',
      source: 'internal',
      time: 1_700_000_000_000_000_005n,
      hostname: 'here',
      tags: [],
      message: 'Falco internal: x. Limit: 1 MB.',
      fields: new Map([
        ['written_bytes', 1048600],
        ['max_file_size_mb', 1],
      ]),
    };
    const format = { ...DEFAULT_ALERT_FORMAT, iso8601: true, includeFields: false, utcOffset: () => 3600 };
    expect(formatInternalAlert(own, format)).to.equal(
      '23:13:20.000000005: Informational Falco internal: x. Limit: 1 MB. (max_file_size_mb=1 written_bytes=1048600)',
    );
    expect(formatInternalAlert(own, { ...format, json: true })).to.equal(
      '{"hostname":"here","output":"Falco internal: x. Limit: 1 MB.","output_fields":{"max_file_size_mb":1,"written_bytes":1048600},"priority":"Informational","rule":"Falco internal: x","source":"internal","time":"2023-11-14T22:13:20.000000005Z"}',
    );
  });

  it('takes message and fields from the event', () => {
    const extraFields = [
      { key: 'evt.num', output: outputOf('%evt.num'), raw: true },
      { key: 'odd', output: outputOf('%evt.num'), raw: true },
      { key: 'plain', output: outputOf('fixed'), raw: false },
      { key: 'text', output: outputOf('<%evt.num>'), raw: false },
    ];
    const event = syntheticEvent(code.SYSCALL_CLOSE_X, 1, 5n, [0, 3]);
    event.num = 9;
    const made = makeAlert(
      {
        name: 'Close',
        priority: 'Debug',
        source: 'syscall',
        tags: [],
        output: outputOf('closed %evt.arg.fd'),
        extraFields,
      },
      event,
      'here',
    );
    expect(made.message).to.equal('closed 3');
    expect(made.time).to.equal(5n);
    expect([...made.fields]).to.deep.equal([
      ['evt.arg.fd', '3'],
      ['evt.num', 9],
      ['odd', null],
      ['plain', 'fixed'],
      ['text', '<9>'],
    ]);
  });
});
