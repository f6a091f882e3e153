import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds between looks. Files are looked at instead of waited for: that works with every file system, and with the links by which Kubernetes changes a ConfigMap. */
const LOOK = 1000;

/** Calls back after files have changed, when they have come to rest. Folders stand for what is in them. */
export class Watch {
  readonly #paths: () => readonly string[];
  readonly #changed: () => void;
  readonly #timer: NodeJS.Timeout;
  #known: string;
  #last: string;

  constructor(paths: () => readonly string[], changed: () => void) {
    this.#paths = paths;
    this.#changed = changed;
    this.#known = this.#last = this.#look();
    this.#timer = setInterval(() => this.#check(), LOOK).unref();
  }

  /** What there is now is known: it was read. */
  renew(): void {
    this.#known = this.#last = this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const seen = this.#look();
    const isAtRest = seen === this.#last;
    this.#last = seen;
    if (!isAtRest || seen === this.#known) return;
    this.#known = seen;
    this.#changed();
  }

  #look(): string {
    return this.#paths().map(signature).join('\n');
  }
}

function signature(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return `${path} -`;
  if (!stat.isDirectory()) return `${path} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  return readdirSync(path)
    .sort()
    .map((name) => {
      const inner = statSync(join(path, name), { throwIfNoEntry: false });
      return `${path}/${name} ${inner?.ino} ${inner?.size} ${inner?.mtimeMs}`;
    })
    .join('\n');
}
