import { EVENTS, EVENT_HEADER } from '../../engine/index.ts';

/** Two event types of old drivers whose length was 3 too high. */
const TOO_LONG: ReadonlySet<string> = new Set(['NOTIFICATION_E', 'INFRASTRUCTURE_EVENT_E']);

const PARAM_COUNTS: Uint8Array = Uint8Array.from(EVENTS, (info) => info.params.length);
const EXCESS: Uint8Array = Uint8Array.from(EVENTS, (info) => (TOO_LONG.has(info.symbol) ? 3 : 0));

/**
 * Gives an event of an old capture the number of parameters, which its header lacks: as many as make up its length. The header
 * moves 4 bytes to the front, over what of the block has been read. False if no number of parameters that its type may have
 * fits. `end` is where the event must end at the latest.
 */
export function addParameterCount(view: DataView, start: number, code: number, end: number): boolean {
  const lengths = start + EVENT_HEADER - 4;
  const size = view.getUint32(start + 16, true) - (EVENT_HEADER - 4) - EXCESS[code]!;
  if (size < 0 || lengths + size > end) return false;
  const most = PARAM_COUNTS[code]!;
  let count = 0;
  let used = 0;
  while (used < size && count < most) {
    if (2 * count + 2 > size) return false;
    used += 2 + view.getUint16(lengths + 2 * count, true);
    count++;
  }
  if (used !== size) return false;

  for (let i = 0; i < 16; i += 4) view.setUint32(start - 4 + i, view.getUint32(start + i, true), true);
  view.setUint32(start + 12, size + EVENT_HEADER, true);
  view.setUint16(start + 16, code, true);
  view.setUint32(start + 18, count, true);
  return true;
}

/** Bytes of an event behind its last parameter; below 0 if the event does not end before `end`, or its parameters not before its own end. */
export function spareBytes(view: DataView, start: number, count: number, large: number, end: number): number {
  const eventEnd = start + view.getUint32(start + 16, true);
  if (eventEnd > end) return -1;
  let at = start + EVENT_HEADER;
  const values = at + count * (large === 1 ? 4 : 2);
  if (values > eventEnd) return -1;
  let used = values;
  if (large === 1) for (; at < values; at += 4) used += view.getUint32(at, true);
  else {
    // Two lengths at a time: this runs for every event.
    for (; at + 2 < values; at += 4) {
      const two = view.getUint32(at, true);
      used += (two & 0xffff) + (two >>> 16);
    }
    if (at < values) used += view.getUint16(at, true);
  }
  return eventEnd - used;
}
