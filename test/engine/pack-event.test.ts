import { expect } from 'chai';
import { packEvent, uint32Bytes } from '../../engine/pack-event.ts';
import { ASYNCEVENT_E, SYSCALL_READ_X } from '../../engine/tables/codes.generated.ts';
import { eventBytes } from '../event-bytes.ts';

describe('events made of their parts', () => {
  it('are laid out as those of a driver', () => {
    const { bytes } = packEvent(SYSCALL_READ_X, 1n << 60n, -1, ['\x05\0\0\0\0\0\0\0', 'data']);
    expect([...bytes]).to.deep.equal([...eventBytes(SYSCALL_READ_X, -1, 1n << 60n, [5, 'data'])]);
  });

  it('have long lengths where the type has', () => {
    const data = 'x'.repeat(70_000);
    const event = packEvent(ASYNCEVENT_E, 5n, 1, [uint32Bytes(0xfffefdfc), 'name\0', data]);
    expect([event.uint32(0), event.string(1), event.buffer(2)]).to.deep.equal([0xfffefdfc, 'name', data]);
  });

  it('refuse a parameter that is too long for the type', () => {
    expect(() => packEvent(SYSCALL_READ_X, 5n, 1, ['x'.repeat(70_000)])).to.throw(RangeError, '70000 bytes');
  });
});
