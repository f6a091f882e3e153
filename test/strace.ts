import { spawnSync } from 'node:child_process';

/**
 * Whether commands can be run under strace here; says so once if not. With REQUIRE_ORACLE=1, as in CI, that it cannot is a failure. Call inside `describe`.
 */
export function hasStrace(): boolean {
  found ??= spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
  if (found) return true;
  if (process.env['REQUIRE_ORACLE'] === '1')
    throw new Error(
      'REQUIRE_ORACLE=1, but strace is not installed, or may not trace (apt-get install strace)',
    );
  if (!told) console.log('strace absent, or not allowed to trace: tests that record commands are skipped.');
  told = true;
  return false;
}
let found: boolean | undefined;
let told = false;
