import { byteString, readInt64, readInt64Number, readUint64, type ByteString, type Int } from './bytes.ts';
import { settleLayout } from './layout.ts';
import type { Fd } from './state/fd.ts';
import type { Machine } from './state/machine.ts';
import type { Thread } from './state/thread.ts';
import type { Source } from './source.ts';
import { PLUGINEVENT_E } from './tables/codes.generated.ts';
import { EVENTS } from './tables/events.generated.ts';
import type { EventCode, EventInfo } from './tables/types.ts';

const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);

/** Bytes of the header before the parameter lengths: time (8), tid (8), length (4), type (2), number of parameters (4). */
export const EVENT_HEADER = 26;

/** No event type has more parameters than this. */
const MAX_PARAMS = 64;

/**
 * One event, as a view on the bytes of a capture (struct `ppm_evt_hdr` of Falco's driver, then the lengths of the parameters,
 * then their values). One object is reused for all events of a capture: a reader points it at the next event (`point`), the machine
 * fills in what it knows (`thread`, `fd`, …), fields and rules read it. Nothing may keep it beyond that.
 *
 * Parameters are located when the first of them is asked for, and decoded when a field asks.
 */
export class Event {
  /** The buffer that holds the event. */
  bytes: Uint8Array = NO_BYTES;
  view: DataView = NO_VIEW;
  /** Offset of the event's header in `bytes`. */
  start = 0;
  code: EventCode = 0 as EventCode;
  info: EventInfo = EVENTS[0]!;
  /** Nanoseconds since the epoch, as two unsigned halves. */
  timeLow = 0;
  timeHigh = 0;
  tid = 0;
  paramCount = 0;
  /** Length of the event in bytes, header included. */
  length = 0;
  cpu = 0;
  /** Flags of the capture block (`EVF` blocks); 0 for others. */
  blockFlags = 0;

  /** The source that the event was read by; undefined for system calls, and for what a capture holds of plug-ins. */
  origin: Source | undefined = undefined;
  /** What an event of a source carries; only with an `origin`. */
  data: unknown = undefined;

  // Set by the machine for each event:
  /** `evt.num`: the position of the event among all that were read, from 1. */
  num = 0;
  machine: Machine | undefined = undefined;
  thread: Thread | undefined = undefined;
  fd: Fd | undefined = undefined;
  /** Whether the name of `fd` changed while this event was applied. */
  fdNameChanged = false;
  /** errno of a failed system call, as a positive number; 0 if it did not fail. */
  errorCode = 0;

  /** Offsets in `bytes` and lengths of the first parameters, as many as were located. */
  readonly #offsets = new Int32Array(MAX_PARAMS);
  readonly #lengths = new Int32Array(MAX_PARAMS);
  #located = 0;

  /** Points this event at the header at `start`. The caller has checked that the whole event lies inside `bytes`. */
  point(bytes: Uint8Array, view: DataView, start: number): void {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.timeLow = view.getUint32(start, true);
    this.timeHigh = view.getUint32(start + 4, true);
    this.tid = readInt64Number(view, start + 8);
    this.length = view.getUint32(start + 16, true);
    const code = view.getUint16(start + 20, true) as EventCode;
    this.code = code;
    this.info = EVENTS[code]!;
    this.paramCount = view.getUint32(start + 22, true);
    this.#located = 0;
    this.origin = undefined;
    this.num = 0;
    this.thread = undefined;
    this.fd = undefined;
    this.fdNameChanged = false;
    this.errorCode = 0;
  }

  /** Makes this an event of a source. It has no parameters. */
  carry(source: Source, time: bigint, data: unknown): void {
    this.point(NO_PARAMETERS, NO_PARAMETERS_VIEW, 0);
    this.timeLow = Number(time & 0xffffffffn);
    this.timeHigh = Number((time >> 32n) & 0xffffffffn);
    this.origin = source;
    this.data = data;
  }

  /** The name of its source; `syscall` also for what is told beside system calls. */
  get source(): ByteString {
    return this.origin === undefined ? 'syscall' : this.origin.name;
  }

  /** Nanoseconds since the epoch. */
  get time(): bigint {
    return (BigInt(this.timeHigh) << 32n) | BigInt(this.timeLow);
  }

