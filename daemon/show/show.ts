import type { ByteString, Diagnostic, Event, Source } from '../../engine/index.ts';
import type { CaptureFile } from '../../replay/index.ts';
import type { Filter } from '../../rules/index.ts';
import { readCapture, totalSize, type ReadProgress } from '../capture.ts';
import type { EventWriter } from './event-writers.ts';

/** Which events of which captures are looked at. */
export interface Selection {
  /** Read one after the other; each is a machine of its own. */
  readonly captures: readonly CaptureFile[];
  readonly filter?: Filter;
  /** The first `evt.num`, in each capture. Default: 1. */
  readonly from?: number;
  /** So many events are enough, of all captures together: reading then stops. */
  readonly count?: number;
  /** Whether events that libsinsp keeps from rules are taken too. */
  readonly hidden?: boolean;
  /** The sources that a file may be of that does not tell it. */
  readonly sources?: readonly Source[];
  /** Takes what was wrong with a capture, once it is done. */
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** What is done with the events. */
export interface Observer {
  /** Takes each event of a capture, and whether it is one of those selected. Tells whether it counts for `count`. */
  readonly see: (event: Event, selected: boolean) => boolean;
  /** Called between chunks of a capture; waited for. */
  readonly rest?: () => Promise<void> | void;
  /** Called when the capture was read, as far as that went; waited for. */
  readonly end: () => Promise<void> | void;
}

/** Reads captures and shows an observer every event; `observe` gives the one for a capture. */
export async function observeEvents(
  {
    captures,
    filter,
    from = 1,
    count = Infinity,
    hidden = false,
    sources,
    onDiagnostic,
    onProgress,
  }: Selection,
  observe: (capture: CaptureFile) => Observer,
): Promise<void> {
  const total = totalSize(captures);
  let left = count;
  let before = { bytes: 0, events: 0 };
  for (const capture of captures) {
    if (left <= 0) return;
    const { see, rest, end } = observe(capture);
    const { events, diagnostics } = await readCapture(capture.path, {
      ...(sources && { sources }),
      onEvent: (event, visible) => {
        const selected =
          (visible || hidden) && event.num >= from && (filter === undefined || filter.matches(event));
        return !see(event, selected) || --left > 0;
      },
      onProgress: async (progress) => {
        await rest?.();
        onProgress?.({
          bytes: before.bytes + progress.bytes,
          total,
          events: before.events + progress.events,
        });
      },
    });
    await end();
    for (const diagnostic of diagnostics) onDiagnostic(diagnostic);
    before = { bytes: before.bytes + (capture.size ?? 0), events: before.events + events };
  }
}

/** What events are shown with. */
export interface ShowJob extends Selection {
  /** Gives what writes the events of a capture. */
  readonly writer: (capture: CaptureFile) => EventWriter;
  /** Takes whole lines, each with its line feed, and the capture that they are from; the next are made when this is done. */
  readonly onLines: (lines: ByteString, capture: CaptureFile) => Promise<void>;
}

/** Shows the selected events of captures as lines. */
export async function showEvents({ writer, onLines, ...selection }: ShowJob): Promise<void> {
  await observeEvents(selection, (capture) => {
    const write = writer(capture);
    let lines: ByteString = '';
    const pass = async (): Promise<void> => {
      if (lines === '') return;
      const done = lines;
      lines = '';
      await onLines(done, capture);
    };
    return {
      see: (event, selected) => {
        const line = selected ? write(event) : undefined;
        if (line === undefined) return false;
        lines += `${line}\n`;
        return true;
      },
      rest: pass,
      end: pass,
    };
  });
}
