import type { ByteString } from '../../engine/index.ts';
import { addressOf, socketNoteOf, type Endpoint } from './addresses.ts';
import type { Entry } from './log.ts';
import { noteOf } from './text.ts';

const key = (fd: ByteString, { text, port }: Endpoint) => `${fd}>${text.replace(/^::ffff:/i, '')}>${port}`;

/** The fds of a call, and what strace tells of them. */
function* notesOf(args: readonly ByteString[]): Generator<readonly [fd: ByteString, note: ByteString]> {
  for (const arg of args) {
    if (!arg.includes('->')) continue;
    const note = noteOf(arg);
    if (note !== undefined) yield [arg.slice(0, arg.indexOf('<')), note];
  }
}

/**
 * What a later call tells of the socket of each connect, by the place of the connect among the entries: strace writes fds as they are when a call begins,
 * and the kernel chooses the own address of a socket while it connects.
 */
export function connectionsOf(entries: readonly Entry[]): ReadonlyMap<number, ByteString> {
  const found = new Map<number, ByteString>();
  const later = new Map<string, ByteString>();
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i]!;
    if (entry.kind !== 'call') continue;
    const [socket = '', address = ''] = entry.args;
    if (entry.name === 'connect') {
      const to = addressOf(address);
      const fd = socket.slice(0, Math.max(0, socket.indexOf('<')));
      const note = to === undefined || 'path' in to ? undefined : later.get(key(fd, to));
      if (note !== undefined) found.set(i, note);
    }
    for (const [fd, note] of notesOf(entry.args)) {
      const told = socketNoteOf(note);
      if (told?.kind === 'inet' && told.remote !== undefined) later.set(key(fd, told.remote), note);
    }
  }
  return found;
}
