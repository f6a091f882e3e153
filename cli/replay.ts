import { hostname } from 'node:os';
import { Command, Option } from 'commander';
import {
  captureFiles,
  loadFalcoConfig,
  loadRunningRules,
  replay,
  RuleProfiler,
  startWorkers,
  type FalcoConfig,
} from '../daemon/index.ts';
import { toBytes } from '../engine/index.ts';
import { Complaints } from './complaints.ts';
import { EXIT } from './exit.ts';
import { gather, positive } from './flags.ts';
import { LineWriter } from './line-writer.ts';
import { renderProfile } from './profile.ts';
import { ProgressBar } from './progress.ts';
import { renderSummary } from './summary.ts';
import { hasColour } from './terminal.ts';

interface Flags {
  readonly rules: readonly string[];
  readonly config?: string;
  readonly option: readonly string[];
  readonly rule: readonly string[];
  readonly tag: readonly string[];
  readonly disable: readonly string[];
  readonly jobs: number;
  readonly quiet?: true;
  readonly json?: true;
  readonly profile?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel replay incident.scap -r falco_rules.yaml
  $ tiercel replay captures/ -r rules/ -o json_output=true -o rule_matching=all > alerts.jsonl
  $ tiercel replay incident.scap -r falco_rules.yaml -r local.yaml -c falco.yaml --disable "Run shell*"
  $ tiercel replay incident.scap -r falco_rules.yaml --profile > /dev/null
  $ zstd -dc incident.scap.zst | tiercel replay - -r falco_rules.yaml --tag network

Captures are .scap files or JSON lines, plain or gzip; "-" is standard input; a directory stands for the captures in it, by name.
Alerts go to standard output as Falco 0.44 prints them (FALCO_HOSTNAME and TZ count as there), everything else to standard error.
Without -c, the values of the falco.yaml that Falco ships are taken.

With --profile, rules are asked one after the other, each from left to right as it is written, and each check is timed (what reading the clock
takes is taken off). The shares are of the time of these checks; the ordinary replay is faster, as it asks what several rules ask only once.

Exit status: 0 fine; 1 a rule file has an error; 2 something could not be read (alerts found before are kept).`;

/** `tiercel replay`: recorded system calls through Falco rules. */
export function replayCommand(): Command {
  return new Command('replay')
    .description(
      'Runs Falco rules over recorded system calls and prints the alerts that Falco would have given.',
    )
    .argument('<capture...>', 'capture files, directories with captures, or "-"')
    .option(
      '-r, --rules <path>',
      'rule file, or folder with rule files; repeat for several, order counts',
      gather,
      [],
    )
    .option('-c, --config <file>', 'falco.yaml')
    .option('-o, --option <key=value>', 'set a key of falco.yaml; repeat for several', gather, [])
    .option(
      '--rule <name>',
      'run only rules of this name ("*" stands for anything); repeat for several',
      gather,
      [],
    )
    .option('--tag <tag>', 'run only rules with this tag; repeat for several', gather, [])
    .option(
      '--disable <name>',
      'do not run rules of this name ("*" stands for anything); repeat for several',
      gather,
      [],
    )
    .option(
      '-j, --jobs <n>',
      'replay this many captures at the same time; the output stays in order',
      positive(9999),
      1,
    )
    .option('-q, --quiet', 'no progress and no summary')
    .option('--json', 'the summary as JSON')
    .addOption(
      new Option('--profile', 'say at the end which rules and checks cost how much').conflicts([
        'jobs',
        'quiet',
      ]),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (captures: readonly string[], flags: Flags) => {
      process.exitCode = await run(captures, flags);
    });
}

async function run(paths: readonly string[], flags: Flags): Promise<number> {
  const bar = new ProgressBar(process.stderr);
  const complaints = new Complaints(bar);
  const { tell } = complaints;

  const { config: given, warnings } = loadFalcoConfig({
    ...(flags.config !== undefined && { file: flags.config }),
    options: flags.option,
    env: process.env,
  });
  for (const warning of warnings) tell(warning);
  const config = withSelection(given, flags);
  const rulePaths = flags.rules.length > 0 ? flags.rules : config.rules_files;
  if (rulePaths.length === 0) {
    tell({
      code: 'NO_RULES',
      severity: 'error',
      message: 'no rules to run',
      hint: 'name rule files or folders with -r, or under rules_files in the file given with -c',
    });
    return EXIT.couldNotRun;
  }
  const captures = await captureFiles(paths);
  const host = toBytes(process.env['FALCO_HOSTNAME'] ?? hostname());
  const others = Math.min(flags.jobs, captures.length) - 1;
  const workers = startWorkers(others, { rulePaths, config, hostname: host });
  const { rules, diagnostics } = await loadRunningRules(rulePaths, config);
  for (const diagnostic of diagnostics) tell(diagnostic);
  if (rules === undefined) return EXIT.findings;
  if (rules.alerts.length === 0)
    tell({ code: 'NO_RULES', severity: 'warning', message: 'no rule is left to run', hint: whyNone(flags) });

  const writer = new LineWriter(process.stdout);
  const profiler = flags.profile === true ? new RuleProfiler(rules.engine) : undefined;
  const silent = config.stdout_output?.enabled === false;
  const summary = await replay({
    captures,
    rules,
    config,
    hostname: host,
    workers,
    ...(profiler && { profiler }),
    onLines: (lines) => (silent ? Promise.resolve() : writer.write(lines)),
    onDiagnostic: tell,
    ...(flags.quiet !== true && { onProgress: (progress) => bar.update(progress) }),
  });
  bar.clear();
  if (flags.quiet === true) return complaints.failed ? EXIT.couldNotRun : EXIT.fine;
  const profile = profiler?.profile();
  if (flags.json === true) process.stderr.write(`${JSON.stringify({ ...summary, profile })}\n`);
  else {
    process.stderr.write(`${renderSummary(summary, hasColour(process.stderr))}\n`);
    if (profile) process.stderr.write(`\n${renderProfile(profile, hasColour(process.stderr))}\n`);
  }
  return complaints.failed ? EXIT.couldNotRun : EXIT.fine;
}

/** The `rules:` of falco.yaml with what the flags say after it. */
const whyNone = ({ rule, tag, disable }: Flags): string =>
  rule.length + tag.length + disable.length > 0
    ? 'names of rules and tags are compared in full (`*` stands for anything in rules); tiercel describe lists the rules'
    : 'the files define none, or the configuration switches all of them off';

function withSelection(config: FalcoConfig, { rule, tag, disable }: Flags): FalcoConfig {
  const only = rule.length + tag.length > 0;
  return {
    ...config,
    rules: [
      ...config.rules,
      ...(only ? [{ disable: { rule: '*', tag: '' } }] : []),
      ...rule.map((name) => ({ enable: { rule: name, tag: '' } })),
      ...tag.map((name) => ({ enable: { rule: '', tag: name } })),
      ...disable.map((name) => ({ disable: { rule: name, tag: '' } })),
    ],
  };
}
