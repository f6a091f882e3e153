import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRuleFiles } from '../../daemon/index.ts';
import { engineLanguage, loadRules } from '../../rules/index.ts';
import { cpu, runPaired } from './process.ts';
import { countEvents, repeatedFile, type RepeatedCapture } from './repeated-capture.ts';
import { replayOf } from './replays.ts';
import { ruleVariants } from './rule-variants.ts';
import { rounds, type Care, type Figures, type Section } from './section.ts';
import { mainWorkload, type Workload } from './workloads.ts';

const VARIANTS = 10;

/** What ten times the rules cost. */
export const manyRules: Section = {
  title: `Rules and ${VARIANTS} variants of each`,
  legend:
    'factor: CPU time, in that of the rules alone; "events": the same without loading the rules and starting (what further rounds of the capture take)',
  columns: [
    { key: 'rules', head: 'rules', digits: 0 },
    { key: 'start', head: 'start ms', digits: 0 },
    { key: 'ns', head: 'CPU ns/event', digits: 0 },
    { key: 'ratio', head: 'factor', digits: 2 },
    { key: 'events', head: 'events', digits: 2 },
  ],
  measurements: [
    { name: `rules ${mainWorkload.name}`, measure: (care) => measureVariants(mainWorkload, care) },
  ],
};

async function measureVariants({ capture, rules }: Workload, care: Care): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-bench-rules-'));
  try {
    const loaded = loadRules(readRuleFiles(rules.paths), engineLanguage).rules;
    const variants = join(folder, 'variants.yaml');
    writeFileSync(variants, ruleVariants(loaded, VARIANTS));
    const many = { ...rules, paths: [...rules.paths, variants] };
    const run = (of: RepeatedCapture) =>
      runPaired(replayOf([repeatedFile(of)], many), replayOf([repeatedFile(of)], rules), care.runs);
    const once = { ...capture, times: 1 };
    const whole = { ...capture, times: rounds(capture.times, care) };
    const [short, long] = [await run(once), await run(whole)];
    const more = countEvents(whole) - countEvents(once);
    const perEvent = (cpu(long.measured) - cpu(short.measured)) / more;
    return {
      rules: loaded.filter(({ enabled }) => enabled).length * (1 + VARIANTS),
      start: (cpu(short.measured) - perEvent * countEvents(once)) * 1e3,
      ns: perEvent * 1e9,
      ratio: cpu(long.measured) / cpu(long.unit),
      events: perEvent / ((cpu(long.unit) - cpu(short.unit)) / more),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
