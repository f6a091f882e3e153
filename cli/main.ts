import { CommanderError } from 'commander';
import { EXIT } from './exit.ts';
import { makeProgram } from './program.ts';

// A reader that stops reading (`| head`) ends the work without a complaint; nothing else that was printed may be lost without one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.fine);
  process.stderr.write(`error: cannot write to standard output: ${error.message}\n`);
  process.exit(EXIT.couldNotRun);
});
// What is told beside the work is no reason to end it.
process.stderr.on('error', () => undefined);

// Of the commands only what is asked for is loaded (`help replay` names one, too).
const program = await makeProgram((name) => process.argv.includes(name));
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
