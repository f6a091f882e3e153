import type { ByteString, Int } from '../bytes.ts';
import { uint64 } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Thread } from '../state/thread.ts';

// Lists of arguments and variables are never changed, only replaced, so that a list's text stays right as long as the list is there.
const texts = new WeakMap<readonly ByteString[], ByteString>();

function joined(list: readonly ByteString[]): ByteString {
  if (list.length === 0) return '';
  let text = texts.get(list);
  if (text === undefined) {
    text = list.join(' ');
    texts.set(list, text);
  }
  return text;
}

/** The arguments, with blanks between them. */
export function argsText(thread: Thread): ByteString {
  return joined(thread.args);
}

/** The environment of the thread's process, with blanks between the variables. */
export function environmentText(thread: Thread): ByteString {
  return joined(thread.environment);
}

/** Nanoseconds from a moment to the event; before the event they wrap round as unsigned 64-bit numbers do. */
export function since(event: Event, low: number, high: number): Int {
  const lowDifference = event.timeLow - low;
  const highDifference = event.timeHigh - high - (lowDifference < 0 ? 1 : 0);
  return uint64(lowDifference >>> 0, highDifference >>> 0);
}

/** Ids of processes and threads that Falco shows; others come from sources that have no real ids. */
export function shownId(id: number): number | undefined {
  return id >= -1 && id <= 0xffffffff ? id : undefined;
}
