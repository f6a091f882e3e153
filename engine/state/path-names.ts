import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Fd } from './fd.ts';
import { concatenatePaths } from './path.ts';

/** Paths that are remembered, and names of files that were opened below directories: a power of two each. */
const PLACES = 8192;
/** Places of what is remembered are below this. */
export const NAME_PLACES = 2 * PLACES;
/** The longest of them, in 32-bit words. */
const WORDS = 32;

/** A path as a system call names it. */
export class PathName {
  readonly path: ByteString;
  /** Where it is remembered; -1 if it is not. */
  readonly place: number;
  #directory: ByteString = '';
  #absolute: ByteString | undefined = undefined;

  constructor(path: ByteString, place = -1) {
    this.path = path;
    this.place = place;
  }

  /** The path as seen from a directory (`concatenatePaths`). */
  from(directory: ByteString): ByteString {
    if (this.#absolute === undefined || this.#directory !== directory) {
      this.#directory = directory;
      this.#absolute = concatenatePaths(directory, this.path);
    }
    return this.#absolute;
  }
}

/** The name of a file that was opened below a directory. */
interface NameBelow {
  readonly directory: ByteString;
  readonly path: PathName;
  readonly name: ByteString;
  readonly place: number;
}

const words = new Int32Array(WORDS);

/**
 * The paths in parameters of events, each made to a string once while it is remembered: programs open the same files again and again. A string that comes
 * back as the same object has been hashed already where a rule looks it up.
 */
export class PathNames {
  readonly #known = new Array<PathName | undefined>(PLACES).fill(undefined);
  /** The bytes of the remembered paths as words, and their lengths. */
  readonly #words = new Int32Array(PLACES * WORDS);
  readonly #sizes = new Uint8Array(PLACES);
  readonly #below = new Array<NameBelow | undefined>(PLACES).fill(undefined);

  /** The path in parameter `i` (`Event.string`). */
  of(event: Event, i: number): PathName {
    const size = event.size(i);
    if (size === 0 || size > WORDS * 4) return new PathName(event.string(i));
    const { view } = event;
    let at = event.offset(i);
    const end = at + size;
    let hash = size;
    let count = 0;
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true);
      words[count++] = word;
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    if (at < end) {
      let word = 0;
      for (; at < end; at++) word = (word << 8) | view.getUint8(at);
      words[count++] = word;
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const place = hash & (PLACES - 1);
    const known = this.#known[place];
    if (known !== undefined && this.#sizes[place] === size && this.#equals(place, count)) return known;
    return this.#add(place, size, count, event.string(i));
  }

  /** What is meant by a path that starts at the directory of an fd, which is open: its name and the place of that (`Fd.place`). */
  below(fd: Fd, path: PathName): NameBelow {
    const { name: directory, place } = fd;
    if (place < 0 || path.place < 0) return { directory, path, name: path.from(fd.asDirectory), place: -1 };
    const at = (Math.imul(place, 0x9e3779b1) ^ path.place) & (PLACES - 1);
    const known = this.#below[at];
    if (known !== undefined && known.path === path && known.directory === directory) return known;
    const name = path.from(fd.asDirectory);
    return (this.#below[at] = { directory, path, name, place: PLACES + at });
  }

  #equals(place: number, count: number): boolean {
    const own = this.#words;
    const from = place * WORDS;
    for (let n = 0; n < count; n++) if (own[from + n] !== words[n]) return false;
    return true;
  }

  #add(place: number, size: number, count: number, path: ByteString): PathName {
    const name = new PathName(path, place);
    this.#known[place] = name;
    this.#sizes[place] = size;
    for (let n = 0; n < count; n++) this.#words[place * WORDS + n] = words[n]!;
    return name;
  }
}
