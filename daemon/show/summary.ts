import {
  bindField,
  bindPluginFields,
  compileOutput,
  EVENTS,
  NOT_AVAILABLE,
  type ByteString,
  type Event,
  type FieldLookup,
  type Source,
  type SourceCount,
} from '../../engine/index.ts';
import { formatLines } from './event-writers.ts';
import { observeEvents, type Selection } from './show.ts';

/** What is counted: events, and bytes that were read and written. */
export interface Count {
  readonly events: number;
  readonly read: number;
  readonly written: number;
}

/** One of the things that events are counted by. */
export interface Row extends Count {
  /** A byte string. */
  readonly name: ByteString;
}

/** The things of one kind with the most events. */
export interface Ranking {
  /** How many there are in all. */
  readonly distinct: number;
  readonly top: readonly Row[];
}

/** What is in captures, in numbers. */
export interface EventSummary extends Count {
  /** Times of the first and the last event, in nanoseconds since the epoch; undefined if there are none. */
  readonly first: bigint | undefined;
  readonly last: bigint | undefined;
  /** By `evt.type`. */
  readonly types: Ranking;
  /** By `proc.name`. */
  readonly processes: Ranking;
  /** By `container.id`, with the name where it is known. */
  readonly containers: Ranking;
  /** By `fd.name` of files and directories, those that could not be opened included. */
  readonly files: Ranking;
  /** By client and server of IP sockets, whatever the port of the client: `10.0.0.7->10.0.0.1:443 tcp`. */
  readonly connections: Ranking;
  /** Failed calls, by the name of the error. */
  readonly errors: Ranking;
  /** Events of other sources, by what each counts. */
  readonly sources: readonly SourceSummary[];
}

/** What is counted of the events of one source. */
export interface SourceSummary {
  readonly source: ByteString;
  readonly counts: readonly (Pick<SourceCount, 'name' | 'title'> & { readonly ranking: Ranking })[];
}

/** The kinds of things that events are counted by. */
export const RANKINGS = ['types', 'processes', 'containers', 'files', 'connections', 'errors'] as const;

/** What a summary is made with. */
export interface SummaryJob extends Selection {
  /** How many of each kind are shown. */
  readonly top: number;
}

/** Counts the selected events of all captures together. Memory grows with the names that there are, not with the events. */
export async function summarizeEvents({ top, ...selection }: SummaryJob): Promise<EventSummary> {
  const counter = new EventCounter();
  await observeEvents(selection, () => ({
    see: (event, selected) => {
      if (selected) counter.add(event);
      return selected;
    },
    end: () => undefined,
  }));
  return counter.summary(top);
}

type Read = (event: Event) => ByteString | undefined;

/** Reads a text of fields; undefined for an event that lacks one of them. */
function textOf(format: ByteString): Read {
  const output = compileOutput(format, bindField);
  if ('error' in output) throw new Error(`${format}: ${output.error}`);
  return output.completeText;
}

const typeOf = textOf('%evt.type');
const processOf = textOf('%proc.name');
const containerOf = textOf('%container.id');
const containerNameOf = textOf('%container.name');
const fdKindOf = textOf('%fd.typechar');
const fdNameOf = textOf('%fd.name');
const connectionOf = textOf('%fd.cip->%fd.sip:%fd.sport %fd.l4proto');
const errorOf = textOf('%evt.res');

/** The time of these need not be that of anything that happened. */
const IS_META: readonly boolean[] = EVENTS.map(({ classes }) => classes.includes('metaevent'));
const READS: readonly boolean[] = EVENTS.map(({ category, enter }) => !enter && category === 'io_read');
const WRITES: readonly boolean[] = EVENTS.map(({ category, enter }) => !enter && category === 'io_write');

/** A count that grows. */
class Tally {
  events = 0;
  read = 0;
  written = 0;

  add(read: number, written: number): void {
    this.events++;
    this.read += read;
    this.written += written;
  }

  get count(): Count {
    return { events: this.events, read: this.read, written: this.written };
  }
}

/** Counts by name. */
class Tallies {
  readonly #byName = new Map<ByteString, Tally>();

