import { alertFromJson, readAlert, type RoutedAlert } from '../alert.ts';
import { parseJson, type JsonMap } from '../json.ts';
import { RecordError, type LogRecord } from './records.ts';

/** The alert as it was when it was accepted. @throws RecordError if its JSON is no alert. */
export function storedAlert({ id, json, ...origin }: LogRecord): RoutedAlert {
  try {
    return { ...readAlert(json, origin), id };
  } catch (error) {
    // Alerts that were read from text have no rule, which `readAlert` does not take.
    const rest = withRule(json);
    if (rest === undefined) throw new RecordError('what is kept is no alert', { cause: error });
    return { ...alertFromJson(rest, origin), rule: '', id, json };
  }
}

function withRule(json: string): JsonMap | undefined {
  try {
    const object = parseJson(json) as JsonMap;
    return object.get('rule') === '' ? new Map([...object, ['rule', '-']]) : undefined;
  } catch {
    return undefined;
  }
}