  /** Locates the parameters up to `last`; most events are only asked for their first ones. */
  #locate(last: number): void {
    const { view, start, paramCount } = this;
    const lengths = start + EVENT_HEADER;
    const large = this.info.largeLengths;
    let i = this.#located;
    let offset =
      i === 0 ? lengths + paramCount * (large ? 4 : 2) : this.#offsets[i - 1]! + this.#lengths[i - 1]!;
    for (; i <= last; i++) {
      const length = large ? view.getUint32(lengths + i * 4, true) : view.getUint16(lengths + i * 2, true);
      this.#offsets[i] = offset;
      this.#lengths[i] = length;
      offset += length;
    }
    this.#located = i;
  }

  /** Offset of parameter `i` in `bytes`. */
  offset(i: number): number {
    if (i >= this.#located && i < this.paramCount) this.#locate(i);
    return this.#offsets[i]!;
  }

  /** Length in bytes of parameter `i`; 0 when the event has no such parameter. */
  size(i: number): number {
    if (i >= this.paramCount) return 0;
    if (i >= this.#located) this.#locate(i);
    return this.#lengths[i]!;
  }

  /** Whether parameter `i` is missing or has no bytes. */
  isEmpty(i: number): boolean {
    return this.size(i) === 0;
  }

  /** Signed 64-bit parameter as the nearest number: for results, fds, ids. Undefined if the parameter has another size. */
  int64(i: number): number | undefined {
    return this.size(i) === 8 ? readInt64Number(this.view, this.offset(i)) : undefined;
  }

  /** Signed 64-bit parameter with all digits. */
  exactInt64(i: number): Int | undefined {
    return this.size(i) === 8 ? readInt64(this.view, this.offset(i)) : undefined;
  }

  /** Unsigned 64-bit parameter with all digits. */
  exactUint64(i: number): Int | undefined {
    return this.size(i) === 8 ? readUint64(this.view, this.offset(i)) : undefined;
  }

  /** What the system call returned: the first parameter of an exit event; 0 if that has neither 4 nor 8 bytes. */
  get returnValue(): number {
    return this.int64(0) ?? this.int32(0) ?? 0;
  }

  int32(i: number): number | undefined {
    return this.size(i) === 4 ? this.view.getInt32(this.offset(i), true) : undefined;
  }

  uint32(i: number): number | undefined {
    return this.size(i) === 4 ? this.view.getUint32(this.offset(i), true) : undefined;
  }

  uint16(i: number): number | undefined {
    return this.size(i) === 2 ? this.view.getUint16(this.offset(i), true) : undefined;
  }

  uint8(i: number): number | undefined {
    return this.size(i) === 1 ? this.bytes[this.offset(i)] : undefined;
  }

  /**
   * A NUL-terminated string parameter without its NUL. An empty one, and the text `(NULL)` of old drivers, is `<NA>`, as in
   * libsinsp (`data_and_len_with_legacy_null_encoding`).
   */
  string(i: number): ByteString {
    const size = this.size(i);
    if (size === 0) return '<NA>';
    const from = this.offset(i);
    let end = from;
    while (end < from + size && this.bytes[end] !== 0) end++;
    const text = byteString(this.bytes, from, end);
    return size === 7 && text === '(NULL)' ? '<NA>' : text;
  }

  /** All bytes of parameter `i` as a byte string. */
  buffer(i: number): ByteString {
    const size = this.size(i);
    if (size === 0) return '';
    const from = this.offset(i);
    return byteString(this.bytes, from, from + size);
  }

  /** The NUL-separated strings of parameter `i`; the last NUL ends the last string. */
  strings(i: number): ByteString[] {
    const text = this.buffer(i);
    if (text === '' || text === '\0') return [];
    return (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
  }
}

settleLayout(new Event(), { timeLow: 0.5 });

/** The header of an event of a plug-in: without thread, and without parameters, as nobody reads them here. */
const NO_PARAMETERS = new Uint8Array(EVENT_HEADER);
const NO_PARAMETERS_VIEW = new DataView(NO_PARAMETERS.buffer);
NO_PARAMETERS_VIEW.setBigInt64(8, -1n, true);
NO_PARAMETERS_VIEW.setUint32(16, EVENT_HEADER, true);
NO_PARAMETERS_VIEW.setUint16(20, PLUGINEVENT_E, true);
