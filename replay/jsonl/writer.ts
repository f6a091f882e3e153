import type {
  ByteString,
  Event,
  FdSnapshot,
  GroupSnapshot,
  InterfaceSnapshot,
  MachineInfo,
  ThreadSnapshot,
  UserSnapshot,
} from '../../engine/index.ts';
import type { CaptureWriter } from '../capture-writer.ts';
import { isInitialState } from '../initial-state.ts';
import type { ByteOutput } from '../output/output.ts';
import { eventLine } from './event-lines.ts';
import * as S from './state-lines.ts';

/** Lines are handed on in pieces of about this many bytes. */
const PIECE = 1 << 18;

/**
 * Writes a capture as JSON lines: what the machine is, processes, fds, …, then events, each on a line of its own. The form of the lines is described
 * in docs/reference/capture-format.md.
 */
export class JsonlWriter implements CaptureWriter {
  readonly #output: ByteOutput;
  #text: ByteString = '';
  #num = 0;
  /** The process whose fds were written last. */
  #fdsTid: number | undefined = undefined;
  /** Whether the events that complete the state have ended, and no other was written since. */
  #justStarted = false;

  constructor(output: ByteOutput) {
    this.#output = output;
  }

  restart(): void {
    this.#line(S.SECTION_LINE);
    this.#fdsTid = undefined;
    this.#justStarted = false;
  }

  machineInfo(info: MachineInfo): void {
    this.#line(S.machineLine(info));
  }

  addThread(thread: ThreadSnapshot): void {
    this.#line(S.processLine(thread));
  }

  addFds(tid: number, fds: readonly FdSnapshot[]): void {
    if (fds.length === 0 || tid === this.#fdsTid) this.#line(S.fdsLine(tid));
    this.#fdsTid = tid;
    for (const fd of fds) this.#line(S.fdLine(tid, fd));
  }

  addInterface(entry: InterfaceSnapshot): void {
    this.#line(S.interfaceLine(entry));
  }

  addUser(user: UserSnapshot): void {
    this.#line(S.userLine(user));
  }

  addGroup(group: GroupSnapshot): void {
    this.#line(S.groupLine(group));
  }

  ready(): void {
    // The first event says it.
  }

  started(): void {
    this.#justStarted = true;
  }

  event(event: Event, flags = event.blockFlags): void {
    if (this.#justStarted) {
      this.#justStarted = false;
      // An event that no reader shows ended the initial state.
      if (isInitialState(event)) this.#line(S.STARTED_LINE);
    }
    this.#num++;
    this.#line(eventLine(event, this.#num, flags));
  }

  drain(): Promise<void> {
    this.#pass();
    return this.#output.drain();
  }

  close(): Promise<void> {
    this.#pass();
    return this.#output.close();
  }

  #line(line: ByteString): void {
    this.#text += `${line}\n`;
    if (this.#text.length >= PIECE) this.#pass();
  }

  #pass(): void {
    if (this.#text === '') return;
    this.#output.write(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }
}
