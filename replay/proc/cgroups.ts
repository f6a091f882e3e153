import type { ByteString } from '../../engine/index.ts';

/** The control groups that Falco's driver tells of, in its order. */
const SUBSYSTEMS = ['cpuset', 'cpu', 'cpuacct', 'io', 'memory'] as const;

/** Names that cgroups(7) has in version 1 for them. */
const OLD_NAMES: Readonly<Record<string, string>> = { blkio: 'io' };

/** The contents of /proc/PID/cgroup as the parameter `cgroups` of events has them. In version 2 there is one path for all. */
export function cgroupsOf(text: ByteString): ByteString {
  const paths = new Map<string, ByteString>();
  let unified: ByteString | undefined;
  for (const line of text.split('\n')) {
    const found = /^\d+:([^:]*):(.*)$/.exec(line);
    if (found === null) continue;
    if (found[1] === '') unified = found[2];
    for (const name of found[1]!.split(',')) paths.set(OLD_NAMES[name] ?? name, found[2]!);
  }
  return SUBSYSTEMS.flatMap((name) => {
    const path = paths.get(name) ?? unified;
    return path === undefined ? [] : [`${name}=${path}\0`];
  }).join('');
}
