import {
  JsonTextError,
  RawJson,
  stringEnd,
  type ByteString,
  type SourceEvent,
  type SourceProblem,
} from '../../engine/index.ts';
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

/**
 * The events in a log file that is cut off or holds something wrong: Falco's plug-in takes the objects out of a file by their braces, and passes over what in them
 * is no JSON.
 */
export function* salvageCloudTrail(text: ByteString): Generator<SourceEvent<RawJson>> {
  for (const object of objectTexts(text)) {
    const record = jsonOf(object);
    if (record !== undefined) for (const found of readEvent(record)) if ('data' in found) yield found;
  }
}

/** The texts of the objects that stand in one other object, through whatever lists. */
function* objectTexts(text: ByteString): Generator<ByteString> {
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const mark = text[at];
    if (mark === '"') {
      const end = stringEnd(text, at);
      if (end < 0) return;
      at = end - 1;
    } else if (mark === '{') {
      if (depth === 1) start = at;
      depth++;
    } else if (mark === '}') {
      depth--;
      if (depth === 1) yield text.slice(start, at + 1);
    }
  }
}

function jsonOf(text: ByteString): RawJson | undefined {
  try {
    return RawJson.parse(text);
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}
