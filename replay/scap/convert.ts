import { EVENT_HEADER, EVENTS, byteString, bytesOf, type Passing } from '../../engine/index.ts';
import { LARGE, PLAN } from './conversion-plan.ts';
import { SOURCE, type Conversion, type Part } from './conversion.ts';
import { EnterEvents, copyBytes } from './enter-events.ts';

/** How a conversion ended. */
export const CONVERTED = { PASS: 0, DROP: 1, FAIL: 2 } as const;

/**
 * Brings events of old captures to the current schema, as libscap's converter does (converter.cpp of libs 0.25.4). Enter events are kept, thread
 * by thread, to complete their exit events.
 */
export class Converter {
  // The event after a conversion.
  bytes: Uint8Array = new Uint8Array(4096);
  view: DataView = new DataView(this.bytes.buffer);
  start = 0;
  /** Why the last conversion failed. */
  failure = '';

  readonly #enterEvents = new EnterEvents();
  // Where new events are built.
  #newBytes = this.bytes;
  #newView = this.view;
  /** Where the next value of the new event goes. */
  #end = 0;

  /** Keeps an enter event. It must stay where it is until `release`. */
  store(view: DataView, start: number): void {
    this.#enterEvents.store(view, start);
  }

  /** Leaves the buffers of the reader, which may then be used for something else. */
  release(): void {
    this.#enterEvents.release();
  }

  /**
   * Whether an event may be passed over before it is built; it is then done with. Its parameters must fit it, without spare bytes, and the type that it will
   * have may be passed over.
   */
  pass(passing: Passing, conversion: Conversion, view: DataView, start: number): boolean {
    if (!conversion.mayPass || conversion.plan !== PLAN.PASS) return false;
    const { code, enterCode, enterFd } = conversion;
    const look = passing.looks[code]!;
    const end = start + view.getUint32(start + 16, true);
    if (enterCode < 0) return passing.pass(view, start, code, look, end);
    const enter = this.#enterEvents.find(view, start);
    if (enter === undefined || enter.code !== enterCode) return false;
    if (enterFd < 0) {
      if (!passing.pass(view, start, code, look, end)) return false;
    } else {
      const { view: enterView, start: enterStart } = enter;
      const lengths = enterStart + EVENT_HEADER;
      let at = enterStart + conversion.enterValues;
      for (let i = 0; i < enterFd; i++) at += enterView.getUint16(lengths + 2 * i, true);
      if (enterView.getUint16(lengths + 2 * enterFd, true) !== 8) return false;
      if (!passing.passExit(view, start, code, look, enterView, at)) return false;
    }
    enter.waiting = false;
    return true;
  }

  /** Converts an event. Its parameters must fit it; `room` bytes before it may be overwritten. Gives one of `CONVERTED`. */
  convert(conversion: Conversion, bytes: Uint8Array, view: DataView, start: number, room: number): number {
    const isWide = conversion.widens && this.#widen(conversion, bytes, view, start, room);
    if (!isWide && !this.#build(conversion, view, start)) return CONVERTED.FAIL;
    const { plan } = conversion;
    // The room where it was built is needed again.
    if (plan === PLAN.STORE || plan === PLAN.STORE_AND_PASS)
      this.#enterEvents.store(this.view, this.start).settle();
    return plan === PLAN.PASS || plan === PLAN.STORE_AND_PASS ? CONVERTED.PASS : CONVERTED.DROP;
  }

  /** Copies an event without the parameters that its type does not have. */
  trim(view: DataView, start: number): void {
    const code = view.getUint16(start + 20, true);
    const large = LARGE[code]!;
    const size = large === 1 ? 4 : 2;
    const count = view.getUint32(start + 22, true);
    const kept = EVENTS[code]!.params.length;
    const values = start + EVENT_HEADER + count * size;
    const valuesLength = paramOffset(view, start, count, large, kept) - values;
    const lengths = EVENT_HEADER + kept * size;
    this.#reserve(lengths + valuesLength);
    const target = this.#newView;
    copyBytes(view, start, target, 0, lengths);
    copyBytes(view, values, target, lengths, valuesLength);
    target.setUint32(16, lengths + valuesLength, true);
    target.setUint32(22, kept, true);
  }

  /** Lets the event that comes out be a new one, of `size` bytes at most. */
  #reserve(size: number): void {
    if (size > this.#newBytes.length) {
      this.#newBytes = new Uint8Array(size * 2);
      this.#newView = new DataView(this.#newBytes.buffer);
    }
    this.bytes = this.#newBytes;
    this.view = this.#newView;
    this.start = 0;
  }

