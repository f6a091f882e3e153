import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFolder } from '../run-process.ts';

/** Numbers of errors (errno.h). */
export const EIO = 5;
export const ENOSPC = 28;

/** Lets writes to files below a folder fail, in processes that have its environment. */
export class FailingDisk {
  readonly env: Readonly<Record<string, string>>;
  readonly #marker: string;

  private constructor(library: string, folder: string, marker: string) {
    this.#marker = marker;
    this.env = { LD_PRELOAD: library, FAIL_FOLDER: folder, FAIL_MARKER: marker };
  }

  /** Compiles what it needs; undefined where there is no C compiler, and an error where there has to be one (REQUIRE_ORACLE=1). */
  static make(folder: RunFolder, name: string): FailingDisk | undefined {
    const library = folder.place('failing-disk.so');
    const source = join(import.meta.dirname, 'failing-disk.c');
    const { status, stderr, error } = spawnSync(
      'cc',
      ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'],
      {
        encoding: 'utf8',
      },
    );
    if (status === 0) return new FailingDisk(library, folder.place(name), folder.place('fail'));
    if (process.env['REQUIRE_ORACLE'] === '1')
      throw new Error(`REQUIRE_ORACLE=1, but there is no C compiler: ${error?.message ?? stderr}`);
    console.log('There is no C compiler: tests of disks that fail are skipped.');
    return undefined;
  }

  /** From now on, these calls end in an error; all that write if none is named. */
  fail(error: number, ...calls: readonly string[]): void {
    writeFileSync(this.#marker, [error, ...calls].join(' '));
  }

  mend(): void {
    rmSync(this.#marker, { force: true });
  }
}
