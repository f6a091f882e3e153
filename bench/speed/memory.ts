import { runProcess } from './process.ts';
import { readPlain, repeatCapture } from './repeated-capture.ts';
import { replayOf } from './replays.ts';
import { rounds, type Care, type Figures, type Section } from './section.ts';
import { mainWorkload, type Workload } from './workloads.ts';

/** How many times as long as the capture of a replay the stream is. */
const LENGTH = 5;

/** Whether memory grows with the length of what is replayed. */
export const memory: Section = {
  title: 'Memory, of a long stream from a pipe',
  legend: 'factor: peak of resident memory over all of the stream, in that over its first tenth',
  columns: [
    { key: 'bytes', head: 'stream MB', digits: 0 },
    { key: 'tenth', head: 'MB at 10 %', digits: 0 },
    { key: 'all', head: 'MB at 100 %', digits: 0 },
    { key: 'ratio', head: 'factor', digits: 2 },
  ],
  measurements: [
    { name: `memory ${mainWorkload.name}`, measure: (care) => measureMemory(mainWorkload, care) },
  ],
};

async function measureMemory({ capture: { source, times }, rules }: Workload, care: Care): Promise<Figures> {
  const capture = readPlain(source);
  const all = rounds(times * LENGTH, care);
  // The peak of a process is known at its end only, so that the tenth is a process of its own.
  const peakOver = async (part: number): Promise<number> =>
    (await runProcess(replayOf(['-'], rules), repeatCapture(capture, part))).peak / 1e6;
  const [tenth, whole] = [await peakOver(Math.ceil(all / 10)), await peakOver(all)];
  return { bytes: (capture.length * all) / 1e6, tenth, all: whole, ratio: whole / tenth };
}
