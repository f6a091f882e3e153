import { expect } from 'chai';
import fc from 'fast-check';
import { ByteBuffer } from '../../../engine/encoding/byte-buffer.ts';
import { exactJson } from '../../../engine/encoding/codecs.ts';
import { eventFromJson } from '../../../engine/encoding/event-from-json.ts';
import { EncodingError, type JsonInput } from '../../../engine/encoding/json.ts';
import { Event } from '../../../engine/event.ts';
import * as E from '../../../engine/tables/codes.generated.ts';
import { EVENTS } from '../../../engine/tables/events.generated.ts';
import { eventBytes, syntheticEvent } from '../../event-bytes.ts';
import { parameterBytes } from './random-parameters.ts';

const bytesOf = (event: Event) =>
  Buffer.from(event.bytes.subarray(event.start, event.start + event.length)).toString('hex');

describe('eventFromJson', () => {
  it('lays an event out as a capture holds it', () => {
    const event = new Event();
    const params = { flags: 'O_RDONLY', name: '/etc/passwd', fd: 3 };
    eventFromJson({ info: EVENTS[E.SYSCALL_OPENAT_2_X]!, time: 5, tid: 7, params }, new ByteBuffer(), event);
    expect(bytesOf(event)).equals(
      Buffer.from(
        eventBytes(E.SYSCALL_OPENAT_2_X, 7, 5, [
          3,
          undefined,
          '/etc/passwd',
          1,
          undefined,
          undefined,
          undefined,
        ]),
      ).toString('hex'),
    );
    expect(event.string(2)).equals('/etc/passwd');
  });

  it('uses its memory again, whatever the event before was', () => {
    const out = new ByteBuffer();
    const event = new Event();
    const info = EVENTS[E.SYSCALL_READ_X]!;
    eventFromJson({ info, time: 1, tid: 1, params: { data: 'x'.repeat(60000), res: 60000 } }, out, event);
    eventFromJson({ info, time: 1n << 63n, tid: -1, params: {}, paramCount: 1, rest: 'ab' }, out, event);
    expect(event).includes({ tid: -1, paramCount: 1, timeHigh: 0x80000000, length: 26 + 2 + 2 });
    expect(bytesOf(event).endsWith('6162')).equals(true);
  });

  const wrong: readonly (readonly [name: string, params: { [key: string]: JsonInput }, count: number, message: RegExp, path: string])[] = [
    ['an unknown parameter', { nam: 'x' }, 4, /no parameter "nam"/, 'params.nam'],
    ['a parameter beyond the count', { size: 1 }, 2, /2 parameters by its param_count, and this is number 4/, 'params.size'],
    ['a value of another type', { fd: 'x' }, 4, /an integer was expected/, 'params.fd'],
    ['a value that is too long', { data: 'x'.repeat(65536) }, 4, /65536 bytes are too long/, 'params.data'],
    ['a name that objects have by themselves', JSON.parse('{"__proto__": 1}') as { [key: string]: JsonInput }, 4, /no parameter "__proto__"/, 'params.__proto__'],
  ]; // prettier-ignore
  for (const [name, params, paramCount, message, path] of wrong)
    it(`refuses ${name}`, () => {
      const info = EVENTS[E.SYSCALL_READ_X]!;
      let thrown: unknown;
      try {
        eventFromJson({ info, time: 0, tid: 0, params, paramCount }, new ByteBuffer(), new Event());
      } catch (error) {
        thrown = error;
      }
      expect(thrown).instanceOf(EncodingError);
      expect((thrown as EncodingError).message).matches(message);
      expect((thrown as EncodingError).path.join('.')).equals(path);
    });

  it('makes the same bytes of what exactJson gives, for every event type', () => {
    const out = new ByteBuffer();
    const again = new Event();
    for (const info of EVENTS)
      fc.assert(
        fc.property(fc.tuple(...info.params.map(parameterBytes)), (params) => {
          const event = syntheticEvent(info.code, 1, 2, params);
          const json = info.params.map(({ name }, i) => `"${name}":${exactJson(event, i)}`);
          const parsed = JSON.parse(`{${json.join(',')}}`) as { [key: string]: JsonInput };
          eventFromJson({ info, time: 2, tid: 1, params: parsed }, out, again);
          expect(bytesOf(again), info.symbol).equals(bytesOf(event));
        }),
        { numRuns: 40 },
      );
  });
});
