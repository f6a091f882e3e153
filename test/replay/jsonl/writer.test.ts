import { expect } from 'chai';
import fc from 'fast-check';
import { EVENTS, FD, type Event } from '../../../engine/index.ts';
import { SYSCALL_CLOSE_X, SYSCALL_READ_X, USER_ADDED_E } from '../../../engine/tables/codes.generated.ts';
import { JsonlWriter } from '../../../replay/index.ts';
import { parameterBytes } from '../../engine/encoding/random-parameters.ts';
import { eventBytes, syntheticEvent } from '../../event-bytes.ts';
import { Memory, writeSection } from '../memory-capture.ts';
import { sections } from '../random-sections.ts';
import { see, type Reading } from '../scap/read-all.ts';
import { concat } from '../scap/writer.ts';
import { readJsonl } from './read-lines.ts';

/** Writes a capture with `fill`: its lines, and what reading it in chunks gives. */
async function written(
  fill: (writer: JsonlWriter) => void,
  chunk = 1 << 20,
): Promise<{ lines: string[]; reading: Reading }> {
  const memory = new Memory();
  const writer = new JsonlWriter(memory.output);
  fill(writer);
  await writer.drain();
  await writer.close();
  const lines = Buffer.from(memory.bytes).toString().split('\n');
  expect(lines.pop()).equals('');
  return { lines, reading: readJsonl(memory.bytes, [chunk]) };
}

const close = (time = 5): Event => syntheticEvent(SYSCALL_CLOSE_X, 7, time, [0, 3]);
const user = (): Event => syntheticEvent(USER_ADDED_E, -1, 5, [1, 1, 'alice', '/home/alice', '/bin/sh', '']);

/** An event with bytes behind its last parameter, and fewer parameters than its type has. */
function odd(): Event {
  const bytes = concat(eventBytes(SYSCALL_READ_X, 1, 1, [3]), Uint8Array.of(1, 2, 255));
  const event = syntheticEvent(SYSCALL_CLOSE_X, 1, 1, []);
  new DataView(bytes.buffer).setUint32(16, bytes.length, true);
  event.point(bytes, new DataView(bytes.buffer), 0);
  return event;
}

describe('writing captures as JSON lines', () => {
  it('gives every event a line', async () => {
    const event = syntheticEvent(SYSCALL_READ_X, 7, 1700000000000000001n, [3, 'abc', 3, 10]);
    event.cpu = 2;
    const { lines } = await written((writer) => {
      writer.restart();
      writer.event(event);
      writer.event(event, 1);
      writer.event(odd());
    });
    const head = '"time":"1700000000000000001","cpu":2,"tid":7';
    const tail =
      '"type":"read","dir":"<","event":"SYSCALL_READ_X","params":{"res":3,"data":"abc","fd":3,"size":10}}';
    expect(lines).deep.equals([
      '{"state":"section","version":1}',
      `{"num":1,${head},${tail}`,
      `{"num":2,${head},"block_flags":1,${tail}`,
      '{"num":3,"time":"1","cpu":0,"tid":1,"type":"read","dir":"<","event":"SYSCALL_READ_X","params":{"res":3},"param_count":1,"rest":{"base64":"AQL/"}}',
    ]);
  });

  it('says where the initial state ends, if the events do not', async () => {
    const { lines, reading } = await written((writer) => {
      writer.restart();
      writer.ready();
      writer.event(user());
      writer.started();
      writer.event(user());
      writer.event(close());
    });
    expect(lines.filter((line) => line.includes('started'))).length(1);
    expect(reading.state.calls).deep.equals(['restart', 'ready', 'event', 'started', 'event', 'event']);
  });

  it('keeps lists of fds apart', async () => {
    const lists = [[7, []], [7, [{ fd: 1, ino: 0, type: FD.FIFO, name: 'p' }]], [8, [{ fd: 1, ino: 0, type: FD.UNKNOWN, name: '' }]], [9, []]] as const; // prettier-ignore
    const { lines, reading } = await written((writer) => {
      writer.restart();
      for (const [tid, fds] of lists) writer.addFds(tid, fds);
      writer.event(close());
    });
    expect(lines.filter((line) => line.includes('"fds"'))).length(3);
    const found: unknown[] = [];
    reading.state.fds.forEach((fds, tid) => found.push([tid, fds]));
    expect(found).deep.equals(lists.slice(1));
  });

  it('writes what is read again, whatever it is', () =>
    fc.assert(
      fc.asyncProperty(sections, fc.integer({ min: 1, max: 5000 }), async (all, chunk) => {
        const { lines, reading } = await written((writer) => {
          for (const section of all) writeSection(writer, section);
        }, chunk);
        const last = all.at(-1)!;
        expect(reading.error).equals(undefined);
        expect(reading.warnings).deep.equals([]);
        expect(reading.state.machine).deep.equals(last.machine);
        expect(reading.state.threads).deep.equals(last.threads);
        expect([...reading.state.fds]).deep.equals([...new Map(last.fds)]);
        expect(reading.state.interfaces).deep.equals(last.interfaces);
        expect(reading.state.users).deep.equals(last.users);
        expect(reading.state.groups).deep.equals(last.groups);
        expect(reading.events).deep.equals(
          all.flatMap(({ events }) => events.map(([event, flags]) => ({ ...see(event), flags }))),
        );
        for (const line of lines) JSON.parse(line, expectSafe);
      }),
      { numRuns: 150 },
    )).timeout(60_000);

  const anyEvent = fc
    .constantFrom(...EVENTS)
    .chain((info) =>
      fc
        .tuple(
          fc.tuple(...info.params.map(parameterBytes)),
          fc.oneof(fc.constant(0), fc.nat(info.params.length)),
        )
        .map(([params, less]) => syntheticEvent(info.code, 1, 1, params.slice(0, params.length - less))),
    );

  it('keeps the bytes of events of every type', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 30 }), async (events) => {
        const { reading } = await written((writer) => {
          writer.restart();
          for (const event of events) writer.event(event);
        });
        expect(reading.error).equals(undefined);
        expect(reading.events).deep.equals(events.map(see));
      }),
      { numRuns: 300 },
    )).timeout(60_000);
});

/** Programs that read numbers as doubles lose no digit. */
function expectSafe(_: string, value: unknown): unknown {
  if (typeof value === 'number') expect(value).satisfies(Number.isSafeInteger);
  return value;
}
