import type { Translate } from '../call.ts';
import { DESCRIPTORS } from './descriptors.ts';
import { FILES } from './files.ts';
import { KERNEL } from './kernel.ts';
import { MEMORY } from './memory.ts';
import { PROCESSES } from './processes.ts';
import { SOCKETS } from './sockets.ts';
import { TRANSFERS } from './transfers.ts';

/** What makes the parameters of calls, by the names that strace has for them. Facts of the drivers: modern_bpf/…/syscall_dispatched_events. */
export const TRANSLATIONS: ReadonlyMap<string, Translate> = new Map(
  [FILES, DESCRIPTORS, TRANSFERS, SOCKETS, MEMORY, PROCESSES, KERNEL].flatMap((table) =>
    Object.entries(table),
  ),
);
