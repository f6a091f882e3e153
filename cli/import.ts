import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadRunning } from '../daemon/index.ts';
import { DiagnosticError, unreadable, unwritable } from '../engine/index.ts';
import { EXIT } from './exit.ts';

const { importSidekick, parseSidekickFile } = await loadRunning();

interface Flags {
  readonly env?: true;
  readonly output?: string;
}

const EXAMPLES = `
Examples:
  $ tiercel import sidekick /etc/falcosidekick/config.yaml -o tiercel.yaml
  $ SLACK_WEBHOOKURL=https://hooks.slack.com/… tiercel import sidekick --env           a falcosidekick without a file
  $ kubectl exec deploy/falcosidekick -- env | sed 's/^/export /' > env.sh             the environment of one that runs

Of the 71 outputs of falcosidekick, those that have a counterpart here are written with their settings; minimumpriority becomes a condition of a route,
customfields, templatedfields and customtags become changes of alerts (set). What has no counterpart is named with the reason, in comments and on standard error.
With --env, the environment counts as falcosidekick counts it: it wins over the file, and secrets in it stay there (\${env:SLACK_WEBHOOKURL}).

Exit status: 0 everything is there; 1 written, and something is left out or left to do; 2 could not run.`;

/** `tiercel import sidekick`: a tiercel.yaml of the configuration of falcosidekick. */
export function importCommand(): Command {
  const sidekick = new Command('sidekick')
    .summary('from falcosidekick')
    .description('Makes a tiercel.yaml of the configuration of falcosidekick.')
    .argument('[file]', 'its configuration (config.yaml); - is standard input')
    .option('--env', 'read the environment of this process too, as falcosidekick does')
    .option('-o, --output <file>', 'write it there instead of on standard output')
    .addHelpText('after', EXAMPLES)
    .action((file: string | undefined, { env, output }: Flags) => {
      if (file === undefined && env !== true)
        throw new DiagnosticError({
          code: 'IMPORT_NOTHING',
          severity: 'error',
          message: 'neither a file nor --env is given',
          hint: 'name the configuration of falcosidekick, or --env to read its environment variables',
        });
      const { text, outputs, left, notes } = importSidekick({
        ...(file !== undefined && { tree: parseSidekickFile(read(file), file) }),
        ...(env === true && { env: process.env }),
      });
      if (output === undefined) process.stdout.write(text);
      else write(output, text);
      const lines = [
        ...left.map((remark) => `left out: ${remark.key}: ${remark.text}`),
        ...notes.map((remark) => `note: ${remark.key}: ${remark.text}`),
        `${outputs} output${outputs === 1 ? '' : 's'} written; ${left.length} thing${left.length === 1 ? '' : 's'} left out or left to do.`,
      ];
      process.stderr.write(lines.map((line) => `${line}\n`).join(''));
      if (left.length > 0) process.exitCode = EXIT.findings;
    });
  return new Command('import')
    .summary('make a tiercel.yaml of the configuration of falcosidekick')
    .description('Makes a tiercel.yaml of the configuration of another program.')
    .addCommand(sidekick)
    .addHelpText('after', EXAMPLES);
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw unreadable('IMPORT_UNREADABLE', file, cause);
  }
}

function write(path: string, text: string): void {
  try {
    // It may hold secrets.
    writeFileSync(path, text, { mode: 0o600 });
  } catch (cause) {
    throw unwritable('FILE_UNWRITABLE', path, cause);
  }
}
