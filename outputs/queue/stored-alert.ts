import { readAlert, type RoutedAlert } from '../alert.ts';
import { RecordError, type LogRecord } from './records.ts';

/** The alert as it was when it was accepted. @throws RecordError if its JSON is no alert. */
export function storedAlert({ id, json, ...origin }: LogRecord): RoutedAlert {
  try {
    return { ...readAlert(json, origin, Infinity), id };
  } catch (error) {
    throw new RecordError('what is kept is no alert', { cause: error });
  }
}
