import type { RunConfigResult } from '../daemon/index.ts';
import { EXIT } from './exit.ts';

/** The exit status of a look at a configuration. A file that cannot be read says nothing of it. */
export function configStatus(file: string, { config, diagnostics }: RunConfigResult): number {
  if (config !== undefined) return EXIT.fine;
  const isUnreadable = diagnostics.some((one) => one.code === 'CONFIG_UNREADABLE' && one.file === file);
  return isUnreadable ? EXIT.couldNotRun : EXIT.findings;
}
