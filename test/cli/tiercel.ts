import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What a run of the command gave. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command, as a user would. */
export function tiercel(...args: readonly string[]): Run {
  return tiercelWith('', ...args);
}

/** The same with something to read from standard input. */
export function tiercelWith(input: string | Buffer, ...args: readonly string[]): Run {
  return run(input, {}, args);
}

/** The same with more variables of the environment. */
export function tiercelIn(env: Readonly<Record<string, string>>, ...args: readonly string[]): Run {
  return run('', env, args);
}

function run(input: string | Buffer, env: Readonly<Record<string, string>>, args: readonly string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/tiercel.js'), ...args], {
    input,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}
