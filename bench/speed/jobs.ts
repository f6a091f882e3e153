import { cpu, runPaired } from './process.ts';
import { repeatedFile } from './repeated-capture.ts';
import { replayOf } from './replays.ts';
import { rounds, type Care, type Figures, type Section } from './section.ts';
import { mainWorkload, type Workload } from './workloads.ts';

const FILES = 4;
const JOBS = 2;

/** What replaying several captures at the same time gains. */
export const jobs: Section = {
  title: `${FILES} captures with --jobs ${JOBS}`,
  legend: 'factor: wall time, in that of one job; "CPU": CPU time likewise',
  columns: [
    { key: 'seconds', head: 's', digits: 2 },
    { key: 'one', head: 's, one job', digits: 2 },
    { key: 'peak', head: 'peak MB', digits: 0 },
    { key: 'ratio', head: 'factor', digits: 2 },
    { key: 'cpu', head: 'CPU', digits: 2 },
  ],
  measurements: [{ name: `jobs ${mainWorkload.name}`, measure: (care) => measureJobs(mainWorkload, care) }],
};

async function measureJobs({ capture, rules }: Workload, care: Care): Promise<Figures> {
  // Each thread warms up for itself, so that only long captures tell what it does afterwards.
  const times = rounds(capture.times, care);
  const files = Array<string>(FILES).fill(repeatedFile({ ...capture, times }));
  const { measured, unit } = await runPaired(
    replayOf(files, rules, '--jobs', String(JOBS)),
    replayOf(files, rules),
    care.runs,
  );
  return {
    seconds: measured.wall,
    one: unit.wall,
    peak: measured.peak / 1e6,
    ratio: measured.wall / unit.wall,
    cpu: cpu(measured) / cpu(unit),
  };
}
