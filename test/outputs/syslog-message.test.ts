import { expect } from 'chai';
import fc from 'fast-check';
import { cefMessage, syslogMessage, type SyslogForm } from '../../outputs/syslog-message.ts';
import { parseSyslogAddress } from '../../outputs/syslog-connection.ts';
import { alert } from './kinds/opened.ts';

const form: SyslogForm = {
  protocol: 'rfc5424',
  facility: 'user',
  app_name: 'falco',
  cef: false,
  structured_data: false,
};
const local = new Date('2026-01-03T02:03:04.5Z');
const two = (n: number): string => String(n).padStart(2, '0');
const oldTime = `Jan ${String(local.getDate()).padStart(2)} ${two(local.getHours())}:${two(local.getMinutes())}:04`;

describe('syslogMessage', () => {
  const cases: readonly [string, Partial<SyslogForm>, Record<string, unknown>, string][] = [
    ['RFC 5424', {}, {}, '<12>1 2026-01-31T12:34:56.123456Z node-1 falco - alert - text'],
    [
      'another facility, the most severe',
      { facility: 'local7' },
      { priority: 'Emergency' },
      '<184>1 2026-01-31T12:34:56.123456Z node-1 falco - alert - text',
    ],
    [
      'a host that is not ASCII',
      {},
      { hostname: 'k\u00e4 se' },
      '<12>1 2026-01-31T12:34:56.123456Z k__se falco - alert - text',
    ],
    [
      'an offset without a colon',
      {},
      { time: '2026-01-31t12:34:56+0530' },
      '<12>1 2026-01-31T12:34:56+05:30 node-1 falco - alert - text',
    ],
    [
      'RFC 3164',
      { protocol: 'rfc3164', app_name: 'x' },
      { time: '2026-01-03T02:03:04.5Z' },
      `<12>${oldTime} node-1 x: text`,
    ],
    [
      'the local socket',
      { protocol: 'local' },
      { time: '2026-01-03T02:03:04.5Z', priority: 'Debug' },
      `<15>${oldTime} falco: text`,
    ],
  ];
  for (const [what, settings, content, expected] of cases)
    it(`writes ${what}`, () =>
      expect(syslogMessage(alert(content), () => 'text', { ...form, ...settings })).to.equal(expected));

  it('escapes structured data', () => {
    const one = alert({ rule: 'a "b" ]\\\n', tags: ['x', 'y'] });
    expect(syslogMessage(one, () => 't', { ...form, structured_data: true })).to.equal(
      `<12>1 2026-01-31T12:34:56.123456Z node-1 falco - alert [falco@32473 id="${one.id}" rule="a \\"b\\" \\]\\\\ " source="syscall" tags="x,y"] t`,
    );
  });

  it('is one line whatever the alert says', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.constantFrom(...(['rfc5424', 'rfc3164', 'local'] as const)),
        fc.boolean(),
        (text, protocol, cef) => {
          const one = alert({
            rule: text,
            hostname: text,
            tags: [text],
            output: text,
            output_fields: { [text]: text },
          });
          const message = syslogMessage(one, () => text, { ...form, protocol, cef, structured_data: true });
          expect(message).not.to.match(/[\r\n]/);
        },
      ),
    ));
});

describe('cefMessage', () => {
  it('has all that the alert says', () => {
    const one = alert({
      output_fields: { 'user.name': 'root', 'proc.aname[2]': 'bash', 'fd.sport': 80, none: null },
    });
    expect(cefMessage(one)).to.equal(
      `CEF:0|Falco|Falco|1|Read shadow|Read shadow|6|rt=1769862896123 externalId=${one.id} cat=syscall dvchost=node-1 ` +
        'msg=12:34:56.123456789: Warning Shadow read (user\\=root) cs1Label=tags cs1=file,T1003 suser=root Proc_aname_2=bash dpt=80',
    );
  });

  it('escapes bars in the head, and equal signs and line ends behind it', () => {
    const one = alert({ rule: 'a|b\\c', output: 'x=1\\\r\ny|z', tags: [], output_fields: {} });
    const message = cefMessage(one);
    expect(message).to.match(/^CEF:0\|Falco\|Falco\|1\|a\\\|b\\\\c\|a\\\|b\\\\c\|6\|/);
    expect(message).to.match(/msg=x\\=1\\\\\\ny\|z$/);
  });

  it('can be read back', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const message = cefMessage(alert({ rule: text, output: text, tags: [], output_fields: {} }));
        const part = '((?:[^|\\\\]|\\\\.)*)';
        const [, name, , value] = new RegExp(
          `^CEF:0\\|Falco\\|Falco\\|1\\|${part}\\|${part}\\|6\\|.* msg=((?:[^=\\\\]|\\\\.)*)$`,
          's',
        ).exec(message)!;
        for (const read of [name!, value!]) expect(read.replace(/\\(.)/gs, '$1')).to.equal(text);
      }),
    ));
});

describe('parseSyslogAddress', () => {
  const cases: readonly [string, object | undefined][] = [
    ['udp://h', { transport: 'udp', host: 'h', port: 514 }],
    ['tcp://h:1514/', { transport: 'tcp', host: 'h', port: 1514 }],
    ['tls://[::1]:6514', { transport: 'tls', host: '::1', port: 6514 }],
    ['unix:///dev/log', { transport: 'unix', path: '/dev/log' }],
    ['unix:/dev/log', { transport: 'unix', path: '/dev/log' }],
    ['h:514', undefined],
    ['udp://h:99999', undefined],
    ['udp://', undefined],
    ['http://h', undefined],
  ];
  for (const [text, expected] of cases)
    it(`${text}`, () => expect(parseSyslogAddress(text)).to.deep.equal(expected));
});
