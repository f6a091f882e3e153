import { expect } from 'chai';
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const here = import.meta.dirname;

/** A process that sends two alerts to its standard output. */
const code = (format: string): string => `
  import { stdout } from '${join(here, '../../../outputs/kinds/stdout.ts')}';
  import { alert, failureOf, OpenOutput } from '${join(here, 'opened.ts')}';
  const output = await OpenOutput.open(stdout, { ${format} });
  const send = () => output.send([alert(), alert({ output: 'two\\nlines' })]);
  await send();
  if (process.env.UNTIL_GONE) {
    let failure;
    while (failure === undefined) failure = await failureOf(send()).catch(() => undefined);
    process.stderr.write(failure.reason + ' ' + failure.retry);
  }
  await output.close();`;
const node = (format: string) => ['--import', 'tsx', '--input-type=module', '-e', code(format)];

describe('stdout', () => {
  it("writes Falco's lines", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, node(''));
    expect(stdout).to.equal('12:34:56.123456789: Warning Shadow read (user=root)\ntwo\\nlines\n');
  });

  it('writes JSON', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, node("format: 'json'"));
    expect(stdout.split('\n').map((line) => line.slice(0, 20))).to.deep.equal([
      '{"hostname":"node-1"',
      '{"hostname":"node-1"',
      '',
    ]);
  });

  it('tells that the reader went away, and lives on', async () => {
    const child = spawn(process.execPath, node(''), { env: { ...process.env, UNTIL_GONE: '1' } });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect({ said, status }).to.deep.equal({ said: 'network true', status: 0 });
  });
});
