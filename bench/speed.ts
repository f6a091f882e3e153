/**
 * Measures how fast tiercel is, part by part and as whole processes, and compares with what is committed in bench/baseline.json. Build first (`npm run bench` does).
 *
 *     npm run bench -- [--filter RE] [--runs N] [--quick] [--json] [--update] [--profile]
 *
 * docs/how-to/measure.md says what the figures mean.
 */
import { parseArgs } from 'node:util';
import { audit, auditProgram, auditReplays } from './speed/audit.ts';
import { compare, readBaseline, updateBaseline } from './speed/baseline.ts';
import { jobs } from './speed/jobs.ts';
import { manyRules } from './speed/many-rules.ts';
import { memory } from './speed/memory.ts';
import { parts } from './speed/parts.ts';
import { profileReplay } from './speed/profile.ts';
import { programOf, replays } from './speed/replays.ts';
import type { Care, Section } from './speed/section.ts';
import { start } from './speed/start.ts';
import { renderSection, type Row } from './speed/table.ts';
import { workloads } from './speed/workloads.ts';

const sections: readonly Section[] = [parts, replays, audit, manyRules, start, jobs, memory];

const USAGE = `Usage: npm run bench -- [options]

  --filter RE  only the rows whose name matches, as "replay modern" or "^(decode|state)"
  --runs N     runs of each process, of which the medians count (default: 5)
  --quick      one run over short inputs, for a first impression; not compared with the baseline
  --json       figures as JSON
  --update     write the ratios to bench/baseline.json
  --profile    a flame graph of the first replay that --filter leaves, instead of figures
  --help       this text`;

interface Flags {
  readonly filter: RegExp;
  readonly care: Care;
  readonly json: boolean;
  readonly update: boolean;
  readonly profile: boolean;
}

/** The flags, or what is wrong with them. */
function readFlags(): Flags | string {
  try {
    const { values } = parseArgs({
      options: {
        filter: { type: 'string', default: '' },
        runs: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        update: { type: 'boolean', default: false },
        profile: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { quick, json, update, profile, help } = values;
    if (help) return USAGE;
    const runs = Number(values.runs ?? (quick ? 1 : 5));
    if (!Number.isSafeInteger(runs) || runs < 1) return '--runs: expected a whole number from 1';
    if (quick && update) return '--update: a quick run gives no ratios to compare with later';
    return { filter: new RegExp(values.filter), care: { runs, quick }, json, update, profile };
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`;
  }
}

function refuse(what: string): void {
  console.error(what);
  process.exitCode = 2;
}

/** On a terminal: which row is being measured. */
function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
}

async function measureAll({ filter, care, json, update }: Flags): Promise<void> {
  const baseline = care.quick ? undefined : readBaseline();
  const all: Row[] = [];
  for (const section of sections) {
    const rows: Row[] = [];
    for (const { name, measure } of section.measurements) {
      if (!filter.test(name)) continue;
      tell(name);
      rows.push({ name, figures: await measure(care) });
    }
    tell('');
    if (rows.length > 0 && !json) console.log(renderSection(section, rows, baseline));
    all.push(...rows);
  }
  if (json)
    console.log(
      JSON.stringify(
        all.map(({ name, figures }) => ({ name, ...figures, ...compare(figures.ratio, baseline?.[name]) })),
        null,
        2,
      ),
    );
  if (all.length === 0) refuse('--filter: no row has such a name');
  if (update) updateBaseline(Object.fromEntries(all.map(({ name, figures }) => [name, figures.ratio])));
}

const flags = readFlags();
if (flags === USAGE) console.log(USAGE);
else if (typeof flags === 'string') refuse(flags);
else if (flags.profile) {
  const programs = [
    ...workloads.map((workload) => ({ name: `replay ${workload.name}`, program: () => programOf(workload) })),
    ...auditReplays.map(({ name, rules }) => ({ name, program: () => auditProgram(rules) })),
  ];
  const chosen = programs.find(({ name }) => flags.filter.test(name));
  if (chosen === undefined) refuse('--filter: no replay has such a name');
  else console.log(await profileReplay(chosen.name, chosen.program()));
} else await measureAll(flags);
