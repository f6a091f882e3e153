import { EVENT_HEADER, EVENTS, byteString, bytesOf, readInt64Number } from '../../engine/index.ts';
import { CONVERSIONS, LARGE, PLAN, PLANS, VALUE, planIndex, type Conversion } from './conversion-plan.ts';
import { EnterEvents, copyBytes, type EnterEvent } from './enter-events.ts';

/** How a conversion ended. */
export const CONVERTED = { PASS: 0, DROP: 1, FAIL: 2 } as const;

/** libscap's bound for the steps from one version of an event to the next. */
const MAX_STEPS = 50;

class Scratch {
  bytes: Uint8Array = new Uint8Array(4096);
  view: DataView = new DataView(this.bytes.buffer);

  reserve(size: number): void {
    if (size <= this.bytes.length) return;
    this.bytes = new Uint8Array(size * 2);
    this.view = new DataView(this.bytes.buffer);
  }
}

/**
 * Brings events of old captures to the current schema, step by step, as libscap's converter does (converter.cpp of libs 0.25.4). Enter events
 * are kept, thread by thread, to complete their exit events.
 */
export class Converter {
  /** The buffer that holds the event after a conversion, at offset 0. */
  bytes: Uint8Array;
  view: DataView;
  /** Why the last conversion failed. */
  failure = '';

  readonly #enterEvents = new EnterEvents();
  readonly #scratches: readonly [Scratch, Scratch] = [new Scratch(), new Scratch()];
  /** Where the next value of the new event goes. */
  #end = 0;

  constructor() {
    this.bytes = this.#scratches[0].bytes;
    this.view = this.#scratches[0].view;
  }

  /** Keeps an enter event. */
  store(view: DataView, start: number): void {
    this.#enterEvents.store(readInt64Number(view, start + 8), view, start, view.getUint32(start + 16, true));
  }

