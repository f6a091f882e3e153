import { fromBytes, type Event } from '../../../engine/index.ts';
import type { Language } from '../../language.ts';
import { writtenCheck } from '../../model/condition-node.ts';
import type { RoutesWatcher, TestRoute, TestRoutes } from '../routes.ts';
import { RuleWalker, type RuleCounts } from './counter.ts';
import { ItemChecks } from './items.ts';
import { outcomesOf, unmatchedItems, type LeafCoverage, type RuleCoverage } from './report.ts';

/** What was seen of one route. */
interface RouteCounts {
  /** Of its condition; `fires` and `silent` are how often it took an alert, and did not. */
  readonly condition: RuleCounts;
  /** How often its stages held an alert back, in their order. */
  readonly stages: number[];
}

/** Counts what tests show of routes: which alerts they took, what their conditions' checks came out as, and what their stages held back. */
export class RouteCounter implements RoutesWatcher {
  readonly #routes: TestRoutes;
  readonly #walkers: readonly (RuleWalker | undefined)[];
  readonly #counts: readonly RouteCounts[];

  /** @param language Makes checks of the single items of lists. */
  constructor(routes: TestRoutes, language: Pick<Language, 'compile'>) {
    this.#routes = routes;
    const items = new ItemChecks(language);
    this.#walkers = routes.nodes.map(
      ({ condition }) => condition && new RuleWalker({ whole: condition, exceptions: [] }, items, 'syscall'),
    );
    this.#counts = routes.nodes.map(({ stages }, i) => ({
      condition: this.#walkers[i]?.newCounts() ?? { fires: 0, silent: 0, leaves: [], exceptions: [] },
      stages: stages.map(() => 0),
    }));
  }

  asked(node: number, event: Event): void {
    const { condition } = this.#counts[node]!;
    if (this.#walkers[node]?.walk(event, condition) === false) condition.silent++;
  }

  took(node: number): void {
    this.#counts[node]!.condition.fires++;
  }

  heldBack(node: number, stage: string): void {
    const at = this.#routes.nodes[node]!.stages.findIndex((one) => one.stage === stage);
    if (at >= 0) this.#counts[node]!.stages[at]!++;
  }

  report(): readonly RuleCoverage[] {
    return this.#routes.nodes.map((route, i) => this.#coverageOf(route, i));
  }

  #coverageOf({ label, place, reachable, stages }: TestRoute, index: number): RuleCoverage {
    const { condition, stages: held } = this.#counts[index]!;
    const { fires, silent } = condition;
    const leaf = (text: string, at: LeafCoverage['place'], times: number): LeafCoverage => ({
      kind: 'check',
      text,
      place: at,
      held: times,
      failed: 0,
      canHold: reachable,
      canFail: false,
      unmatched: [],
    });
    const checks = (this.#walkers[index]?.leaves ?? []).map((node, i): LeafCoverage => {
      const counts = condition.leaves[i]!;
      return {
        ...leaf(fromBytes(writtenCheck(node)), node.place, counts.held),
        failed: counts.failed,
        canFail: reachable,
        unmatched: counts.held === 0 ? [] : unmatchedItems(node, counts),
      };
    });
    const leaves = [
      ...checks,
      // Without a condition, that it took an alert is all there is to see.
      ...(checks.length === 0 ? [leaf(label, place, fires)] : []),
      ...stages.map(({ stage, place: at }, i) => ({ ...leaf(stage, at, held[i]!), kind: 'stage' as const })),
    ];
    return { name: label, place, fires, silent, leaves, unusedExceptions: [], ...outcomesOf(leaves) };
  }
}
