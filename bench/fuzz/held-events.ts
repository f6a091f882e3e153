import { DiagnosticError, Event, Machine } from '../../engine/index.ts';
import { concat } from '../../test/replay/scap/writer.ts';
import { ScapReader } from '../../replay/index.ts';
import { seeds, type Seed } from './seeds.ts';

/** One event in this many of each seed is held. */
const STEP = 13;

/** Events of different types, each in the machine as it was when the event came, so that conditions can be asked about them at any time. */
export function heldEvents(): Event[] {
  const events: Event[] = [];
  const types = new Set<number>();
  for (const seed of seeds())
    for (let number = 0; ; number += STEP) {
      const event = eventAt(seed, number);
      if (event === undefined) break;
      if (!types.has(event.code)) events.push(event);
      types.add(event.code);
    }
  return events;
}

/** The first event from `number` on that is shown. */
function eventAt(seed: Seed, number: number): Event | undefined {
  const machine = new Machine();
  const reader = new ScapReader('seed', machine);
  const event = new Event();
  reader.feed(concat(...seed));
  try {
    for (let at = 0; reader.next(event); at++) if (machine.apply(event) && at >= number) return event;
  } catch (error) {
    // Some seeds are no whole captures.
    if (!(error instanceof DiagnosticError)) throw error;
  }
  return undefined;
}
