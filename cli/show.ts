import { Command, Option } from 'commander';
import {
  captureFiles,
  columnsJson,
  columnsOf,
  eventJson,
  eventLines,
  formatJson,
  formatLines,
  showEvents,
  showProcessTrees,
  summarizeEvents,
  tabbedColumns,
  TIMES,
  withSources,
  type EventWriter,
  type Selection,
  type TimeKind,
} from '../daemon/index.ts';
import { toBytes, type FieldLookup } from '../engine/index.ts';
import { sourcesOfFields } from '../sources/index.ts';
import type { CaptureFile } from '../replay/index.ts';
import { compileEventFilter, languageWith } from '../rules/index.ts';
import { Complaints } from './complaints.ts';
import { renderEventSummary, summaryJson } from './event-summary.ts';
import { EXIT } from './exit.ts';
import { gather, positive } from './flags.ts';
import { LineWriter } from './line-writer.ts';
import { processTreeJson, renderProcessTree } from './process-tree.ts';
import { CONFIG_FLAG, CONFIG_HELP, configuredPlugins } from './plugins.ts';
import { ProgressBar } from './progress.ts';
import { definitionsOf, splitArguments } from './selection.ts';

interface Flags {
  readonly print?: string;
  readonly fields?: string;
  readonly tree?: true;
  readonly summary?: true;
  readonly json?: true;
  readonly time: TimeKind;
  readonly from?: number;
  readonly count?: number;
  readonly all?: true;
  readonly top: number;
  readonly rules: readonly string[];
  readonly config?: string;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel show incident.scap
  $ tiercel show incident.scap proc.name = cat and evt.type in '(open, openat)'
  $ tiercel show incident.scap 'evt.failed = true and fd.name startswith /etc' -p '%evt.time %proc.name %fd.name'
  $ tiercel show captures/ --fields evt.num,proc.name,fd.name 'fd.sport = 443' | sort -t "$(printf '\\t')" -k 2
  $ tiercel show incident.scap --from 5000 --count 20 --json
  $ tiercel show incident.scap spawned_process -r falco_rules.yaml
  $ tiercel show incident.scap --tree 'fd.name = /etc/shadow'
  $ zstd -dc incident.scap.zst | tiercel show - --summary --top 20

Arguments up to the first that names no file are captures: .scap files, plain or gzip, directories with captures, "-" for standard input.
All others together are the condition, in the language of Falco's rules; put it in one pair of quotes if it has brackets, "<" or ">" in it.
It selects the events for which a rule with this condition would fire. With -r, the macros and lists of rule files can be used in it.

A line is number, time of day, CPU, process (thread), direction, type and parameters, as sysdig prints them. In a format (-p), as in the output
of a rule, %field stands for a field. An event that lacks one of its fields is left out, unless the format begins with "*": then <NA> stands there.

Exit status: 0 fine; 2 the condition is wrong or something could not be read (what came before is shown).`;

/** `tiercel show`: the events of captures for people. */
export function showCommand(): Command {
  return new Command('show')
    .description(
      'Prints the events of captures that a condition selects, the tree of their processes, or what is in them in numbers.',
    )
    .argument('<capture>', 'capture file, directory with captures, or "-"; more may follow')
    .argument('[condition...]', 'which events, in the language of rules; all if left away')
    .addOption(
      new Option('-p, --print <format>', 'a line for each event in this format').conflicts([
        'fields',
        'tree',
        'summary',
      ]),
    )
    .addOption(
      new Option(
        '--fields <list>',
        'these fields for each event, with tabs between them: proc.name,fd.name',
      ).conflicts(['tree', 'summary']),
    )
    .addOption(new Option('--tree', 'the processes that the captures tell of').conflicts('summary'))
    .option('--summary', 'what is in the captures, in numbers')
    .option('--json', 'one JSON object a line; for --summary one object')
    .addOption(
      new Option(
        '-t, --time <kind>',
        'how lines show the time: of day, in UTC, since the first event, since the line before',
      )
        .choices(Object.keys(TIMES))
        .default('local'),
    )
    .option('--from <n>', 'begin with the event of this number (evt.num)', positive(Number.MAX_SAFE_INTEGER))
    .option('-n, --count <n>', 'stop after so many events', positive(Number.MAX_SAFE_INTEGER))
    .option('--all', 'also the events that Falco keeps from rules')
    .option('--top <n>', 'how many of each kind --summary lists', positive(1_000_000), 10)
    .option(
      '-r, --rules <path>',
      'rule file or folder whose macros and lists the condition uses; repeat for several',
      gather,
      [],
    )
    .option(CONFIG_FLAG, CONFIG_HELP)
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(async (capture: string, words: readonly string[], flags: Flags) => {
      process.exitCode = await run([capture, ...words], flags);
    });
}

async function run(words: readonly string[], flags: Flags): Promise<number> {
  const bar = new ProgressBar(process.stderr);
  const complaints = new Complaints(bar);
  const { tell } = complaints;
  const { sources: given } = await configuredPlugins(flags.config);
  const definitions = await definitionsOf(flags.rules, tell, given);
  if (complaints.failed) return EXIT.couldNotRun;
  const { paths, condition } = splitArguments(words);
  const named = await sourcesOfFields([condition, flags.print ?? '', flags.fields ?? '']);
  const sources = withSources(given, named);
  const filter = condition === '' ? undefined : compileEventFilter(condition, definitions, sources);
  const { anyField } = languageWith({ sources });
  filter?.warnings.forEach(tell);
  const captures = await captureFiles(paths);

  const atEnd = flags.tree === true || flags.summary === true;
  const showsProgress = flags.quiet !== true && (atEnd || !process.stdout.isTTY);
  const selection: Selection = {
    captures,
    ...(filter && { filter }),
    ...(flags.from !== undefined && { from: flags.from }),
    ...(flags.count !== undefined && { count: flags.count }),
    ...(flags.all && { hidden: true }),
    sources: given,
    onDiagnostic: tell,
    ...(showsProgress && { onProgress: (progress) => bar.update(progress) }),
  };
  const writer = new LineWriter(process.stdout);
  if (flags.tree) await showTrees(selection, flags, writer, bar);
  else if (flags.summary) {
    const summary = await summarizeEvents({ ...selection, top: flags.top });
    bar.clear();
    await writer.write(
      toBytes(flags.json ? `${summaryJson(summary)}\n` : renderEventSummary(summary, terminalWidth())),
    );
  } else await showLines(selection, flags, anyField, writer);
  bar.clear();
  return complaints.failed ? EXIT.couldNotRun : EXIT.fine;
}

function writerOf(
  flags: Flags,
  lookup: FieldLookup,
  several: boolean,
): (capture: CaptureFile) => EventWriter {
  const { print, fields, json, time } = flags;
  if (print !== undefined) return () => (json ? formatJson(print, lookup) : formatLines(print, lookup));
  if (fields !== undefined)
    return () => (json ? columnsJson(columnsOf(fields, lookup)) : tabbedColumns(columnsOf(fields, lookup)));
  if (json) return ({ path }) => (several ? (event) => eventJson(event, path) : (event) => eventJson(event));
  return () => eventLines(time);
}

async function showLines(
  selection: Selection,
  flags: Flags,
  lookup: FieldLookup,
  writer: LineWriter,
): Promise<void> {
  const { captures } = selection;
  const plain = flags.print === undefined && flags.fields === undefined && !flags.json;
  if (flags.fields !== undefined && !flags.json && process.stdout.isTTY)
    await writer.write(
      `${columnsOf(flags.fields, lookup)
        .map(({ name }) => name)
        .join('\t')}\n`,
    );
  let last: CaptureFile | undefined;
  await showEvents({
    ...selection,
    writer: writerOf(flags, lookup, captures.length > 1),
    onLines: async (lines, capture) => {
      const head =
        plain && captures.length > 1 && capture !== last
          ? `${last === undefined ? '' : '\n'}==> ${toBytes(capture.path)} <==\n`
          : '';
      last = capture;
      await writer.write(head + lines);
    },
  });
}

async function showTrees(
  selection: Selection,
  flags: Flags,
  writer: LineWriter,
  bar: ProgressBar,
): Promise<void> {
  const several = selection.captures.length > 1;
  let first = true;
  await showProcessTrees({
    ...selection,
    onTree: async (tree) => {
      bar.clear();
      const head = several && !flags.json ? `${first ? '' : '\n'}==> ${tree.capture} <==\n` : '';
      first = false;
      const text = flags.json ? processTreeJson(tree, several) : renderProcessTree(tree, terminalWidth());
      await writer.write(toBytes(head + text));
    },
  });
}

const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : Infinity);
