import { SYSCALLS } from './events.generated.ts';

/** The ppm_sc codes of system calls by their names. */
export const SYSCALL_CODES: ReadonlyMap<string, number> = new Map(
  Array.from(SYSCALLS, ([code, name]) => [name, code]),
);
