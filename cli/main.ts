#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { COMMANDS } from './commands.ts';
import { EXIT } from './exit.ts';
import { VERSION } from './version.ts';

// A reader that stops reading (`| head`) ends the work without a complaint.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.fine);
  throw error;
});

const program = new Command('tiercel')
  .description('Falco rules over recorded and live events.')
  .version(VERSION)
  // A command that runs another one leaves that one's flags alone.
  .enablePositionalOptions()
  .configureHelp({ subcommandTerm: (command) => command.name() })
  // `test new` has flags of the names that `test` has.
  .enablePositionalOptions()
  .exitOverride();
// Of the commands only what is asked for is loaded (`help replay` names one, too).
for (const { name, summary, load } of COMMANDS) {
  const command = process.argv.includes(name) ? await load() : new Command(name);
  program.addCommand(command.summary(summary).exitOverride());
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.couldNotRun;
  else {
    const { tellOfFailure } = await import('./failure.ts');
    tellOfFailure(error);
    process.exitCode = EXIT.couldNotRun;
  }
}
