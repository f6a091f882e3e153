import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A small disk of its own (tmpfs). */
export class MountedDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Undefined where this user cannot mount; an error where it has to be possible (root, with REQUIRE_ORACLE=1). */
  static mount(path: string, megabytes: number): MountedDisk | undefined {
    mkdirSync(path, { recursive: true });
    const { status, stderr } = spawnSync(
      'mount',
      ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path],
      {
        encoding: 'utf8',
      },
    );
    if (status === 0) return new MountedDisk(path);
    if (process.env['REQUIRE_ORACLE'] === '1' && process.getuid?.() === 0)
      throw new Error(`REQUIRE_ORACLE=1, but a disk cannot be mounted: ${stderr}`);
    console.log('Disks cannot be mounted here: tests of full disks are skipped.');
    return undefined;
  }

  /** Takes all the room that is left. */
  fill(): void {
    for (let part = 1 << 20; part >= 4096; part >>= 1)
      for (let number = 0; ; number++)
        try {
          if (statfsSync(this.path).bavail * 4096 < part) break;
          writeFileSync(join(this.path, `ballast-${part}-${number}`), Buffer.alloc(part));
        } catch {
          break;
        }
  }

  /** Gives what `fill` took free. */
  empty(): void {
    spawnSync('sh', ['-c', 'rm -f ballast-*'], { cwd: this.path });
  }

  /** From now on, it can only be read. */
  forbidWrites(): void {
    spawnSync('mount', ['-o', 'remount,ro', this.path]);
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}
