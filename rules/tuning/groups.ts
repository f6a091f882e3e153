import type { AlertValues, ByteString } from '../../engine/index.ts';
import { candidateFields, usable, type TuningFields } from './distinguishing.ts';

/** Alerts of one rule that are alike. */
export interface AlertGroup {
  /** By the fields that tell the groups apart; undefined where the alerts have no such value. */
  readonly values: ReadonlyMap<ByteString, ByteString | undefined>;
  readonly alerts: readonly AlertValues[];
}

/** More groups than this are not told apart by one more field. */
const MOST_GROUPS = 20;

/** So many fields tell groups apart at most: people must be able to read them. */
const MOST_FIELDS = 4;

/** Puts alerts together that have the same values in the few fields that tell most of them apart. The largest group is first. */
export function groupAlerts(alerts: readonly AlertValues[], by?: TuningFields): readonly AlertGroup[] {
  let groups: readonly AlertGroup[] = alerts.length === 0 ? [] : [{ values: new Map(), alerts }];
  let fields = 0;
  for (const field of candidateFields(alerts, by)) {
    if (fields === MOST_FIELDS) break;
    const split = groups.flatMap((group) => splitBy(group, field));
    if (split.length === groups.length || split.length > MOST_GROUPS) continue;
    groups = split;
    fields++;
  }
  return [...groups].sort((a, b) => b.alerts.length - a.alerts.length);
}

function splitBy({ values, alerts }: AlertGroup, field: ByteString): readonly AlertGroup[] {
  const parts = new Map<ByteString | undefined, AlertValues[]>();
  for (const alert of alerts) {
    const value = usable(alert.get(field));
    const part = parts.get(value);
    if (part === undefined) parts.set(value, [alert]);
    else part.push(alert);
  }
  return [...parts].map(([value, part]) => ({ values: new Map([...values, [field, value]]), alerts: part }));
}
