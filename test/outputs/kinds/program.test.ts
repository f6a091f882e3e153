import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from '../../../outputs/kinds/program.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

describe('program', () => {
  let folder: string;
  let out: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-program-'));
    out = join(folder, 'out');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const got = (): string => readFileSync(out, 'utf8');

  it('starts one process per alert', async () => {
    const output = await OpenOutput.open(program, {
      program: `echo start >> ${out}; cat >> ${out}`,
      template: '%rule',
    });
    await output.send([alert({ rule: 'a\nb' })]);
    await output.send([alert({ rule: 'c' })]);
    expect(got()).to.equal('start\na\\nb\nstart\nc\n');
  });

  it('keeps one process with keep_alive, and starts it anew when it is told to', async () => {
    const output = await OpenOutput.open(program, {
      program: `echo start >> ${out}; cat >> ${out}`,
      keep_alive: true,
      template: '%rule',
    });
    await output.send([alert({ rule: 'a' })]);
    await output.send([alert({ rule: 'b' })]);
    await output.sender.reopen!();
    expect(got()).to.equal('start\na\nb\n');
    await output.send([alert({ rule: 'c' })]);
    await output.close();
    expect(got()).to.equal('start\na\nb\nstart\nc\n');
  });

  it('takes a program that does not read its input', async () => {
    const output = await OpenOutput.open(program, { program: 'true', format: 'json' });
    await output.send([alert({ output: 'x'.repeat(200_000) })]);
  });

  const failures: readonly [string, string, object, RegExp][] = [
    ['a status', 'echo "no  luck" >&2; exit 3', { retry: true, reason: 'server' }, /: status 3: no luck$/],
    ['a signal', 'kill -9 $$', { retry: true, reason: 'server' }, /: ended by SIGKILL$/],
    [
      'a program that there is not',
      '/no/such/program',
      { retry: true, reason: 'client' },
      /: status 127: .*not found/,
    ],
  ];
  for (const [what, command, expected, message] of failures)
    it(`tells ${what}`, async () => {
      const output = await OpenOutput.open(program, { program: command });
      const failure = await failureOf(output.send([alert()]));
      expect(failure).to.deep.include(expected);
      expect(failure.message).to.match(message);
    });

  it('ends a program that takes too long, with all that it started', async () => {
    const output = await OpenOutput.open(program, { program: `sleep 60; touch ${out}` });
    const failure = await failureOf(output.send([alert()], {}, AbortSignal.timeout(200)));
    expect(failure).to.deep.include({ retry: true, reason: 'timeout' });
    expect(existsSync(out)).to.equal(false);
  });

  it('starts anew after a kept program died', async () => {
    const output = await OpenOutput.open(program, {
      program: `head -n 1 >> ${out}`,
      keep_alive: true,
      template: '%rule',
    });
    // Some of these go into the pipe of a process that is about to end; in the end each try finds a process.
    for (let i = 0; i < 5; i++) await output.send([alert({ rule: `r${i}` })]).catch(() => {});
    await output.sender.reopen!();
    await output.send([alert({ rule: 'last' })]);
    await output.close();
    expect(got().split('\n')).to.include('last');
  });

  it('ends a kept program that does not read', async () => {
    const output = await OpenOutput.open(program, { program: 'sleep 60', keep_alive: true });
    const big = alert({ output: 'x'.repeat(500_000) });
    const failure = await failureOf(output.send([big], {}, AbortSignal.timeout(200)));
    expect(failure).to.deep.include({ retry: true, reason: 'timeout' });
    await output.close();
  });
});
