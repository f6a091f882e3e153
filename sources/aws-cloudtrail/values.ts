/** How the fields of Falco's plug-in `cloudtrail` find their values in an event. */
import {
  jsonMeant,
  jsonText,
  type ByteString,
  type Extracted,
  type RawJson,
  type SetField,
  type SourceField,
} from '../../engine/index.ts';

/** A field of an event of CloudTrail. */
export type TrailField = SourceField<RawJson>;

/** A string; what is there and is no string is an empty one, as with Falco's plug-in. */
export function textOf(value: RawJson | undefined): ByteString | undefined {
  return value && (value.string ?? '');
}

/** Puts the value where keys lead to, for tests of rules. */
export const at =
  (keys: readonly ByteString[], write: (text: ByteString) => ByteString = jsonText): SetField =>
  (record, [value]) => {
    if (value === undefined) record.remove(keys);
    else record.set(keys, write(value));
  };

/** A field whose value is the string that keys lead to. */
export const member = (name: string, desc: string, ...keys: readonly ByteString[]): TrailField => ({
  name,
  desc,
  get: (event) => textOf(event.get(...keys)),
  set: at(keys),
});

/** A field whose value is what keys lead to, as JSON. */
export const json = (name: string, desc: string, ...keys: readonly ByteString[]): TrailField => ({
  name,
  desc,
  get: (event) => event.get(...keys)?.json,
  set: at(keys, jsonMeant),
});

/** A field that says `true` or `false`: the latter for everything that is there and is not true. */
export const truth = (name: string, desc: string, ...keys: readonly ByteString[]): TrailField => ({
  name,
  desc,
  get: (event) => {
    const value = event.get(...keys);
    return value && String(value.kind === 'true');
  },
  set: at(keys, jsonMeant),
});

/** A field with a number. */
export const count = (name: string, desc: string, get: (event: RawJson) => Extracted): TrailField => ({
  name,
  type: 'UINT64',
  desc,
  get,
});

/** What Go's fastjson reads as a number with a fraction. */
const FRACTION = /^(?:-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:inf|nan))$/i;

/**
 * A number of bytes, which CloudTrail sometimes writes with a fraction; 0 for what is none. As Go converts it on amd64: below 0 it wraps around, and what does not fit
 * is the highest bit.
 */
export function bytesOf({ kind, json }: RawJson): bigint {
  if (kind !== 'number') return 0n;
  if (/^\d+$/.test(json)) {
    const exact = BigInt(json);
    if (exact < 1n << 64n) return exact;
  }
  if (!FRACTION.test(json)) return 0n;
  const whole = Math.trunc(Number(json));
  return whole >= -(2 ** 63) && whole < 2 ** 64 ? BigInt.asUintN(64, BigInt(whole)) : 1n << 63n;
}