  /** Adds empty parameters where the event stands: the header and the lengths move to the front. False if there is no room. */
  #widen(conversion: Conversion, bytes: Uint8Array, view: DataView, start: number, room: number): boolean {
    const { kept, count } = conversion;
    const size = LARGE[conversion.code] === 1 ? 4 : 2;
    const added = (count - kept) * size;
    if (added > room) return false;
    const to = start - added;
    const moved = EVENT_HEADER + kept * size;
    copyBytes(view, start, view, to, moved);
    for (let at = to + moved; at < start + moved; at += 2) view.setUint16(at, 0, true);
    view.setUint32(to + 16, view.getUint32(to + 16, true) + added, true);
    view.setUint32(to + 22, count, true);
    this.bytes = bytes;
    this.view = view;
    this.start = to;
    return true;
  }

  #build(conversion: Conversion, view: DataView, start: number): boolean {
    const { code, kept, count, enterCode } = conversion;
    const oldCode = view.getUint16(start + 20, true);
    const length = view.getUint32(start + 16, true);
    const enter = enterCode < 0 ? undefined : this.#enterEvents.find(view, start);
    if (enter !== undefined && enter.code !== enterCode) {
      this.failure = `the exit event ${symbolOf(enterCode + 1)} follows the enter event ${symbolOf(enter.code)} of the same thread`;
      return false;
    }
    const enterLength = enter === undefined ? 0 : enter.view.getUint32(enter.start + 16, true);
    // Every old value is taken once at most, and a default is 16 bytes long at most.
    this.#reserve(EVENT_HEADER + count * 20 + 2 * length + enterLength + 256);

    const target = this.#newView;
    const large = LARGE[code]!;
    copyBytes(view, start, target, 0, EVENT_HEADER);
    target.setUint16(20, code, true);
    target.setUint32(22, count, true);
    this.#end = EVENT_HEADER + count * (large === 1 ? 4 : 2);
    if (kept > 0) this.#keep(kept, view, start, length, large);
    let param = kept;
    for (const part of conversion.parts) {
      switch (part.source) {
        case SOURCE.OLD:
          this.#copy(part, param, large, view, start, LARGE[oldCode]!);
          break;
        case SOURCE.ENTER:
        case SOURCE.ENTER_OR_EMPTY:
          if (enter !== undefined) this.#copy(part, param, large, enter.view, enter.start, LARGE[enterCode]!);
          else this.#fill(part, param, large, part.source === SOURCE.ENTER);
          break;
        case SOURCE.JSON:
          if (!this.#putJson(part.values[0]!.maxSize, param, large, view, start)) return false;
          break;
        default:
          this.#fill(part, param, large, part.source === SOURCE.DEFAULT);
      }
      param += part.values.length;
    }
    if (enter !== undefined) enter.waiting = false;
    target.setUint32(16, this.#end, true);
    return true;
  }

  /** Keeps the parameters that the event has. */
  #keep(kept: number, view: DataView, start: number, length: number, large: number): void {
    const lengths = kept * (large === 1 ? 4 : 2);
    copyBytes(view, start + EVENT_HEADER, this.#newView, EVENT_HEADER, lengths);
    const values = length - EVENT_HEADER - lengths;
    copyBytes(view, start + EVENT_HEADER + lengths, this.#newView, this.#end, values);
    this.#end += values;
  }

  /** Takes values that stand side by side in an old event. */
  #copy(
    { first, values }: Part,
    param: number,
    large: number,
    view: DataView,
    start: number,
    oldLarge: number,
  ): void {
    let at = paramOffset(view, start, view.getUint32(start + 22, true), oldLarge, first);
    for (let i = 0; i < values.length; i++) {
      const length = paramLength(view, start, oldLarge, first + i);
      const size = Math.min(values[i]!.maxSize, length);
      copyBytes(view, at, this.#newView, this.#end, size);
      at += length;
      this.#put(large, param + i, size);
    }
  }

  /** Adds default values, or empty ones. */
  #fill({ values }: Part, param: number, large: number, isDefault: boolean): void {
    for (let i = 0; i < values.length; i++) {
      const { defaultSize, defaultByte } = values[i]!;
      const size = isDefault ? defaultSize : 0;
      for (let k = 0; k < size; k++) this.#newView.setUint8(this.#end + k, defaultByte);
      this.#put(large, param + i, size);
    }
  }

  /** The four parameters of the old container event as JSON; empty if they are not as they should be. Texts are not escaped, as in libscap. */
  #putJson(maxSize: number, param: number, large: number, view: DataView, start: number): boolean {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const count = view.getUint32(start + 22, true);
    const text = (index: number): string | undefined => {
      const size = paramLength(view, start, 0, index);
      const at = paramOffset(view, start, count, 0, index);
      return size === 0 ? undefined : byteString(bytes, at, at + size - 1);
    };
    const id = text(0);
    const name = text(2);
    const image = text(3);
    if (
      id === undefined ||
      name === undefined ||
      image === undefined ||
      paramLength(view, start, 0, 1) !== 4
    ) {
      this.#put(large, param, 0);
      return true;
    }
    const type = view.getUint32(paramOffset(view, start, count, 0, 1), true);
    const json = bytesOf(`{"id":"${id}","type":${type},"name":"${name}","image":"${image}"}\0`);
    if (json.length > maxSize) {
      this.failure = `the container as JSON has ${json.length} bytes`;
      return false;
    }
    this.#newBytes.set(json, this.#end);
    this.#put(large, param, json.length);
    return true;
  }

  /** Ends a value of the new event. */
  #put(large: number, param: number, size: number): void {
    if (large === 1) this.#newView.setUint32(EVENT_HEADER + param * 4, size, true);
    else this.#newView.setUint16(EVENT_HEADER + param * 2, size, true);
    this.#end += size;
  }
}

function paramLength(view: DataView, start: number, large: number, index: number): number {
  const lengths = start + EVENT_HEADER;
  return large === 1 ? view.getUint32(lengths + index * 4, true) : view.getUint16(lengths + index * 2, true);
}

function paramOffset(view: DataView, start: number, count: number, large: number, index: number): number {
  let at = start + EVENT_HEADER + count * (large === 1 ? 4 : 2);
  for (let i = 0; i < index; i++) at += paramLength(view, start, large, i);
  return at;
}

function symbolOf(code: number): string {
  return EVENTS[code]?.symbol ?? String(code);
}

/** Why an event cannot be converted whose type and number of parameters no rule knows. */
export function unknownConversion(code: number, count: number): string {
  return `${symbolOf(code)} with ${count} parameters is no event of any known version`;
}
