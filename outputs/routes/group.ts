import type { RoutedAlert } from '../alert.ts';
import type { HeldAlert } from './held-alert.ts';
import { keyFields, keyText, type KeyFields } from './key.ts';
import type { RoutedDelivery, RoutedEntry } from './node.ts';
import type { GroupSettings } from './schema.ts';
import type { HeldBack } from './stages/stage.ts';
import type { Moment, StageState } from './state.ts';
import type { Table } from './table.ts';

/** A group of alerts that wait. Times are those of `Moment.steady`. */
interface Group {
  /** When what waits is handed over; undefined while nothing waits. */
  readonly due: number | undefined;
  /** When alerts were handed over last. */
  readonly handedOver: number | undefined;
  /** Numbers of the alerts that wait: from `first` on, `next` not included. */
  readonly first: number;
  readonly next: number;
  /** Rules that were told of, and when. */
  readonly told: Readonly<Record<string, number>>;
}

const NEW: Group = { due: undefined, handedOver: undefined, first: 0, next: 0, told: {} };

/** An alert that a group keeps, until when (`Moment.steady`), and with which others. */
export interface Kept {
  readonly until: number;
  readonly values: readonly string[];
}

/** Gathers alerts of a route in groups. */
export class GroupStage {
  readonly settings: GroupSettings;
  readonly #node: string;
  readonly #label: string;
  readonly #fields: KeyFields;
  readonly #groups: Table<Group>;
  readonly #held: Table<HeldAlert>;
  readonly #release: (entries: readonly RoutedEntry[]) => void;

  /** @param release Takes what is handed over. */
  constructor(
    settings: GroupSettings,
    { id, label }: { readonly id: string; readonly label: string },
    state: StageState,
    held: Table<HeldAlert>,
    release: (entries: readonly RoutedEntry[]) => void,
  ) {
    this.settings = settings;
    this.#node = id;
    this.#label = label;
    this.#fields = keyFields(settings.by);
    this.#held = held;
    this.#release = release;
    this.#groups = state.table<Group>(`group/${id}`, settings.max_keys, (key, group) =>
      this.#handOver(key, group),
    );
  }

  /** Keeps an alert, or holds it back because its group has told of its rule already. */
  take(alert: RoutedAlert, deliveries: readonly RoutedDelivery[], { steady }: Moment): Kept | HeldBack {
    const { wait, interval, repeat, max, by } = this.settings;
    const values = this.#fields.values(alert);
    const key = keyText(values);
    const group = this.#groups.get(key) ?? NEW;
    const told = Object.hasOwn(group.told, alert.rule) ? group.told[alert.rule]! : undefined;
    if (told !== undefined && steady - told < repeat)
      return {
        stage: 'group',
        reason: 'the group has told of this rule already',
        names: [...by, ...(by.includes('rule') ? [] : ['rule'])],
        values: [...values, ...(by.includes('rule') ? [] : [alert.rule])],
        until: told + repeat,
      };
    const { handedOver, next } = group;
    const isQuiet = handedOver === undefined || steady - handedOver >= interval;
    const due = group.due ?? (isQuiet ? steady + wait : handedOver + interval);
    this.#held.set(this.#heldKey(key, next), { alert, deliveries, node: this.#node });
    const grown = { ...group, due, next: next + 1 };
    this.#groups.set(key, grown);
    if (due <= steady || grown.next - grown.first >= max) this.#flush(key, grown, steady);
    return { until: due, values };
  }

  /** Hands over what waited long enough, and forgets groups that are over. */
  tick({ steady }: Moment): void {
    const { interval, repeat } = this.settings;
    for (const [key, group] of this.#groups.entries()) {
      if (group.due !== undefined) {
        if (group.due <= steady) this.#flush(key, group, steady);
      } else if (steady - (group.handedOver ?? 0) >= Math.max(interval, repeat)) this.#groups.delete(key);
    }
  }

  /** When something is to be handed over; undefined if nothing waits. */
  get due(): number | undefined {
    let earliest: number | undefined;
    for (const [, { due }] of this.#groups.entries())
      if (due !== undefined && (earliest === undefined || due < earliest)) earliest = due;
    return earliest;
  }

  #flush(key: string, group: Group, steady: number): void {
    const { repeat } = this.settings;
    const told = new Map(Object.entries(group.told).filter(([, time]) => steady - time < repeat));
    for (const { rule } of this.#handOver(key, group)) if (repeat > 0) told.set(rule, steady);
    this.#groups.set(key, {
      due: undefined,
      handedOver: steady,
      first: group.next,
      next: group.next,
      told: Object.fromEntries(told),
    });
  }

  #handOver(key: string, { first, next }: Group): readonly RoutedAlert[] {
    const group = `${this.#label} ${key}`;
    const entries: RoutedEntry[] = [];
    for (let number = first; number < next; number++) {
      const heldKey = this.#heldKey(key, number);
      const held = this.#held.get(heldKey);
      if (held === undefined) continue;
      this.#held.delete(heldKey);
      const deliveries = held.deliveries.map(({ output, route }) => ({ output, route: { ...route, group } }));
      entries.push({ alert: held.alert, deliveries });
    }
    this.#release(entries);
    return entries.map(({ alert }) => alert);
  }

  #heldKey(key: string, number: number): string {
    return `${this.#node} ${number} ${key}`;
  }
}
