import {
  EVENT_HEADER,
  EVENTS,
  type Event,
  type FdSnapshot,
  type GroupSnapshot,
  type InterfaceSnapshot,
  type MachineInfo,
  type ThreadSnapshot,
  type UserSnapshot,
} from '../../engine/index.ts';
import type { CaptureWriter } from '../capture-writer.ts';
import { isInitialState } from '../initial-state.ts';
import type { ByteOutput } from '../output/output.ts';
import * as B from './blocks.ts';
import { PLAN, PLANS, planIndex } from './conversion-plan.ts';
import { copyBytes } from './enter-events.ts';
import { StateBlocksWriter } from './state-writer.ts';

/** Events are handed on in pieces of about this many bytes. */
const PIECE = 1 << 18;

/** An event type of old drivers that every reader passes over. */
const DROPPED = EVENTS.find(
  ({ code, params }) => PLANS[planIndex(code, params.length)] === PLAN.DROP && params.length === 0,
)!.code;

/**
 * Writes a .scap capture as libscap 0.25.4 does (scap_savefile.c): per section the state in its current block versions, then one
 * block per event.
 */
export class ScapWriter implements CaptureWriter {
  readonly #output: ByteOutput;
  readonly #state = new StateBlocksWriter();
  #bytes = new Uint8Array(PIECE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** Whether the events that complete the state have ended, and no other was written since. */
  #justStarted = false;

  constructor(output: ByteOutput) {
    this.#output = output;
  }

  restart(): void {
    this.#state.restart();
    this.#justStarted = false;
  }

  machineInfo(info: MachineInfo): void {
    this.#state.machineInfo(info);
  }

  addThread(thread: ThreadSnapshot): void {
    this.#state.addThread(thread);
  }

  addFds(tid: number, fds: readonly FdSnapshot[]): void {
    this.#state.addFds(tid, fds);
  }

  addInterface(entry: InterfaceSnapshot): void {
    this.#state.addInterface(entry);
  }

  addUser(user: UserSnapshot): void {
    this.#state.addUser(user);
  }

  addGroup(group: GroupSnapshot): void {
    this.#state.addGroup(group);
  }

  ready(): void {
    this.#pass();
    this.#output.write(this.#state.blocks());
  }

  started(): void {
    this.#justStarted = true;
  }

  event(event: Event, flags = event.blockFlags): void {
    if (this.#justStarted) {
      this.#justStarted = false;
      if (isInitialState(event)) this.#endInitialState(event);
    }
    const { length } = event;
    const at = this.#block(length, event.info.largeLengths, event.cpu, flags);
    copyBytes(event.view, event.start, this.#view, at, length);
  }

  /** Hands on what was gathered. */
  flush(): void {
    this.#pass();
  }

  drain(): Promise<void> {
    this.#pass();
    return this.#output.drain();
  }

  close(): Promise<void> {
    this.#pass();
    return this.#output.close();
  }

  /**
   * An event that could complete the state, but does not: in the capture it came from, an event that no reader shows stood before it. It
   * gets another one like that, so that readers tell it from the state.
   */
  #endInitialState(event: Event): void {
    const at = this.#block(EVENT_HEADER, false, event.cpu, 0);
    copyBytes(event.view, event.start, this.#view, at, EVENT_HEADER);
    this.#view.setUint32(at + 16, EVENT_HEADER, true);
    this.#view.setUint16(at + 20, DROPPED, true);
    this.#view.setUint32(at + 22, 0, true);
  }

  /** Writes the block of an event of `length` bytes around the place for it, and gives that place. */
  #block(length: number, large: boolean, cpu: number, flags: number): number {
    const header = B.BLOCK_HEADER + (flags === 0 ? 2 : 6);
    const total = (header + length + B.BLOCK_TRAILER + 3) & ~3;
    if (this.#length + total > this.#bytes.length) this.#pass(total);
    const at = this.#length;
    const view = this.#view;
    this.#length = at + total;
    view.setUint32(at, blockType(large || total > B.MAX_EVENT_BLOCK, flags !== 0), true);
    view.setUint32(at + 4, total, true);
    view.setUint16(at + 8, cpu, true);
    if (flags !== 0) view.setUint32(at + 10, flags, true);
    // The padding stays as it is in a new buffer: zero.
    view.setUint32(at + total - B.BLOCK_TRAILER, total, true);
    return at + header;
  }

  /** Hands on what was gathered; then there is room for `count` bytes. */
  #pass(count = 0): void {
    if (this.#length > 0) {
      this.#output.write(this.#bytes.subarray(0, this.#length));
      this.#bytes = new Uint8Array(Math.max(PIECE, count));
    } else if (count > this.#bytes.length) this.#bytes = new Uint8Array(count);
    else return;
    this.#view = new DataView(this.#bytes.buffer);
    this.#length = 0;
  }
}

function blockType(large: boolean, flags: boolean): number {
  if (large) return flags ? B.EVENT_FLAGS_V2_LARGE : B.EVENT_V2_LARGE;
  return flags ? B.EVENT_FLAGS_V2 : B.EVENT_V2;
}
