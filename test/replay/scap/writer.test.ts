import { expect } from 'chai';
import fc from 'fast-check';
import type { Event } from '../../../engine/index.ts';
import { FD } from '../../../engine/index.ts';
import {
  ASYNCEVENT_E,
  SYSCALL_CLOSE_X,
  SYSCALL_READ_X,
  USER_ADDED_E,
} from '../../../engine/tables/codes.generated.ts';
import { ScapWriter } from '../../../replay/index.ts';
import { eventBytes, syntheticEvent } from '../../event-bytes.ts';
import { Memory, writeSection } from '../memory-capture.ts';
import { sections } from '../random-sections.ts';
import { readAll, see, type Reading } from './read-all.ts';
import { bytes, concat, eventBlock, flaggedEventBlock, sectionHeader } from './writer.ts';

/** Writes a capture with `fill`, and what reading it gives. */
async function written(fill: (writer: ScapWriter) => void): Promise<{ bytes: Uint8Array; reading: Reading }> {
  const memory = new Memory();
  const writer = new ScapWriter(memory.output);
  fill(writer);
  await writer.drain();
  await writer.close();
  return { bytes: memory.bytes, reading: readAll(memory.bytes) };
}

/** A section without anything that is known of the machine. */
function begin(writer: ScapWriter): void {
  writer.restart();
  writer.ready();
}

const read = (time = 5): Event => syntheticEvent(SYSCALL_READ_X, 7, time, [3, 'abc', 3, 10]);
const user = (): Event => syntheticEvent(USER_ADDED_E, -1, 5, [1, 1, 'alice', '/home/alice', '/bin/sh', '']);

describe('writing .scap captures', () => {
  it('writes an event as libscap does, padded to four bytes', async () => {
    const event = syntheticEvent(SYSCALL_CLOSE_X, 7, 5, [0, 3]);
    event.cpu = 2;
    const { bytes: got } = await written((writer) => {
      begin(writer);
      writer.event(event);
      writer.event(event, 1);
    });
    const plain = eventBytes(SYSCALL_CLOSE_X, 7, 5, [0, 3]);
    expect([...got]).eql([...concat(sectionHeader(), eventBlock(plain, 2), flaggedEventBlock(plain, 2, 1))]);
  });

  it('writes an event of a large type to a large block, with flags too', async () => {
    const params = [0, 'container', bytes().raw(new Uint8Array(100_000)).done()] as const;
    const { bytes: got, reading } = await written((writer) => {
      begin(writer);
      writer.event(read());
      writer.event(syntheticEvent(ASYNCEVENT_E, 1, 5, params));
      writer.event(syntheticEvent(ASYNCEVENT_E, 1, 5, params), 1);
    });
    const large = eventBytes(ASYNCEVENT_E, 1, 5, params);
    expect(
      Buffer.from(
        got.subarray(
          sectionHeader().length + eventBlock(eventBytes(SYSCALL_READ_X, 7, 5, [3, 'abc', 3, 10])).length,
        ),
      ).equals(concat(eventBlock(large, 0, 0x221), flaggedEventBlock(large, 0, 1, 0x222))),
    ).equals(true);
    expect(reading.events.map(({ flags }) => flags)).eql([0, 0, 1]);
  });

  it('takes a large block where flags make an event too long for an ordinary one', async () => {
    const event = syntheticEvent(SYSCALL_READ_X, 7, 5, [0, new Uint8Array(65472), 3, 10]);
    expect(event.length).equals(65472 + 26 + 8 + 20);
    const { reading } = await written((writer) => {
      begin(writer);
      writer.event(event);
      writer.event(event, 1);
    });
    expect(reading.error).equals(undefined);
    expect(reading.events.map(({ flags }) => flags)).eql([0, 1]);
  });

  it('keeps an event out of the initial state that was not in it', async () => {
    // A dropped event of an old driver may have stood between the two users.
    const { reading } = await written((writer) => {
      begin(writer);
      writer.event(user());
      writer.started();
      writer.event(user());
      writer.event(read());
    });
    expect(reading.state.calls).eql(['restart', 'ready', 'event', 'started', 'event', 'event']);
    expect(reading.events.map(({ symbol }) => symbol)).eql([
      'USER_ADDED_E',
      'USER_ADDED_E',
      'SYSCALL_READ_X',
    ]);
  });

  it('writes several sections', async () => {
    const { reading } = await written((writer) => {
      for (const hostname of ['one', 'two']) {
        writer.restart();
        writer.machineInfo({ cpus: 1, memory: 2, maxPid: 3, hostname, bootTime: 4, flags: 5 });
        writer.ready();
        writer.event(read());
      }
    });
    expect(reading.events.length).equals(2);
    expect(reading.state.machine?.hostname).equals('two');
    expect(reading.state.calls.filter((call) => call === 'restart').length).equals(2);
  });

  it('cuts what no reader would take', async () => {
    const { reading } = await written((writer) => {
      writer.restart();
      writer.addUser({
        uid: 1,
        gid: 1,
        name: 'n'.repeat(300),
        homedir: 'h'.repeat(2000),
        shell: 's'.repeat(300),
      });
      writer.addFds(7, [
        { fd: 1, ino: 2, type: FD.FILE_V2, openFlags: 1, mountId: 0, dev: 3, name: 'f'.repeat(2000) },
      ]);
      writer.ready();
      writer.event(read());
    });
    expect(reading.error).equals(undefined);
    expect(reading.state.users[0]).eql({
      uid: 1,
      gid: 1,
      name: 'n'.repeat(255),
      homedir: 'h'.repeat(255),
      shell: 's'.repeat(255),
    });
    expect(reading.state.fds.get(7)![0]!.name).equals('f'.repeat(1023));
  });

  it('leaves out fds of which nothing is known, as libscap does', async () => {
    const { reading } = await written((writer) => {
      writer.restart();
      writer.addFds(7, [
        { fd: 1, ino: 2, type: FD.UNKNOWN, name: '' },
        { fd: 2, ino: 2, type: FD.FIFO, name: 'pipe' },
      ]);
      writer.ready();
      writer.event(read());
    });
    expect(reading.state.fds.get(7)!.map(({ fd }) => fd)).eql([2]);
  });

  it('writes what is read again, whatever it is', () =>
    fc.assert(
      fc.asyncProperty(sections, async (all) => {
        const last = all.at(-1)!;
        const { reading } = await written((writer) => {
          for (const section of all) writeSection(writer, section);
        });
        expect(reading.error).equals(undefined);
        expect(reading.state.machine).eql(last.machine);
        expect(reading.state.threads).eql(last.threads);
        expect([...reading.state.fds]).eql([...new Map(last.fds)]);
        expect(reading.state.interfaces).eql(last.interfaces);
        expect(reading.state.users).eql(last.users);
        expect(reading.state.groups).eql(last.groups);
        expect(reading.events).eql(
          all.flatMap(({ events }) => events.map(([event, flags]) => ({ ...see(event), flags }))),
        );
      }),
      { numRuns: 150 },
    )).timeout(60_000);
});
