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
import { defaultSize } from '../scap/parameter-sizes.ts';
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

  /**
   * Parameters that are left away, or have a value that no kernel would give, are as from a driver that cannot read something: texts and bytes are empty, numbers
   * are 0. libsinsp stops at a number without bytes.
   */
  write(info: EventInfo, tid: number, time: bigint, params: Parameters): void {
    if (time > this.#time) this.#time = time;
    const values: Record<string, JsonInput> = {};
    for (const param of info.params) {
      const value = numberOf(params[param.name] ?? null, param);
      values[param.name] = value ?? absent(param);
    }
    for (;;)
      try {
        eventFromJson({ info, time: this.#time, tid, params: values }, this.#buffer, this.#event);
        break;
      } catch (error) {
        const name = error instanceof EncodingError && error.path[0] === 'params' ? error.path[1] : undefined;
        const param = info.params.find((candidate) => candidate.name === name);
        if (param === undefined || values[param.name] === absent(param)) throw error;
        values[param.name] = absent(param);
      }
    this.#store.add(this.#event);
  }
}

const absent = ({ type }: ParamInfo): JsonInput => (defaultSize(type) === 0 ? null : 0);

const VALUES = new WeakMap<ParamInfo, ReadonlyMap<string, number>>();

/** The number of flags or an enumerator by names; those that the event table does not know count nothing. */
function numberOf(value: Parameters[string], param: ParamInfo): JsonInput {
  if (param.values === undefined || !Array.isArray(value)) return value as JsonInput;
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
