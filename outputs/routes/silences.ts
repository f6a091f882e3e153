import { compileSilences } from './compile.ts';
import type { AlertConditions } from './condition.ts';
import type { RouteProblem } from './problem.ts';
import type { SilenceSettings } from './schema.ts';
import { isInForce, silenceStage, type Silence } from './stages/silence.ts';
import type { Stage } from './stages/stage.ts';
import type { StageState } from './state.ts';
import type { Table } from './table.ts';

/** Where a silence is from: it stands in the settings, or someone added it while routes were at work. */
export type SilenceOrigin = 'settings' | 'api';

/** A silence that is not over. */
export interface ListedSilence {
  readonly from: SilenceOrigin;
  readonly silence: Silence;
  /** false: it has not begun. */
  readonly inForce: boolean;
}

/** Silences of all routes: an alert that one of them is for goes to no route. Those that were added are remembered. */
export class Silences {
  readonly stage: Stage = silenceStage(() => this.all);
  /** Those that are over, too, until they are pruned. */
  all: readonly Silence[] = [];
  readonly #conditions: AlertConditions;
  readonly #added: Table<SilenceSettings>;
  readonly #compiled = new Map<SilenceOrigin, readonly Silence[]>();

  constructor(state: StageState, conditions: AlertConditions) {
    this.#conditions = conditions;
    this.#added = state.table('silence', 100_000);
  }

  /** Takes those of the settings, and those that were added before a restart. */
  read(settings: readonly SilenceSettings[], report: (problem: RouteProblem) => void): void {
    const context = { conditions: this.#conditions, report };
    this.#set('settings', compileSilences(settings, ['silences'], context));
    this.restore();
  }

  /** Takes those that were added from what is remembered. */
  restore(): void {
    const settings = [...this.#added.entries()].map(([, silence]) => silence);
    this.#set('api', this.#compile(settings).compiled);
  }

  /** Those that are not over at a time of the clock. */
  list(now: number): readonly ListedSilence[] {
    return [...this.#compiled].flatMap(([from, silences]) =>
      silences
        .filter(({ settings }) => (settings.until ?? Infinity) > now)
        .map((silence) => ({ from, silence, inForce: isInForce(silence.settings, now) })),
    );
  }

  /** Adds a silence, or replaces that of the same id, unless one of the problems is an error. */
  add(settings: SilenceSettings): readonly RouteProblem[] {
    const { compiled, problems } = this.#compile([settings]);
    if (problems.some(({ severity }) => severity === 'error')) return problems;
    const [{ id }] = compiled as readonly [Silence];
    this.#added.set(id, { ...settings, id });
    this.restore();
    return problems;
  }

  /** Takes one away that was added; false if there is none of this id. */
  remove(id: string): boolean {
    if (this.#added.get(id) === undefined) return false;
    this.#added.delete(id);
    this.restore();
    return true;
  }

  /** Forgets those that were added and are over at a time of the clock. */
  prune(now: number): void {
    for (const [id, { until = Infinity }] of this.#added.entries()) if (until <= now) this.#added.delete(id);
  }

  #compile(silences: readonly SilenceSettings[]) {
    const problems: RouteProblem[] = [];
    const report = (problem: RouteProblem): void => void problems.push(problem);
    const compiled = compileSilences(silences, [], { conditions: this.#conditions, report });
    return { compiled, problems };
  }

  #set(from: SilenceOrigin, silences: readonly Silence[]): void {
    this.#compiled.set(from, silences);
    this.all = [...this.#compiled.values()].flat();
  }
}
