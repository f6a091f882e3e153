import type { RawJson, SourceEvent, SourceProblem } from '../../engine/index.ts';
import { rfc3339 } from '../time.ts';

/** Larger events are left out, as Falco's plug-in does (`maxEventSize`, 256 KiB). Bytes of JSON without blanks. */
const MAX_EVENT = 262_144;

/** The audit events of a document: itself, the items of an EventList, or those of the documents in a list. */
export function* parseAudit(document: RawJson): Generator<SourceEvent<RawJson> | SourceProblem> {
  if (document.kind === 'array') {
    for (const element of document.elements) yield* parseAudit(element);
    return;
  }
  const kind = document.get('kind')?.string;
  const items = document.get('items');
  if (kind === 'Event') yield readEvent(document);
  else if (kind === 'EventList' && items?.kind === 'array')
    for (const item of items.elements) yield readEvent(item);
  else
    yield {
      problem: 'this is no audit event of Kubernetes',
      hint: '"kind" must be "Event", or "EventList" with "items" (audit.k8s.io/v1)',
    };
}

function readEvent(document: RawJson): SourceEvent<RawJson> | SourceProblem {
  const written = document.get('stageTimestamp');
  if (written === undefined) return { problem: 'an audit event has no "stageTimestamp"' };
  const time = rfc3339(written.string ?? '');
  if (time === undefined)
    return {
      problem: `the "stageTimestamp" of an audit event is no time: ${written.json.slice(0, 80)}`,
      hint: 'a time is written like "2026-11-24T08:12:31.830935Z"',
    };
  if (document.length > MAX_EVENT)
    return {
      problem: `an audit event is left out, as by Falco: it has ${document.length} bytes, more than ${MAX_EVENT}`,
    };
  return { time, data: document };
}
