/** How much of the conditions of rules tests show. */
export { CoverageCounter, type CoverageCounts, type LeafCounts, type RuleCounts } from './counter.ts';
export { percentOf, reportCoverage, type Coverage, type LeafCoverage, type RuleCoverage } from './report.ts';
