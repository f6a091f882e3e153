import type { ByteString } from '../../engine/index.ts';

/** The flags with which a log tells as much as can be told. */
export const STRACE_FLAGS = '-f -n -v -yy -s 4096 -ttt -T';

/** What calls show of the flags that a log was made with. */
export class LogTraits {
  /** Whether there are dates and times (`-ttt`). */
  hasDates = false;
  /** Whether processes were made, and no line is of one of them. */
  hasLostChildren = false;
  /** Whether a recorder made it, which leaves out only what it was told to. */
  isRecorded = false;
  #hasFds = false;
  #hasNotes = false;
  #isRaw = false;
  #abbreviates = false;
  #cuts = false;

  see(name: string, args: readonly ByteString[]): void {
    const [first = ''] = args;
    if (name === 'close' || name === 'openat') {
      this.#hasFds = true;
      if (first.includes('<')) this.#hasNotes = true;
    }
    if (name === 'openat' && /^(?:0xffffff9c|0xffffffffffffff9c|-100)$/.test(first)) this.#isRaw = true;
    if (name.startsWith('exec') && args.at(-1)?.includes(' vars */') === true) this.#abbreviates = true;
    if (
      /^(?:execve|openat|connect)$/.test(name) &&
      args.some((arg) => arg.endsWith('"...') || arg.includes('...]'))
    )
      this.#cuts = true;
  }

  /** Why nothing can be made of the log, if so. */
  get unsuitable(): string | undefined {
    return this.#isRaw ? 'flags and addresses stand in it as numbers (-X raw)' : undefined;
  }

  /** What is missing, each with the flag that adds it. */
  get missing(): string[] {
    const missing: string[] = [];
    if (this.hasLostChildren) missing.push('what child processes do (-f)');
    if (!this.hasDates) missing.push('dates and times (-ttt)');
    if (this.#hasFds && !this.#hasNotes) missing.push('what fds stand for (-yy)');
    if (this.#abbreviates && !this.isRecorded) missing.push('environments (-v)');
    if (this.#cuts && !this.isRecorded) missing.push('whole strings (-s 4096)');
    return missing;
  }
}
