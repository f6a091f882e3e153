import { Command, InvalidArgumentError, Option } from 'commander';
import { userInfo } from 'node:os';
import { loadRunning, type NewSilence, type ToldSilence } from '../daemon/index.ts';
import { parseDuration } from '../outputs/index.ts';
import { folderOf, withFolder, type FolderFlags } from './data-folder.ts';
import { EXIT } from './exit.ts';
import { table } from './table.ts';
import { visible } from './test/plain.ts';

interface Flags extends FolderFlags {
  readonly json?: true;
}

interface SilenceFlags extends Flags {
  readonly for?: number;
  readonly until?: number;
  readonly comment?: string;
  readonly author?: string;
  readonly id?: string;
}

const EXAMPLES = `
Examples:
  $ tiercel routes silence 'k8s.ns.name = payments and rule startswith "Write below"' --for 2h --comment 'upgrade of payments'
  $ tiercel routes silence 'hostname = node-7' --until 2026-02-01T06:00:00+01:00 --id node-7 -c tiercel.yaml
  $ tiercel routes silences
  $ tiercel routes unsilence node-7

Alerts for which the condition holds are held back from all routes, by the tiercel that runs, from now on. It keeps the silence on disk, also when it
starts anew. At the end, one alert tells how many there were. Silences that belong to the configuration stand there, under \`silences\`.

Exit status: 0 fine; 1 there is no such silence; 2 could not run: tiercel does not, or the condition has an error.`;

/** `tiercel routes silence`, `silences` and `unsilence`: silences of a running tiercel. */
export function silenceCommands(moment: (flag: string) => (text: string) => number): readonly Command[] {
  const silence = new Command('silence')
    .summary('hold alerts back for a while, from now on')
    .description('Holds alerts back from all routes for a while, in the tiercel that runs.')
    .argument('<condition>', 'which alerts')
    .addOption(new Option('--for <time>', 'how long, such as 2h or 1h30m').argParser(span).conflicts('until'))
    .option('--until <time>', 'when it ends, such as 2026-01-31T18:00:00Z', moment('--until'))
    .option('--comment <text>', 'why')
    .option('--author <name>', 'who; you if left away')
    .option('--id <name>', 'its name; of the same name, the silence before is replaced')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .action(async (condition: string, flags: SilenceFlags, command: Command) => {
      if (flags.for === undefined && flags.until === undefined)
        command.error('error: until when? Give --for or --until', { exitCode: EXIT.couldNotRun });
      await add(condition, flags);
    });
  const list = new Command('silences')
    .summary('list the silences that are not over')
    .description('Lists the silences of all routes that are not over, in the tiercel that runs.')
    .action(async (flags: Flags) => {
      const silences = await (await open(flags)).list();
      print(flags, silences, () => (silences.length === 0 ? 'nothing\n' : silencesText(silences)));
    });
  const end = new Command('unsilence')
    .summary('end a silence')
    .description('Ends a silence that was added, in the tiercel that runs.')
    .argument('<id>', 'its name, as `silences` has it')
    .action(async (id: string, flags: Flags) => {
      const ended = await (await open(flags)).end(id);
      print(flags, { ended }, () => (ended ? `ended ${id}\n` : ''));
      if (ended) return;
      process.stderr.write(
        `no silence ${id} was added while tiercel runs; those of the configuration end when they are taken out there\n`,
      );
      process.exitCode = EXIT.findings;
    });
  return [silence, list, end].map((command) => withFolder(command).option('--json', 'for programs'));
}

const open = async (flags: FolderFlags) => {
  const running = await loadRunning();
  return running.silencesOf(folderOf(flags, running));
};

async function add(match: string, flags: SilenceFlags): Promise<void> {
  const { comment, author = user(), id } = flags;
  const until = flags.until ?? Date.now() + flags.for!;
  const wanted: NewSilence = {
    match,
    until: new Date(until).toISOString(),
    ...(comment !== undefined && { comment }),
    ...(author !== undefined && { author }),
    ...(id !== undefined && { id }),
  };
  const { silence, warnings } = await (await open(flags)).add(wanted);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  print(flags, silence, () => `${silence.id}: silent until ${silence.until}\n`);
}

/** Whose name this is; a process may run as somebody who has none. */
function user(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function span(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds <= 0)
    throw new InvalidArgumentError('expected a time span such as 30m, 2h or 1h30m');
  return milliseconds;
}

function silencesText(silences: readonly ToldSilence[]): string {
  const rows = silences.map(({ id, from, in_force: holds, match, starts, until, author, comment }) =>
    [
      id,
      holds ? 'silent' : `from ${starts}`,
      until ?? 'nobody ends it',
      from === 'settings' ? 'configuration' : (author ?? ''),
      match ?? 'all alerts',
      comment ?? '',
    ].map(visible),
  );
  return table(['ID', 'STATE', 'UNTIL', 'BY', 'MATCH', 'COMMENT'], rows, {
    ...(process.stdout.isTTY && { width: process.stdout.columns }),
  });
}

function print({ json }: Flags, value: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value, undefined, 2)}\n` : text());
}
