/**
 * Loaded into a measured process with `--require`: at its end it writes what it used to file descriptor 3, as JSON. The process itself knows best: `time` is not
 * installed everywhere, and /proc is gone when the process has ended. The CPU time is that of all threads.
 */
const { readFileSync, writeSync } = process.getBuiltinModule('node:fs');
const { isMainThread } = process.getBuiltinModule('node:worker_threads');

/**
 * Peak of resident memory in kilobytes. On Linux `maxRSS` may start with what the parent had when it forked; the
 * high-water mark of the address space never does.
 */
function peak(maxRSS) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  } catch {
    return maxRSS;
  }
}

if (isMainThread)
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeSync(
      3,
      JSON.stringify({ user: userCPUTime / 1e6, system: systemCPUTime / 1e6, peak: peak(maxRSS) * 1024 }),
    );
  });
