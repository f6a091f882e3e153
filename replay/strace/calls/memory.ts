/** Memory and its protection. */
import type { Call, Parameters, Translate } from '../call.ts';

const usage = ({ thread: { state } }: Call): Parameters => ({
  vm_size: state.vmSizeKb,
  vm_rss: state.vmRssKb,
  vm_swap: state.vmSwapKb,
});

const range = (call: Call): Parameters => ({ addr: call.int(0), length: call.int(1) });

const map = (call: Call): Parameters => ({
  res: call.result,
  ...usage(call),
  ...range(call),
  prot: call.names(2),
  flags: call.names(3),
  fd: call.fd(4),
});

const lock: Translate = (call) => ({ res: call.result, addr: call.int(0), len: call.int(1) });

export const MEMORY: Readonly<Record<string, Translate>> = {
  brk: (call) => ({ res: call.result, ...usage(call), addr: call.int(0) }),
  mmap: (call) => ({ ...map(call), offset: call.int(5) }),
  mmap2: (call) => ({ ...map(call), pgoffset: call.int(5) }),
  munmap: (call) => ({ res: call.result, ...usage(call), ...range(call) }),
  mprotect: (call) => ({ res: call.result, ...range(call), prot: call.names(2) }),
  mlock: lock,
  munlock: lock,
  mlock2: (call) => ({ res: call.result, addr: call.int(0), len: call.int(1), flags: call.names(2) }),
  mlockall: (call) => ({ res: call.result, flags: call.names(0) }),
  munlockall: (call) => ({ res: call.result }),
};