  add(name: ByteString, read: number, written: number): void {
    let tally = this.#byName.get(name);
    if (tally === undefined) this.#byName.set(name, (tally = new Tally()));
    tally.add(read, written);
  }

  ranking(top: number): Ranking {
    const sorted = [...this.#byName].sort(
      ([a, m], [b, n]) => n.events - m.events || n.read + n.written - m.read - m.written || (a < b ? -1 : 1),
    );
    return {
      distinct: sorted.length,
      top: sorted.slice(0, top).map(([name, tally]) => ({ name, ...tally.count })),
    };
  }
}

class EventCounter {
  readonly #all = new Tally();
  readonly #types = new Tallies();
  readonly #processes = new Tallies();
  readonly #containers = new Tallies();
  readonly #files = new Tallies();
  readonly #connections = new Tallies();
  readonly #errors = new Tallies();
  readonly #sources = new Map<Source, readonly SourceCounter[]>();
  #first: bigint | undefined;
  #last: bigint | undefined;

  add(event: Event): void {
    const { code } = event;
    if (!IS_META[code]) this.#spanTo(event.time);
    const failed = event.errorCode !== 0;
    const bytes = (READS[code] || WRITES[code]) && !failed ? Math.max(0, event.returnValue) : 0;
    const read = READS[code] ? bytes : 0;
    const written = WRITES[code] ? bytes : 0;
    this.#all.add(read, written);
    const { origin } = event;
    this.#types.add(origin?.name ?? typeOf(event) ?? NOT_AVAILABLE, read, written);
    if (origin !== undefined) return this.#countersOf(origin).forEach((counter) => counter.add(event));
    this.#processes.add(processOf(event) ?? NOT_AVAILABLE, read, written);
    this.#containers.add(containerTextOf(event), read, written);
    if (failed) this.#errors.add(errorOf(event) ?? NOT_AVAILABLE, 0, 0);
    const kind = fdKindOf(event);
    if (kind === 'f' || kind === 'd') {
      const name = fdNameOf(event);
      if (name !== undefined && name !== '') this.#files.add(name, read, written);
    } else if (kind === '4' || kind === '6') {
      const connection = connectionOf(event);
      if (connection !== undefined) this.#connections.add(connection, read, written);
    }
  }

  #countersOf(source: Source): readonly SourceCounter[] {
    let counters = this.#sources.get(source);
    if (counters === undefined) {
      const lookup = bindPluginFields(source.fields);
      counters = source.counts.map((count) => new SourceCounter(count, lookup));
      this.#sources.set(source, counters);
    }
    return counters;
  }

  #spanTo(time: bigint): void {
    if (this.#first === undefined || time < this.#first) this.#first = time;
    if (this.#last === undefined || time > this.#last) this.#last = time;
  }

  summary(top: number): EventSummary {
    return {
      ...this.#all.count,
      first: this.#first,
      last: this.#last,
      types: this.#types.ranking(top),
      processes: this.#processes.ranking(top),
      containers: this.#containers.ranking(top),
      files: this.#files.ranking(top),
      connections: this.#connections.ranking(top),
      errors: this.#errors.ranking(top),
      sources: Array.from(this.#sources, ([{ name: source }, counters]) => ({
        source,
        counts: counters.map(({ name, title, tallies }) => ({ name, title, ranking: tallies.ranking(top) })),
      })),
    };
  }
}

/** Counts the events of a source by one kind of things. */
class SourceCounter {
  readonly name: string;
  readonly title: string;
  readonly tallies = new Tallies();
  readonly #texts: readonly Read[];

  constructor({ name, title, formats }: SourceCount, lookup: FieldLookup) {
    this.name = name;
    this.title = title;
    this.#texts = formats.map((format) => formatLines(format, lookup));
  }

  add(event: Event): void {
    for (const text of this.#texts) {
      const thing = text(event);
      if (thing === undefined) continue;
      this.tallies.add(thing, 0, 0);
      return;
    }
  }
}

function containerTextOf(event: Event): ByteString {
  const id = containerOf(event) ?? NOT_AVAILABLE;
  const name = containerNameOf(event);
  return name === undefined || name === '' || name === id ? id : `${id} (${name})`;
}
