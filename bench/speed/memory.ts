import { runProcess } from './process.ts';
import { readPlain, repeatCapture } from './repeated-capture.ts';
import { replayOf } from './replays.ts';
import { rounds, type Care, type Figures, type Section } from './section.ts';
import { mainWorkload, type Workload } from './workloads.ts';

/** How many times as long as the capture of a replay the stream is. */
const LENGTH = 5;

/** Leaves V8 little room for what is no longer needed, so that what is kept shows. */
const TIGHT = ['--max-old-space-size=64', '--max-semi-space-size=4'];

/** Whether memory grows with the length of what is replayed. */
export const memory: Section = {
  title: 'Memory, of a long stream from a pipe',
  legend:
    'factor: peak of resident memory over all of the stream, in that over its first tenth, with a tight heap; as it is started otherwise, V8 takes memory up to some point before it cleans up',
  columns: [
    { key: 'bytes', head: 'stream MB', digits: 0 },
    { key: 'tenth', head: 'MB at 10 %', digits: 0 },
    { key: 'all', head: 'MB at 100 %', digits: 0 },
    { key: 'tightTenth', head: 'tight, 10 %', digits: 0 },
    { key: 'tightAll', head: 'tight, 100 %', digits: 0 },
    { key: 'ratio', head: 'factor', digits: 2 },
  ],
  measurements: [
    { name: `memory ${mainWorkload.name}`, measure: (care) => measureMemory(mainWorkload, care) },
  ],
};

async function measureMemory({ capture: { source, times }, rules }: Workload, care: Care): Promise<Figures> {
  const capture = readPlain(source);
  const all = rounds(times * LENGTH, care);
  const program = replayOf(['-'], rules);
  // The peak of a process is known at its end only, so that the tenth is a process of its own.
  const peaks = async (flags: readonly string[]): Promise<[tenth: number, all: number]> => {
    const peakOver = async (part: number): Promise<number> =>
      (await runProcess([...flags, ...program], repeatCapture(capture, part))).peak / 1e6;
    return [await peakOver(Math.ceil(all / 10)), await peakOver(all)];
  };
  const [[tenth, whole], [tightTenth, tightAll]] = [await peaks([]), await peaks(TIGHT)];
  return {
    bytes: (capture.length * all) / 1e6,
    tenth,
    all: whole,
    tightTenth,
    tightAll,
    ratio: tightAll / tightTenth,
  };
}
