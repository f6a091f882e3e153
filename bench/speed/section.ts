/** What one measurement gave, by the columns of its section. `ratio` has no unit and is the better the smaller it is: it is what the baseline holds. */
export type Figures = { readonly ratio: number } & Readonly<Record<string, number | undefined>>;

/** How carefully to measure. */
export interface Care {
  /** Runs of each process, of which the medians count. */
  readonly runs: number;
  /** A first impression: short inputs. Ratios are then not those of the baseline, as starting takes a larger part. */
  readonly quick: boolean;
}

/** Something that is measured: a row of the table. */
export interface Measurement {
  readonly name: string;
  readonly measure: (care: Care) => Promise<Figures>;
}

/** A column of the table. */
export interface Column {
  readonly key: string;
  readonly head: string;
  /** Digits behind the point. */
  readonly digits: number;
}

/** Measurements that are shown in one table. */
export interface Section {
  readonly title: string;
  /** What the columns mean, the ratio first. */
  readonly legend: string;
  readonly columns: readonly Column[];
  readonly measurements: readonly Measurement[];
}

/** How many times a capture is repeated: a tenth in a quick run. */
export const rounds = (times: number, { quick }: Care): number => (quick ? Math.ceil(times / 10) : times);
