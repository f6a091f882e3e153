/** Counts of alerts that stages held back, and the alerts that sum them up. */
import { PRIORITIES, type Priority } from '../../engine/index.ts';
import { composeAlert, type FieldJson, type RoutedAlert } from '../alert.ts';
import { keyText } from './key.ts';
import type { RoutedDelivery, RoutedEntry } from './node.ts';
import type { HeldBack, StageName } from './stages/stage.ts';
import type { Moment, StageState } from './state.ts';
import type { Table } from './table.ts';

/** Source of the alerts that tiercel makes about what it held back. */
export const SUMMARY_SOURCE = 'tiercel';

/** Alerts that one stage of one route held back, which have something in common. */
interface Tally {
  readonly route: string;
  readonly stage: StageName;
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly count: number;
  /** Times of the first and the last one, as given. */
  readonly first: string;
  readonly last: string;
  /** When they are summed up (`Moment.steady`). */
  readonly due: number;
  /** Null if they are of several. */
  readonly rule: string | null;
  readonly hostname: string | null;
  /** The highest. */
  readonly priority: Priority;
  /** Where the first one would have gone. */
  readonly deliveries: readonly RoutedDelivery[];
}

const MOST_TALLIES = 10_000;
/** Of the values that they have in common, which may be long command lines. */
export const MOST_TALLY_LETTERS = 16 << 20;

/** What is held back now, by route, stage and key. */
export class Tallies {
  readonly #table: Table<Tally>;
  readonly #release: (entry: RoutedEntry) => void;
  #wall = 0;

  /** @param release Takes the alerts that sum up. */
  constructor(state: StageState, release: (entry: RoutedEntry) => void) {
    this.#release = release;
    this.#table = state.table<Tally>('tally', MOST_TALLIES, (_key, tally) => this.#tell(tally), undefined, {
      most: MOST_TALLY_LETTERS,
      of: ({ values }) => values.reduce((sum, { length }) => sum + length, 0),
    });
  }

  /**
   * Counts an alert that was held back until a time.
   *
   * @param deliveries Where it would have gone.
   */
  add(
    node: { readonly id: string; readonly label: string },
    alert: RoutedAlert,
    { stage, names, values }: HeldBack,
    until: number,
    moment: Moment,
    deliveries: () => readonly RoutedDelivery[],
  ): void {
    this.#wall = moment.wall;
    const key = `${node.id} ${stage} ${keyText(values)}`;
    const { time, rule, hostname, priority } = alert;
    let tally = this.#table.get(key);
    if (tally !== undefined && tally.due <= moment.steady) {
      this.#table.delete(key);
      this.#tell(tally);
      tally = undefined;
    }
    this.#table.set(
      key,
      tally === undefined
        ? {
            route: node.label,
            stage,
            names,
            values,
            count: 1,
            first: time,
            last: time,
            due: until,
            rule,
            hostname,
            priority,
            deliveries: deliveries(),
          }
        : {
            ...tally,
            count: tally.count + 1,
            last: time,
            rule: tally.rule === rule ? rule : null,
            hostname: tally.hostname === hostname ? hostname : null,
            priority: higher(tally.priority, priority),
          },
    );
  }

  /** Sums up what is over. */
  tick({ wall, steady }: Moment): void {
    this.#wall = wall;
    for (const [key, tally] of this.#table.entries())
      if (tally.due <= steady) {
        this.#table.delete(key);
        this.#tell(tally);
      }
  }

  /** Sums up at once what a condition of the key is true for. */
  end(moment: Moment, isOver: (stage: StageName, values: readonly string[]) => boolean): void {
    this.#wall = moment.wall;
    for (const [key, tally] of this.#table.entries())
      if (isOver(tally.stage, tally.values)) {
        this.#table.delete(key);
        this.#tell(tally);
      }
  }

  /** When something is to be summed up; undefined if nothing is, or not before someone ends it. */
  get due(): number | undefined {
    let earliest: number | undefined;
    for (const [, { due }] of this.#table.entries())
      if (due < (earliest ?? Number.MAX_SAFE_INTEGER)) earliest = due;
    return earliest;
  }

  #tell(tally: Tally): void {
    const { deliveries } = tally;
    if (deliveries.length > 0) this.#release({ alert: summaryAlert(tally, this.#wall), deliveries });
  }
}

const higher = (a: Priority, b: Priority): Priority =>
  PRIORITIES[Math.min(PRIORITIES.indexOf(a), PRIORITIES.indexOf(b))]!;

/** Keys of an alert that are no `output_fields`. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  'rule',
  'priority',
  'source',
  'hostname',
  'tags',
  'output',
  'input',
  'id',
  'time',
  'json',
]);

function summaryAlert(tally: Tally, wall: number): RoutedAlert {
  const { count, rule, priority, hostname, names, values, first, last, stage, route } = tally;
  const time = new Date(wall).toISOString();
  const keyFields = names.flatMap((name, i) => (OWN_KEYS.has(name) ? [] : [[name, values[i]!] as const]));
  const key = names.map((name, i) => `${name}=${values[i]!}`).filter((_, i) => names[i] !== 'id');
  const what = rule === null ? 'alerts of several rules' : `of ${rule}`;
  const like = key.length === 0 ? '' : ` (${key.join(' ')})`;
  const span = first === last ? `at ${first}` : `from ${first} to ${last}`;
  return composeAlert(
    {
      rule: rule === null ? 'tiercel summary' : `tiercel summary: ${rule}`,
      priority,
      source: SUMMARY_SOURCE,
      hostname: hostname ?? '',
      time,
      tags: [],
      output: `${time}: ${priority} ${count} more ${what}${like}, ${span}, held back by ${stage} of ${route}`,
      fields: new Map<string, FieldJson>([
        ...keyFields,
        ['tiercel.count', count],
        ['tiercel.first', first],
        ['tiercel.last', last],
        ['tiercel.route', route],
        ['tiercel.stage', stage],
      ]),
    },
    { input: 'tiercel', received: wall },
  );
}
