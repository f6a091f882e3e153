import { cpu, runPaired, tiercel, type Program } from './process.ts';
import type { Care, Figures, Section } from './section.ts';
import { ruleSets } from './workloads.ts';

/** A process that does nothing. */
const bareNode: Program = ['--eval', '0'];

/** Starts are short, so that more of them are needed for a steady median. */
const RUNS = 3;

/** What a command takes before it does anything. */
export const start: Section = {
  title: 'Start, cold processes',
  legend:
    'ms: wall time; factor: CPU time, which the rest of the machine disturbs less, in that of Node alone',
  columns: [
    { key: 'ms', head: 'ms', digits: 0 },
    { key: 'node', head: 'Node ms', digits: 0 },
    { key: 'ratio', head: 'factor', digits: 2 },
  ],
  measurements: [
    { name: 'start --version', measure: (care) => measureStart(tiercel('--version'), care) },
    ...ruleSets.map(({ name, paths }) => ({
      name: `start validate ${name}`,
      measure: (care: Care) => measureStart(tiercel('validate', ...paths), care),
    })),
  ],
};

async function measureStart(program: Program, { runs }: Care): Promise<Figures> {
  const { measured, unit } = await runPaired(program, bareNode, runs * RUNS);
  return { ms: measured.wall * 1e3, node: unit.wall * 1e3, ratio: cpu(measured) / cpu(unit) };
}
