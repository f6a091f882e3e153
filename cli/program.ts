import { Command, Help, type Option } from 'commander';
import { wrap } from './columns.ts';
import { COMMANDS } from './commands.ts';
import { VERSION } from './version.ts';

/**
 * The command line.
 *
 * @param isWanted Commands whose code is loaded; of the others there is only what the list of commands says.
 */
export async function makeProgram(isWanted: (name: string) => boolean): Promise<Command> {
  const program = new Command('tiercel')
    .description('Falco rules over recorded and live events.')
    .version(VERSION)
    // A command that runs another one leaves that one's flags alone, and `test new` has flags of the names that `test` has.
    .enablePositionalOptions();
  for (const { name, group, summary, load } of COMMANDS) {
    const command = isWanted(name) ? await load() : new Command(name);
    program.addCommand(command.summary(summary).helpGroup(group));
  }
  prepare(program);
  return program;
}

/** What holds for all commands, and for those below them. */
function prepare(command: Command): void {
  command
    .exitOverride()
    .configureHelp({ optionDescription, subcommandTerm: (sub) => sub.name() })
    .configureOutput({
      writeOut: (text) => void process.stdout.write(reflow(text, process.stdout.columns)),
      outputError: (text) => void process.stderr.write(text),
      writeErr: (text) => void process.stderr.write(reflow(text, process.stderr.columns)),
    });
  // `tiercel nosuch --help` asks for what there is not.
  if (command.commands.length > 0 && command.registeredArguments.length === 0)
    command.on('beforeAllHelp', ({ command: asked }: { readonly command: Command }) => {
      const [name] = command.args;
      if (asked !== command || name === undefined || name.startsWith('-')) return;
      if (command.commands.every((known) => known.name() !== name) && name !== 'help')
        command.error(`error: unknown command '${name}'`);
    });
  command.commands.forEach(prepare);
}

/** That a flag which may be repeated was given no time is no news. */
function optionDescription(option: Option): string {
  const isList = Array.isArray(option.defaultValue) && option.defaultValue.length === 0;
  const shown: Option = isList ? Object.create(option, { defaultValue: { value: undefined } }) : option;
  return new Help().optionDescription(shown);
}

/** Fits paragraphs into the width of a terminal; what stands in columns, or further right, stays as it is. */
export function reflow(text: string, width = 80): string {
  const lines: string[] = [];
  let paragraph: string[] = [];
  const end = (): void => {
    if (paragraph.length > 0) lines.push(...wrap(paragraph.join(' '), Math.max(NARROWEST, width)));
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    if (/^\S/.test(line) && !/\S {2,}\S/.test(line)) paragraph.push(line);
    else {
      end();
      lines.push(line);
    }
  }
  end();
  return lines.join('\n');
}

const NARROWEST = 40;
