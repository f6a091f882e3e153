import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = process.env['ORACLE_DIR'] ?? join(import.meta.dirname, '../../shared/oracle');

/**
 * Path of a file of the reference data (what the real Falco gave), which lies beside the project and is never part of it. Call inside `describe`:
 * where the data is absent, the suite is skipped with one line; with REQUIRE_ORACLE=1 that is a failure instead.
 */
export function oraclePath(...parts: string[]): string {
  return join(root, ...parts);
}

/** Whether the reference data is there; says so once if not. */
export function hasOracle(): boolean {
  if (existsSync(root)) return true;
  if (process.env['REQUIRE_ORACLE'] === '1')
    throw new Error(`REQUIRE_ORACLE=1, but there is no reference data at ${root}`);
  if (!told) console.log('Reference data absent (../shared/oracle): tests against it are skipped.');
  told = true;
  return false;
}
let told = false;
