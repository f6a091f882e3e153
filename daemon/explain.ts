import { EVENTS, type ByteString, type Diagnostic, type Event, type Source } from '../engine/index.ts';
import type { CaptureFile } from '../replay/index.ts';
import {
  decide,
  eventProbe,
  obstacles,
  type Decision,
  type ModelRule,
  type Obstacle,
} from '../rules/index.ts';
import { readCapture, type ReadProgress } from './capture.ts';
import { eventJson } from './show/event-json.ts';
import { eventLines } from './show/event-writers.ts';

const line = eventLines('utc');

/** Why a rule fired for an event, or did not. */
export interface Explanation {
  /** The event, as `eventJson` gives it. */
  readonly event: ByteString;
  /** The event for people, as `tiercel show` prints it. */
  readonly line: ByteString;
  /** Whether Falco asks the rule at events of this type at all. */
  readonly asked: boolean;
  readonly decision: Decision;
}

/** What reading a capture for an explanation needs and tells. */
export interface ExplainJob {
  readonly rule: ModelRule;
  readonly capture: CaptureFile;
  /** The sources that the capture may be of. */
  readonly sources?: readonly Source[];
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** Explains one event of a capture, by its `evt.num`; undefined if the capture has no such event. */
export async function explainEvent(num: number, job: ExplainJob): Promise<Explanation | undefined> {
  let found: Explanation | undefined;
  await read(job, (event) => {
    if (event.num < num) return true;
    if (event.num === num) found = explain(job.rule, event);
    return false;
  });
  return found;
}

/** Explains an event that a machine has applied, as long as it is valid. */
export function explain({ codes, whole }: ModelRule, event: Event): Explanation {
  return {
    event: eventJson(event),
    line: line(event) ?? '',
    asked: codes.has(event.code),
    decision: decide(whole, eventProbe(event)),
  };
}

/** Events that a rule missed for the same reason. */
export interface Miss {
  /** What would have had to be different, the fewest things possible. */
  readonly obstacles: readonly Obstacle[];
  /** How many events missed for this. */
  readonly events: number;
  /** Some of them, the first first: their numbers, and what the obstacles' left sides read there. */
  readonly examples: readonly { readonly num: number; readonly read: readonly (ByteString | undefined)[] }[];
}

/** How near a rule came to the events of a capture. */
export interface NearMisses {
  /** Events of the capture. */
  readonly events: number;
  /** Events at which the rule was asked, by the name of their type. */
  readonly asked: ReadonlyMap<string, number>;
  /** Events for which it held. */
  readonly matched: number;
  /** The first of them. */
  readonly firstMatch: number | undefined;
  /** The nearest first; of those as near, the most frequent. */
  readonly misses: readonly Miss[];
}

/** So many examples are kept of each reason. */
const EXAMPLES = 3;

/** So many checks may be wrong at most: beyond that nothing is near. */
export const FARTHEST = 3;

/** So many different reasons are kept at most, the nearest first. */
const MOST_REASONS = 10_000;

interface Reason {
  readonly obstacles: readonly Obstacle[];
  events: number;
  readonly examples: { readonly num: number; readonly read: readonly (ByteString | undefined)[] }[];
}

/** Looks for the events of a capture that a rule nearly matched. */
export async function nearMisses(job: ExplainJob): Promise<NearMisses> {
  const { codes, whole } = job.rule;
  const asked = new Map<string, number>();
  const reasons = new Map<string, Reason>();
  let matched = 0;
  let firstMatch: number | undefined;
  const { events } = await read(job, (event, visible) => {
    if (!visible || !codes.has(event.code)) return true;
    const { name } = EVENTS[event.code]!;
    asked.set(name, (asked.get(name) ?? 0) + 1);
    const probe = eventProbe(event);
    const found = obstacles(whole, probe, FARTHEST);
    if (found === undefined) return true;
    if (found.length === 0) {
      matched++;
      firstMatch ??= event.num;
      return true;
    }
    const key = found.map(({ node, wanted }) => `${node.check.key} ${wanted}`).join('\n');
    let reason = reasons.get(key);
    if (reason === undefined) {
      if (reasons.size >= MOST_REASONS) return true;
      reasons.set(key, (reason = { obstacles: found, events: 0, examples: [] }));
    }
    reason.events++;
    if (reason.examples.length < EXAMPLES)
      reason.examples.push({
        num: event.num,
        read: found.map(({ node }) => probe.text(node.check.left)),
      });
    return true;
  });
  const misses = [...reasons.values()].sort(
    (a, b) => a.obstacles.length - b.obstacles.length || b.events - a.events,
  );
  return { events, asked, matched, firstMatch, misses };
}

async function read(
  { rule, capture, sources, onDiagnostic, onProgress }: ExplainJob,
  onEvent: (event: Event, visible: boolean) => boolean,
): Promise<{ readonly events: number }> {
  const { events, diagnostics } = await readCapture(capture.path, {
    // Events of other sources are none of the rule's.
    onEvent: (event, visible) => event.source !== rule.loaded.source || onEvent(event, visible),
    ...(sources && { sources }),
    ...(onProgress && { onProgress }),
  });
  diagnostics.forEach(onDiagnostic);
  return { events };
}
