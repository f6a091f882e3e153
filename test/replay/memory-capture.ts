import type { CaptureWriter } from '../../replay/index.ts';
import type { Section } from './random-sections.ts';
import { concat } from './scap/writer.ts';

/** What a writer wrote. */
export class Memory {
  readonly pieces: Uint8Array[] = [];
  readonly output = {
    write: (piece: Uint8Array): void => void this.pieces.push(piece),
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };

  get bytes(): Uint8Array {
    return concat(...this.pieces);
  }
}

/** Writes a section as a reader gives it. */
export function writeSection(writer: CaptureWriter, section: Section): void {
  writer.restart();
  writer.machineInfo(section.machine);
  for (const thread of section.threads) writer.addThread(thread);
  for (const [tid, list] of section.fds) writer.addFds(tid, list);
  for (const entry of section.interfaces) writer.addInterface(entry);
  for (const user of section.users) writer.addUser(user);
  for (const group of section.groups) writer.addGroup(group);
  writer.ready();
  writer.started?.();
  for (const [event, flags] of section.events) writer.event(event, flags);
}
