import { expect } from 'chai';
import { makeProgram, reflow } from '../../cli/program.ts';
import { COMMANDS } from '../../cli/commands.ts';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tiercel } from './tiercel.ts';

describe('the command line', function () {
  this.timeout(30_000);

  it('lists all commands, in groups', () => {
    const { status, stdout } = tiercel('--help');
    expect(status).to.equal(0);
    for (const { name, group, summary } of COMMANDS) {
      expect(stdout).to.contain(`\n${group}\n`);
      expect(stdout.replace(/\s+/g, ' ')).to.contain(` ${name} ${summary} `);
    }
  });

  it('has a sentence, examples and the exit status for each command', async () => {
    const program = await makeProgram(() => true);
    for (const command of program.commands) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      const name = command.name();
      expect(help, name).to.match(/^Usage: tiercel [^\n]+\n\n[A-Z][^\0]+?\.\n/);
      expect(help, name).to.contain(`\nExamples:\n  $ tiercel ${name}`);
      expect(help, name).to.contain('\nExit status: 0 ');
      expect(help, name).to.not.contain('default: []');
      for (const sub of command.commands)
        expect(sub.description(), `${name} ${sub.name()}`).to.match(/^[A-Z].*\.$/);
    }
  });

  it('keeps help to the width of the terminal', () => {
    const text =
      'Usage: x\n\nOne two three four five six seven eight nine ten.\nEleven.\n\n  $ an example that is far too long for it to be shown here\na column   another one, which is longer than that\n';
    expect(reflow(text, 40)).to.equal(
      'Usage: x\n\nOne two three four five six seven eight\nnine ten. Eleven.\n\n  $ an example that is far too long for it to be shown here\na column   another one, which is longer than that\n',
    );
  });

  it('says what is wrong with a command', () => {
    const cases: [args: string[], message: string][] = [
      [['nosuch'], "error: unknown command 'nosuch'\n"],
      [['nosuch', '--help'], "error: unknown command 'nosuch'\n"],
      [['queue', 'nosuch', '-h'], "error: unknown command 'nosuch'\n"],
      [['replay'], "error: missing required argument 'capture'\n"],
      [['replay', '--nosuch', 'x.scap'], "error: unknown option '--nosuch'\n"],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = tiercel(...args);
      expect([status, stderr]).to.deep.equal([2, message]);
    }
  });

  it('gives help to what it has', () => {
    for (const args of [['--help'], ['help', 'run'], ['config', 'check', '-h'], ['config', 'help', 'print']])
      expect(tiercel(...args), args.join(' ')).to.deep.include({ status: 0, stderr: '' });
  });

  const shell = (script: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync('bash', ['-c', script], {
      encoding: 'utf8',
      env: {
        ...process.env,
        TIERCEL: `"${process.execPath}" "${join(import.meta.dirname, '../../dist/tiercel.js')}"`,
      },
    });

  if (existsSync('/dev/full'))
    for (const command of ['fields', 'replay test/captures/web-shell-default.scap -r rules/library'])
      it(`says that the disk is full: ${command}`, () => {
        const { status, stderr } = shell(`eval "$TIERCEL ${command} > /dev/full"`);
        expect(status).to.equal(2);
        expect(stderr).to.equal(
          'error: cannot write to standard output: ENOSPC: no space left on device, write\n',
        );
      });

  it('ends without a complaint when its reader does', () => {
    const { stdout, stderr } = shell('eval "$TIERCEL fields" | head -n 1; echo "${PIPESTATUS[0]}"');
    expect([stdout.split('\n').at(-2), stderr]).to.deep.equal(['0', '']);
  });

  it('goes on when nobody reads standard error', () => {
    const { stderr } = shell(
      `exec 5>&2; { eval "$TIERCEL replay test/captures/web-shell-default.scap -r rules/library > /dev/null"; echo "$?" >&5; } 2>&1 | true`,
    );
    expect(stderr).to.equal('0\n');
  });
});
