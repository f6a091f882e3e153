import { Command, Option } from 'commander';
import { convertCaptures, interruptible, LOG_HINT, type ConvertResult } from '../daemon/index.ts';
import { DiagnosticError } from '../engine/index.ts';
import { WRITE_FORMATS } from '../replay/index.ts';
import { compileFilter, type Definitions, type Filter } from '../rules/index.ts';
import { sourcesOfFields } from '../sources/index.ts';
import { Complaints } from './complaints.ts';
import { EXIT } from './exit.ts';
import { gather, readSnaplen } from './flags.ts';
import { grouped, ProgressBar } from './progress.ts';
import { definitionsOf, splitArguments } from './selection.ts';
import { NOT_FOR_TERMINALS } from './terminal.ts';

interface Flags {
  readonly output: string;
  readonly format?: string;
  readonly gzip?: true;
  readonly snaplen?: number;
  readonly rules: readonly string[];
  readonly quiet?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel convert old.scap -o current.scap.gz
  $ tiercel convert monday.scap tuesday.scap -o both.scap
  $ tiercel convert incident.scap -o attack.scap 'proc.aname = sshd and evt.type in (execve, connect)'
  $ tiercel convert incident.scap -o shells.scap spawned_process and shell_procs -r falco_rules.yaml
  $ tiercel convert incident.scap -o - -f jsonl | jq -c 'select(.type == "connect") | .params.tuple'
  $ tiercel convert made-by-hand.jsonl -o made-by-hand.scap
  $ strace -f -n -v -yy -s 4096 -ttt -T -o attack.strace ./attack; tiercel convert attack.strace -o attack.scap
  $ zstd -dc incident.scap.zst | tiercel convert - -o - 'container.id != host' | falco -o engine.kind=replay ...

What is written has the current version of every block and event, as Falco 0.44 writes it, and can be read by Falco, sysdig and the like;
as JSON lines (.jsonl) by programs and people, and by tiercel, which makes the same .scap of it again.
A log of strace is a capture too; it should be made with the flags above (tiercel record does it for you).
Several captures become the sections of one. The file has its name when it is whole; until then it is called NAME.part.

With a condition, in the language of rules, the events for which a rule with it would fire are kept. Others that they need, because those
opened a file or started a process, stay for the state only: readers apply them and show them to nobody. So every field of the kept events
has the value that it had, but for evt.num and what is counted or measured between events (evt.deltatime, thread.cpu).

Exit status: 0 fine; 2 something could not be read or written (what was read is kept; a capture that is cut off counts too).`;

/** `tiercel convert`: captures into a capture of the current schema, whole or filtered. */
export function convertCommand(): Command {
  return new Command('convert')
    .description(
      'Writes captures anew: old ones in the current schema, several in one file, or only the events that a condition selects.',
    )
    .argument('<capture>', 'capture file, directory with captures, or "-"; more may follow')
    .argument('[condition...]', 'which events to keep, in the language of rules; all if left away')
    .requiredOption('-o, --output <file>', 'file to write, or "-" for standard output')
    .addOption(
      new Option('-f, --format <format>', 'what to write; by default the end of the name says').choices(
        WRITE_FORMATS,
      ),
    )
    .option('--gzip', 'compress; by default if the name ends in .gz')
    .option(
      '-r, --rules <path>',
      'rule file or folder whose macros and lists the condition uses; repeat for several',
      gather,
      [],
    )
    .option(
      '--snaplen <bytes>',
      'how much data an event of a log of strace holds (default: 80, as in Falco)',
      readSnaplen,
    )
    .option('-q, --quiet', 'no progress and no summary')
    .option('--json', 'the summary as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (capture: string, words: readonly string[], flags: Flags) => {
      process.exitCode = await run([capture, ...words], flags);
    });
}

async function run(words: readonly string[], flags: Flags): Promise<number> {
  const bar = new ProgressBar(process.stderr);
  const complaints = new Complaints(
    bar,
    ({ severity, code }) => severity === 'error' || code === 'CAPTURE_TRUNCATED',
  );
  const { tell } = complaints;
  if (flags.output === '-' && flags.format !== 'jsonl' && process.stdout.isTTY) {
    tell(NOT_FOR_TERMINALS);
    return EXIT.couldNotRun;
  }
  const { paths, condition } = splitArguments(words);
  const definitions = await definitionsOf(flags.rules, tell);
  if (complaints.failed) return EXIT.couldNotRun;
  const filter = condition === '' ? undefined : await filterFor(condition, definitions);
  filter?.warnings.forEach(tell);

  const result = await interruptible((signal) =>
    convertCaptures({
      captures: paths,
      output: flags.output,
      format: flags.format,
      gzip: flags.gzip,
      snaplen: flags.snaplen,
      filter,
      signal,
      ...(flags.quiet !== true && { onProgress: (progress) => bar.update(progress) }),
    }),
  );
  bar.clear();
  result.diagnostics.forEach(tell);
  if (filter !== undefined && result.created && result.written === result.hidden)
    tell({
      code: 'NO_EVENT_MATCHES',
      severity: 'warning',
      message: `of ${grouped(result.events)} events, none matches the condition`,
      hint: 'tiercel show prints the events that a condition selects',
    });
  if (flags.quiet !== true)
    process.stderr.write(
      `${flags.json === true ? summaryJson(result) : summaryText(result, flags.output)}\n`,
    );
  return complaints.failed ? EXIT.couldNotRun : EXIT.fine;
}

/** A condition for system calls: captures hold no other events. */
async function filterFor(condition: string, definitions: Definitions | undefined): Promise<Filter> {
  try {
    return compileFilter(condition, definitions);
  } catch (error) {
    const [source] = await sourcesOfFields([condition]);
    if (!(error instanceof DiagnosticError) || source === undefined) throw error;
    throw new DiagnosticError({
      ...error.diagnostic,
      hint: `captures hold system calls only. A log of ${source.name} is not converted: ${LOG_HINT}`,
    });
  }
}

function summaryJson({ events, written, hidden, created }: ConvertResult): string {
  return JSON.stringify({ events, written, hidden, created });
}

function summaryText({ events, written, hidden, created }: ConvertResult, output: string): string {
  if (!created) return 'nothing was written';
  const state = hidden === 0 ? '' : `, ${grouped(hidden)} of them for the state only`;
  return `${grouped(events)} events read, ${grouped(written)} written to ${output === '-' ? 'standard output' : output}${state}`;
}
