import { byteString, SYSCALL_CODES } from '../../engine/index.ts';
import { parseLeader } from './line.ts';

/** Whether bytes begin as a log of strace does. */
export function beginsStraceLog(start: Uint8Array): boolean {
  const text = byteString(start, 0, start.length);
  if (text.startsWith('# {"state":')) return true;
  const line = text.split('\n', 1)[0]!;
  if (/^% time +seconds +usecs\/call/.test(line)) return true;
  const body = line.slice(parseLeader(line).at);
  if (/^(?:strace: Process \d+|--- SIG[A-Z]|\+\+\+ (?:exited|killed)|<\.\.\. \w+ resumed>)/.test(body))
    return true;
  const name = /^(\w+)\(/.exec(body)?.[1];
  return name !== undefined && SYSCALL_CODES.has(name);
}
