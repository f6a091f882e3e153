#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { DiagnosticError } from '../engine/index.ts';
import { renderDiagnostic } from './diagnostics.ts';
import { EXIT } from './exit.ts';
import { commands } from './commands.ts';
import { VERSION } from './version.ts';

// A reader that stops reading (`| head`) ends the work without a complaint.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.fine);
  throw error;
});

const program = new Command('tiercel')
  .description('Falco rules over recorded and live events.')
  .version(VERSION)
  .exitOverride();
for (const command of commands()) program.addCommand(command.exitOverride());

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.couldNotRun;
  else if (error instanceof DiagnosticError) {
    process.stderr.write(`${renderDiagnostic(error.diagnostic, { colour: process.stderr.isTTY })}\n`);
    process.exitCode = EXIT.couldNotRun;
  } else throw error;
}
