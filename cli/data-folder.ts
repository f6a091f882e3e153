/** The folder that `tiercel run` works in, for commands that ask about it. */
import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import type { loadRunning } from '../daemon/index.ts';
import { DiagnosticError } from '../engine/index.ts';
import { tellOf } from './diagnostics.ts';

/** Flags of commands that ask about the folder (`withFolder`). */
export interface FolderFlags {
  readonly config?: string;
  readonly dataDir?: string;
}

/** Adds the flags that say where the folder is. */
export const withFolder = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'tiercel.yaml or falco.yaml, which says where the queue is')
    .addOption(new Option('--data-dir <folder>', 'folder of the queue').conflicts('config'));

const DEFAULT_FOLDER = '/var/lib/tiercel';

type Running = Pick<Awaited<ReturnType<typeof loadRunning>>, 'loadRunConfig'>;

/** Throws a `DiagnosticError` if the configuration has errors, or the folder is not there. */
export function folderOf(flags: FolderFlags, running: Running): string {
  const folder = folderNamed(flags, running);
  if (existsSync(folder)) return folder;
  const isNamed = flags.config !== undefined || flags.dataDir !== undefined;
  throw new DiagnosticError({
    code: 'QUEUE_NOT_FOUND',
    severity: 'error',
    message: `there is no folder ${folder}`,
    hint: isNamed
      ? 'tiercel run makes its data_dir when it starts'
      : 'name the configuration of tiercel run with -c, or its data_dir with --data-dir',
  });
}

function folderNamed({ config: file, dataDir }: FolderFlags, { loadRunConfig }: Running): string {
  if (file === undefined) return dataDir ?? DEFAULT_FOLDER;
  const { config, diagnostics } = loadRunConfig({ file, env: process.env });
  if (config !== undefined) return config.path(config.own.data_dir);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  tellOf(...errors.slice(1));
  throw new DiagnosticError({
    ...errors[0]!,
    hint: 'name the folder with --data-dir if the configuration cannot be mended now',
  });
}
