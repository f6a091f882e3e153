import { cpu, runPaired, tiercel, yardstick, type Program } from './process.ts';
import { countEvents, repeatedFile } from './repeated-capture.ts';
import { rounds, type Care, type Figures, type Measurement, type Section } from './section.ts';
import { workloads, type RuleSet, type Workload } from './workloads.ts';

/** The arguments of a replay that does nothing but find alerts: as Falco's speed was measured (`rule_matching: first` is the default). */
export const replayOf = (files: readonly string[], { paths }: RuleSet, ...more: readonly string[]): Program =>
  tiercel(
    ...['replay', ...files, '-q', '-o', 'append_output=[]', ...more],
    ...paths.flatMap((path) => ['-r', path]),
  );

/** Whole replays, from the start of the process to its end. */
export const replays: Section = {
  title: 'Replays, whole processes',
  legend:
    'yardsticks: user and system CPU time, in that of bench/yardstick.mjs over the same (uncompressed) file; "wall": wall time likewise. ' +
    'Spread: of the CPU times of the runs. Falco: its wall time in yardsticks; "× Falco": how many times as fast we are, by wall time and by user CPU time',
  columns: [
    { key: 'events', head: 'events', digits: 0 },
    { key: 'rate', head: 'events/s', digits: 0 },
    { key: 'ns', head: 'CPU ns/event', digits: 0 },
    { key: 'peak', head: 'peak MB', digits: 0 },
    { key: 'spread', head: 'spread %', digits: 0 },
    { key: 'ratio', head: 'yardsticks', digits: 2 },
    { key: 'wall', head: 'wall', digits: 2 },
    { key: 'falco', head: 'Falco', digits: 1 },
    { key: 'timesWall', head: '× Falco', digits: 2 },
    { key: 'timesUser', head: '× Falco CPU', digits: 2 },
  ],
  measurements: workloads.map(replay),
};

function replay(workload: Workload): Measurement {
  return { name: `replay ${workload.name}`, measure: (care) => measureReplay(workload, care) };
}

/** The program that a measurement of this section runs. */
export function programOf({ capture, rules }: Workload): Program {
  return replayOf([repeatedFile(capture)], rules);
}

async function measureReplay({ capture, rules, falco }: Workload, care: Care): Promise<Figures> {
  const repeated = { ...capture, times: rounds(capture.times, care) };
  const events = countEvents(repeated);
  const { measured, unit, spread } = await runPaired(
    replayOf([repeatedFile(repeated)], rules),
    yardstick(repeatedFile({ ...repeated, gzip: false })),
    care.runs,
  );
  const wall = measured.wall / unit.wall;
  return {
    events,
    rate: events / measured.wall,
    ns: (cpu(measured) / events) * 1e9,
    peak: measured.peak / 1e6,
    spread: care.runs > 1 ? spread * 100 : undefined,
    ratio: cpu(measured) / cpu(unit),
    wall,
    falco: falco?.wall,
    timesWall: falco && falco.wall / wall,
    timesUser: falco && falco.user / (measured.user / unit.user),
  };
}
