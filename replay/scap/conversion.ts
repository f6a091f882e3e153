import { EVENT_HEADER, EVENTS, FD_PARAMETER, type EventInfo } from '../../engine/index.ts';
import type { ConversionRule } from './conversion-rules.ts';
import { defaultByte, defaultSize, maxSize } from './parameter-sizes.ts';

/** Where a value of a new event comes from. */
export const SOURCE = { OLD: 0, ENTER: 1, ENTER_OR_EMPTY: 2, EMPTY: 3, DEFAULT: 4, JSON: 5 } as const;
type Source = (typeof SOURCE)[keyof typeof SOURCE];

const SOURCE_OF = {
  old: SOURCE.OLD,
  enter: SOURCE.ENTER,
  'enter?': SOURCE.ENTER_OR_EMPTY,
  empty: SOURCE.EMPTY,
  default: SOURCE.DEFAULT,
  json: SOURCE.JSON,
} as const;

/** One value of a new event. */
interface Value {
  readonly source: Source;
  /** Which parameter of the old event or of the enter event. */
  readonly index: number;
  /** It is cut to this size. */
  readonly maxSize: number;
  /** As many of these bytes are its default. */
  readonly defaultSize: number;
  readonly defaultByte: number;
}

/** Values that stand side by side in the new event, and where they come from as well. */
export interface Part {
  readonly source: Source;
  /** Parameter of the old event or of the enter event that the first of them is. */
  readonly first: number;
  readonly values: readonly Value[];
}

/** How an event of an old capture becomes one of the current schema, ready to be carried out. */
export interface Conversion {
  /** Type of the new event. */
  readonly code: number;
  /** What to do with the new event: `PASS`, `DROP`, `STORE` or `STORE_AND_PASS` of `PLAN`. */
  readonly plan: number;
  /** Parameters of the old event that stay in front. */
  readonly kept: number;
  /** Parameters of the new event. */
  readonly count: number;
  /** The others. */
  readonly parts: readonly Part[];
  /** Type of the enter event whose values it takes; -1 for none. */
  readonly enterCode: number;
  /** Where the values of that begin, counted from its header. */
  readonly enterValues: number;
  /** Which parameter of that is the fd that the new event is about; -1 for none. */
  readonly enterFd: number;
  /** Whether an event may be passed over before it is built: all that `Passing` looks at is known where it is. */
  readonly mayPass: boolean;
  /** Whether it only gives the event empty parameters behind those that it has. */
  readonly widens: boolean;
}

/** Makes one conversion of the steps from one version of an event to the next. */
export class ConversionSteps {
  readonly #old: EventInfo;
  readonly #oldCount: number;
  #values: Value[];
  #kept: number;
  #enterCode = -1;
  /** The event after the steps so far. */
  info: EventInfo;

  constructor(info: EventInfo, count: number) {
    this.#old = this.info = info;
    this.#oldCount = this.#kept = count;
    this.#values = Array.from({ length: count }, (_, index) => ({
      source: SOURCE.OLD,
      index,
      maxSize: Infinity,
      defaultSize: 0,
      defaultByte: 0,
    }));
  }

  get count(): number {
    return this.#values.length;
  }

  take({ action, values }: ConversionRule, target: EventInfo): void {
    const before = this.#values;
    const front = action === 'add' ? before : [];
    // A step that takes values of the enter event uses it up.
    const hasEnter = this.#enterCode < 0;
    if (hasEnter && values.some(({ source }) => source.startsWith('enter')))
      this.#enterCode = this.info.code - 1;
    const taken = values.map(({ source, index }, i): Value => {
      const param = target.params[front.length + i];
      if (param === undefined) throw new Error(`${target.symbol} has no parameter ${front.length + i}`);
      const most = maxSize(param.type, target.largeLengths);
      if (source === 'old') return cut(before[index]!, most);
      return {
        source: hasEnter ? SOURCE_OF[source] : withoutEnter(SOURCE_OF[source]),
        index,
        maxSize: most,
        defaultSize: defaultSize(param.type),
        defaultByte: defaultByte(param.type),
      };
    });
    if (action === 'become') this.#kept = 0;
    this.#values = [...front, ...taken];
    this.info = target;
  }

  conversion(plan: number): Conversion {
    const values = this.#values;
    const { code } = this.info;
    const parts = partsOf(values.slice(this.#kept));
    const widens =
      code === this.#old.code &&
      this.#kept === this.#oldCount &&
      parts.every(({ source }) => source === SOURCE.EMPTY);
    const place = FD_PARAMETER[code]!;
    const enterFd = place >= 0 && isOfEnter(values[place]) ? values[place]!.index : -1;
    const completesExit = this.#enterCode >= 0 && isOld(values[0]) && (place < 0 || enterFd >= 0);
    return {
      code,
      plan,
      kept: this.#kept,
      count: values.length,
      parts,
      enterCode: this.#enterCode,
      enterValues: EVENT_HEADER + 2 * (EVENTS[this.#enterCode]?.params.length ?? 0),
      enterFd,
      widens,
      mayPass: !this.info.largeLengths && (widens || completesExit),
    };
  }
}

const isOld = (value: Value | undefined): boolean => value?.source === SOURCE.OLD;

const isOfEnter = (value: Value | undefined): boolean =>
  value?.source === SOURCE.ENTER || value?.source === SOURCE.ENTER_OR_EMPTY;

function withoutEnter(source: Source): Source {
  if (source === SOURCE.ENTER) return SOURCE.DEFAULT;
  return source === SOURCE.ENTER_OR_EMPTY ? SOURCE.EMPTY : source;
}

const cut = (value: Value, size: number): Value => ({
  ...value,
  maxSize: Math.min(value.maxSize, size),
  defaultSize: Math.min(value.defaultSize, size),
});

function partsOf(values: readonly Value[]): Part[] {
  const parts: { source: Source; first: number; values: Value[] }[] = [];
  for (const value of values) {
    const last = parts.at(-1);
    if (last?.source === value.source && last.values.at(-1)!.index + 1 === value.index)
      last.values.push(value);
    else parts.push({ source: value.source, first: value.index, values: [value] });
  }
  return parts;
}