  /** Converts an event for which the plan is to convert. Its parameters must fit it. Gives one of `CONVERTED`. */
  convert(view: DataView, start: number): number {
    let index = planIndex(view.getUint16(start + 20, true), view.getUint32(start + 22, true));
    for (let step = 0; step < MAX_STEPS; step++) {
      const scratch = this.#scratches[step & 1]!;
      const conversion = CONVERSIONS[index];
      if (conversion === undefined || !this.#build(conversion, view, start, scratch)) return CONVERTED.FAIL;
      this.bytes = scratch.bytes;
      view = this.view = scratch.view;
      start = 0;
      index = planIndex(conversion.code, conversion.count);
      switch (PLANS[index]) {
        case PLAN.PASS:
          return CONVERTED.PASS;
        case PLAN.DROP:
          return CONVERTED.DROP;
        case PLAN.STORE:
          this.store(view, 0);
          return CONVERTED.DROP;
        case PLAN.STORE_AND_PASS:
          this.store(view, 0);
          return CONVERTED.PASS;
        case PLAN.UNKNOWN:
          this.failure = unknownConversion(conversion.code, conversion.count);
          return CONVERTED.FAIL;
      }
    }
    this.failure = `${symbolOf(view.getUint16(start + 20, true))} has no current version within ${MAX_STEPS} steps`;
    return CONVERTED.FAIL;
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
    const scratch = this.#scratches[0];
    const lengths = EVENT_HEADER + kept * size;
    scratch.reserve(lengths + valuesLength);
    copyBytes(view, start, scratch.view, 0, lengths);
    copyBytes(view, values, scratch.view, lengths, valuesLength);
    scratch.view.setUint32(16, lengths + valuesLength, true);
    scratch.view.setUint32(22, kept, true);
    this.bytes = scratch.bytes;
    this.view = scratch.view;
  }

  #build(conversion: Conversion, view: DataView, start: number, target: Scratch): boolean {
    const { code, kept, count, sources } = conversion;
    const tid = readInt64Number(view, start + 8);
    const oldCode = view.getUint16(start + 20, true);
    const oldCount = view.getUint32(start + 22, true);
    const oldLarge = LARGE[oldCode]!;
    const length = view.getUint32(start + 16, true);
    const enter = this.#enterEvents.find(tid);
    // Every old value is taken once at most, and a default is 16 bytes long at most.
    target.reserve(EVENT_HEADER + count * 20 + 2 * length + (enter === undefined ? 0 : enter.length) + 256);

    const large = LARGE[code]!;
    copyBytes(view, start, target.view, 0, EVENT_HEADER);
    target.view.setUint16(20, code, true);
    target.view.setUint32(22, count, true);
    this.#end = EVENT_HEADER + count * (large === 1 ? 4 : 2);
    if (kept > 0) this.#keep(target, kept, view, start, length, large);

    let usedEnter = false;
    for (let i = 0; i < sources.length; i++) {
      const param = kept + i;
      const index = conversion.indexes[i]!;
      switch (sources[i]) {
        case VALUE.OLD:
          if (index >= oldCount) return this.#fail(missing(oldCode, oldCount, index));
          this.#push(target, large, param, conversion.maxSizes[i]!, view, start, oldLarge, index);
          break;
        case VALUE.ENTER:
        case VALUE.ENTER_OR_EMPTY:
          if (enter === undefined) {
            if (sources[i] === VALUE.ENTER) this.#pushDefault(target, large, param, conversion, i);
            else setLength(target.view, large, param, 0);
            break;
          }
          if (!this.#matches(enter, oldCode, index)) return false;
          usedEnter = true;
          this.#push(
            target,
            large,
            param,
            conversion.maxSizes[i]!,
            enter.view,
            0,
            LARGE[oldCode - 1]!,
            index,
          );
          break;
        case VALUE.EMPTY:
          setLength(target.view, large, param, 0);
          break;
        case VALUE.DEFAULT:
          this.#pushDefault(target, large, param, conversion, i);
          break;
        case VALUE.JSON:
          if (!this.#pushJson(target, large, param, conversion.maxSizes[i]!, view, start, oldCount))
            return false;
          break;
      }
    }
    if (usedEnter) enter!.waiting = false;
    target.view.setUint32(16, this.#end, true);
    return true;
  }

  #fail(failure: string): false {
    this.failure = failure;
    return false;
  }

  /** Whether an enter event is the one of this exit event, and has the parameter that is wanted. */
  #matches(enter: EnterEvent, exitCode: number, index: number): boolean {
    const code = enter.view.getUint16(20, true);
    if (code !== exitCode - 1)
      return this.#fail(
        `the exit event ${symbolOf(exitCode)} follows the enter event ${symbolOf(code)} of the same thread`,
      );
    const count = enter.view.getUint32(22, true);
    return index < count || this.#fail(missing(code, count, index));
  }

  /** Keeps the parameters that the event has. */
  #keep(target: Scratch, kept: number, view: DataView, start: number, length: number, large: number): void {
    const lengths = kept * (large === 1 ? 4 : 2);
    copyBytes(view, start + EVENT_HEADER, target.view, EVENT_HEADER, lengths);
    const values = length - EVENT_HEADER - lengths;
    copyBytes(view, start + EVENT_HEADER + lengths, target.view, this.#end, values);
    this.#end += values;
  }

  #push(
    target: Scratch,
    large: number,
    param: number,
    maxSize: number,
    view: DataView,
    start: number,
    oldLarge: number,
    index: number,
  ): void {
    const size = Math.min(maxSize, paramLength(view, start, oldLarge, index));
    const at = paramOffset(view, start, view.getUint32(start + 22, true), oldLarge, index);
    copyBytes(view, at, target.view, this.#end, size);
    setLength(target.view, large, param, size);
    this.#end += size;
  }

  #pushDefault(target: Scratch, large: number, param: number, conversion: Conversion, i: number): void {
    const size = conversion.defaultSizes[i]!;
    const byte = conversion.defaultBytes[i]!;
    for (let k = 0; k < size; k++) target.bytes[this.#end + k] = byte;
    setLength(target.view, large, param, size);
    this.#end += size;
  }

  /** The four parameters of the old container event as JSON; empty if they are not as they should be. Texts are not escaped, as in libscap. */
  #pushJson(
    target: Scratch,
    large: number,
    param: number,
    maxSize: number,
    view: DataView,
    start: number,
    count: number,
  ): boolean {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
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
      setLength(target.view, large, param, 0);
      return true;
    }
    const type = view.getUint32(paramOffset(view, start, count, 0, 1), true);
    const json = bytesOf(`{"id":"${id}","type":${type},"name":"${name}","image":"${image}"}\0`);
    if (json.length > maxSize) return this.#fail(`the container as JSON has ${json.length} bytes`);
    target.bytes.set(json, this.#end);
    setLength(target.view, large, param, json.length);
    this.#end += json.length;
    return true;
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

function setLength(view: DataView, large: number, param: number, size: number): void {
  if (large === 1) view.setUint32(EVENT_HEADER + param * 4, size, true);
  else view.setUint16(EVENT_HEADER + param * 2, size, true);
}

function symbolOf(code: number): string {
  return EVENTS[code]?.symbol ?? String(code);
}

function missing(code: number, count: number, index: number): string {
  return `parameter ${index} of ${symbolOf(code)} is needed, but the event has ${count} only`;
}

/** Why an event cannot be converted whose type and number of parameters no rule knows. */
export function unknownConversion(code: number, count: number): string {
  return `${symbolOf(code)} with ${count} parameters is no event of any known version`;
}
