import { expect } from 'chai';
import { bindField } from '../../../engine/fields/index.ts';
import { EVENTS } from '../../../engine/tables/events.generated.ts';
import {
  EVENT_FLAGS,
  eventReference,
  isSeen,
  PARAMETER_TYPES,
  seenPart,
} from '../../../engine/tables/reference.ts';

const events = eventReference();
const eventOf = (name: string) => events.find((event) => event.name === name)!;

describe('the reference of events', () => {
  it('has each name once, in alphabetical order', () => {
    const names = events.map(({ name }) => name);
    expect(names).to.deep.equal([...new Set(names)].sort());
  });

  it('has names that conditions accept, and none for places that are not used', () => {
    const { parseValue } = bindField('evt.type') as { parseValue: (text: string, op: '=') => unknown };
    for (const { name } of events) expect(parseValue(name, '=')).to.equal(name);
    for (const name of ['NA', 'syscall', 'asyncevent']) {
      expect(parseValue(name, '='), 'accepted all the same').to.equal(name);
      expect(eventOf(name)).to.equal(undefined);
    }
  });

  it('has every event type that is used', () => {
    const codes = new Set(events.flatMap(({ types }) => types.map(({ info }) => info.code)));
    const missing = EVENTS.filter(({ code, flags }) => !codes.has(code) && !flags.includes('unused'));
    expect(missing.map(({ symbol }) => symbol)).to.deep.equal(['GENERIC_E']);
  });

  const cases: [name: string, kind: string, syscalls: string[], types: string[]][] = [
    ['openat', 'syscall', ['openat'], ['SYSCALL_OPENAT_2_X current', 'SYSCALL_OPENAT_2_E helper', 'SYSCALL_OPENAT_X old', 'SYSCALL_OPENAT_E old']],
    ['pread', 'syscall', ['pread64'], ['SYSCALL_PREAD_X current', 'SYSCALL_PREAD_E old']],
    ['fcntl', 'syscall', ['fcntl', 'fcntl64'], ['SYSCALL_FCNTL_X current', 'SYSCALL_FCNTL_E old']],
    ['acct', 'generic', ['acct'], ['GENERIC_X current']],
    ['procexit', 'tracepoint', ['sched_process_exit'], ['PROCEXIT_1_E current', 'PROCEXIT_E old']],
    ['container', 'meta', [], ['CONTAINER_JSON_2_E current', 'ASYNCEVENT_E current', 'CONTAINER_JSON_E old', 'CONTAINER_E old']],
    ['container_removed', 'meta', [], ['ASYNCEVENT_E current']],
    ['pluginevent', 'plugin', [], ['PLUGINEVENT_E current']],
    ['task', 'iterator', [], ['ITER_TASK_E current']],
    ['mesos', 'meta', [], ['MESOS_E old']],
  ]; // prettier-ignore
  for (const [name, kind, syscalls, types] of cases)
    it(`knows ${name}`, () => {
      const event = eventOf(name);
      expect(event).to.deep.include({ name, kind, syscalls });
      expect(event.types.map(({ info, status }) => `${info.symbol} ${status}`)).to.deep.equal(types);
      expect(isSeen(event)).to.equal(name !== 'mesos');
      expect(seenPart(event).types).to.have.length(types.filter((type) => type.endsWith('current')).length);
    });

  it('gives every system call whose end rules see one type', () => {
    for (const event of events.filter(({ kind }) => kind === 'syscall'))
      expect(
        seenPart(event).types.map(({ info }) => info.enter),
        event.name,
      ).to.deep.equal([false]);
  });

  it('says what each flag and type of parameter means, as far as rules are concerned', () => {
    const flags = new Set(EVENTS.flatMap((info) => info.flags));
    const ofStorage = ['unused', 'skip_parse_reset', 'old_version', 'converter_managed', 'large_payload'];
    expect([...Object.keys(EVENT_FLAGS), ...ofStorage]).to.have.members([...flags]);
    for (const [type, text] of Object.entries(PARAMETER_TYPES)) expect(text, type).to.match(/^[a-z].*[^.]$/);
  });
});
