import { Command } from 'commander';
import { stringify } from 'yaml';
import { loadRunning, type RunConfig } from '../daemon/index.ts';
import { configStatus } from './config-status.ts';
import { formatOption, jsonOption, renderDiagnostics, tellOf, type DiagnosticFormat } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { hasColour } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ tiercel config check tiercel.yaml               every error, with its place and how to mend it
  $ tiercel config check /etc/falco/falco.yaml --format github
  $ tiercel config check tiercel.yaml --json | jq '.diagnostics[].message'
  $ tiercel config print tiercel.yaml               what is in force, with secrets redacted
  $ tiercel config schema > tiercel.schema.json     for editors: # yaml-language-server: $schema=tiercel.schema.json

Exit status: 0 fine (warnings do not count); 1 there are errors; 2 could not run: there is no such file, say.`;

/** `tiercel config`: looks at configurations of `tiercel run`. */
export function configCommand(): Command {
  const command = new Command('config')
    .description('Checks and prints configurations of `tiercel run`.')
    .addHelpText('after', EXAMPLES);
  const sub = (name: string): Command =>
    command
      .command(name)
      .argument('[file]', 'tiercel.yaml or falco.yaml')
      .option('-c, --config <file>', 'the same, as other commands have it');
  sub('check')
    .description('Finds everything that is wrong with it, and with the rules that it names.')
    .addOption(formatOption())
    .addOption(jsonOption())
    .action(async (given: string | undefined, flags: CheckFlags, self: Command) => {
      const { format } = flags;
      const file = fileOf(given, flags, self);
      const { checkRunConfig } = await loadRunning();
      const { config, diagnostics } = await checkRunConfig({ file, env: process.env });
      process.stdout.write(renderDiagnostics(diagnostics, format, { colour: hasColour(process.stdout) }));
      process.exitCode = configStatus(file, { config, diagnostics });
      if (format === 'text' && process.exitCode !== EXIT.couldNotRun)
        process.stdout.write(`${file}: ${verdict(config, diagnostics.length)}\n`);
    });
  sub('print')
    .description('Prints the configuration as it is in force, with secrets redacted.')
    .option('--json', 'as JSON')
    .action(async (given: string | undefined, flags: PrintFlags, self: Command) => {
      const file = fileOf(given, flags, self);
      const { json } = flags;
      const { loadRunConfig } = await loadRunning();
      const { config, diagnostics } = loadRunConfig({ file, env: process.env });
      tellOf(...diagnostics);
      process.exitCode = configStatus(file, { config, diagnostics });
      if (config !== undefined)
        process.stdout.write(
          json ? `${JSON.stringify(config.shown, undefined, 2)}\n` : stringify(config.shown),
        );
    });
  command
    .command('schema')
    .description('Prints the JSON Schema of the configuration.')
    .action(async () => {
      const { runConfigSchema } = await loadRunning();
      process.stdout.write(`${JSON.stringify(runConfigSchema(), undefined, 2)}\n`);
    });
  return command;
}

interface FileFlags {
  readonly config?: string;
}
interface CheckFlags extends FileFlags {
  readonly format: DiagnosticFormat;
}
interface PrintFlags extends FileFlags {
  readonly json?: true;
}

/** The file, which may be given in two ways. */
function fileOf(given: string | undefined, { config }: FileFlags, command: Command): string {
  const file = config ?? given;
  if (file !== undefined && (config === undefined || given === undefined)) return file;
  const message =
    file === undefined ? 'which file? Give it, or -c FILE' : 'two files: one is checked at a time';
  return command.error(`error: ${message}`, { exitCode: EXIT.couldNotRun });
}

function verdict(config: RunConfig | undefined, findings: number): string {
  if (config === undefined) return 'Invalid';
  return findings === 0 ? 'Ok' : `Ok, with ${findings} ${findings === 1 ? 'warning' : 'warnings'}`;
}
