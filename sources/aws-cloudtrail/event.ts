import type { RawJson, SourceEvent, SourceProblem } from '../../engine/index.ts';
import { rfc3339 } from '../time.ts';

/**
 * The events of a document: itself, those of its `Records` (a log file), or any object one level below, as Falco's plug-in takes them (the `detail` of
 * EventBridge). What has no time or no type is none; Insights events are left out.
 */
export function* parseCloudTrail(document: RawJson): Generator<SourceEvent<RawJson> | SourceProblem> {
  if (document.kind === 'object' && document.get('eventTime') !== undefined) yield* readEvent(document);
  else {
    const inside = objectsBelow(document);
    if (inside.length === 0 && document.get('Records')?.kind !== 'array')
      yield {
        problem: 'this is no event of CloudTrail, and holds none',
        hint: 'log files of CloudTrail are like {"Records": [{"eventTime": "…", "eventType": "AwsApiCall", …}]}',
      };
    for (const event of inside) yield* readEvent(event);
  }
}

function objectsBelow({ kind, elements, values }: RawJson): readonly RawJson[] {
  return (kind === 'array' ? elements : values).flatMap(objectsIn);
}

/** A value that is an object, or those in lists, however deep. */
function objectsIn(value: RawJson): readonly RawJson[] {
  return value.kind === 'object' ? [value] : value.elements.flatMap(objectsIn);
}

function* readEvent(event: RawJson): Generator<SourceEvent<RawJson> | SourceProblem> {
  const written = event.get('eventTime');
  const time = rfc3339(written?.string ?? '');
  if (time === undefined) {
    yield {
      problem:
        written === undefined
          ? 'an event has no "eventTime"'
          : `the "eventTime" of an event is no time: ${written.json.slice(0, 80)}`,
      hint: 'a time is written like "2026-11-24T08:12:31Z"',
    };
    return;
  }
  const type = event.get('eventType')?.string;
  if (type === undefined) yield { problem: 'an event has no "eventType"' };
  else if (type !== 'AwsCloudTrailInsight') yield { time, data: event };
}
