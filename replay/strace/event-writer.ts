import {
  ByteBuffer,
  EncodingError,
  Event,
  eventFromJson,
  type ByteString,
  type EventInfo,
  type JsonInput,
  type ParamInfo,
} from '../../engine/index.ts';
import type { Parameters } from './call.ts';
import type { EventStore } from './event-store.ts';

/** Makes events of their parameters and keeps them. Time never goes back. */
export class EventWriter {
  readonly #store: EventStore;
  readonly #buffer = new ByteBuffer();
  readonly #event = new Event();
  /** The time of the last event. */
  #time = 0n;

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** Parameters that are left away are empty, and so are those with a value that no kernel would give, as from the driver that cannot read something. */
  write(info: EventInfo, tid: number, time: bigint, params: Parameters): void {
    if (time > this.#time) this.#time = time;
    const values: Record<string, JsonInput> = {};
    for (const param of info.params) {
      const value = params[param.name];
      if (value !== undefined)
        values[param.name] = param.values === undefined ? (value as JsonInput) : numberOf(value, param);
    }
    for (;;)
      try {
        eventFromJson({ info, time: this.#time, tid, params: values }, this.#buffer, this.#event);
        break;
      } catch (error) {
        const name = error instanceof EncodingError && error.path[0] === 'params' ? error.path[1] : undefined;
        if (name === undefined || (values[name] ?? null) === null) throw error;
        values[name] = null;
      }
    this.#store.add(this.#event);
  }
}

const VALUES = new WeakMap<ParamInfo, ReadonlyMap<string, number>>();

/** The number of flags or an enumerator by names; those that the event table does not know count nothing. */
function numberOf(value: Parameters[string], param: ParamInfo): JsonInput {
  if (!Array.isArray(value)) return value as JsonInput;
  let values = VALUES.get(param);
  if (values === undefined) VALUES.set(param, (values = new Map(param.values)));
  let number = 0;
  for (const name of value as readonly ByteString[]) number |= values.get(name) ?? 0;
  return (number & (WIDTHS[param.type] ?? -1)) >>> 0;
}

/** Bits of the numbers that flags and enumerators are written as, where they are not 32. */
const WIDTHS: Readonly<Record<string, number>> = {
  flags8: 0xff,
  enumflags8: 0xff,
  flags16: 0xffff,
  enumflags16: 0xffff,
};
