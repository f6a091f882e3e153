import { Event, exactJson, type StateSink } from '../../../engine/index.ts';
import { StraceReader } from '../../../replay/index.ts';
import { StateLog } from '../scap/state-log.ts';

/** An event as its parameters are in JSON that keeps every byte. */
export interface ReadEvent {
  readonly symbol: string;
  readonly time: bigint;
  readonly tid: number;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface ReadLog {
  readonly events: ReadEvent[];
  readonly warnings: readonly string[];
  readonly state: StateLog;
}

/** Reads a log, in chunks of so many bytes. Throws what the reader throws. */
export function readLog(text: string | Buffer, chunk = 1 << 16, snaplen?: number): ReadLog {
  const state = new StateLog();
  const reader = new StraceReader('a.strace', state as StateSink, snaplen);
  const bytes = Buffer.from(text);
  const event = new Event();
  const events: ReadEvent[] = [];
  const take = () => {
    while (reader.next(event)) {
      const params = event.info.params.map(
        ({ name }, i) => [name, JSON.parse(exactJson(event, i)) as unknown] as const,
      );
      const { info, time, tid } = event;
      events.push({ symbol: info.symbol, time, tid, params: Object.fromEntries(params) });
    }
  };
  for (let at = 0; at < bytes.length; at += chunk) {
    reader.release();
    reader.feed(Uint8Array.prototype.slice.call(bytes, at, at + chunk));
    take();
  }
  reader.release();
  while (reader.complete()) take();
  reader.finish(false);
  return { events, warnings: reader.warnings.map(({ message }) => message), state };
}
