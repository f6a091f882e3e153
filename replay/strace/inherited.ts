import { fdOf, type Call } from './call.ts';
import { tracedFd } from './fd-notes.ts';
import { noteOf, unescape } from './text.ts';

/** Arguments that hold the two fds that a call made. */
const PAIRS: Readonly<Record<string, number>> = { pipe: 0, pipe2: 0, socketpair: 3 };

/** Learns of the directory and the fds that a call shows, and that nobody opened in the log: they were there at the start. */
export function learnInherited(call: Call): void {
  const { shared } = call.thread;
  const { origin } = shared;
  for (const arg of call.args) {
    const note = noteOf(arg);
    if (note === undefined) continue;
    if (arg.startsWith('AT_FDCWD')) {
      const isFirst = shared.cwd === undefined && origin.state.cwd === '';
      if (isFirst && origin.fds !== undefined) origin.state.cwd = unescape(note);
      shared.cwd = unescape(note);
      continue;
    }
    const fd = fdOf(arg);
    if (shared.fds.has(fd)) continue;
    shared.fds.add(fd);
    if (origin.fds !== undefined && !origin.fds.has(fd)) origin.fds.set(fd, tracedFd(fd, note));
  }
  if (call.failed) return;
  if (call.resultNote !== undefined) shared.fds.add(Number(call.result));
  if (call.name === 'close') shared.fds.delete(call.fd(0));
  const pair = PAIRS[call.name];
  if (pair !== undefined) for (const item of call.items(pair)) shared.fds.add(fdOf(item));
}
