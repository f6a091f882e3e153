import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { sendError, type FailureReason, type OutputLog } from './output.ts';

/** How a file is written. */
export interface AlertFileSettings {
  readonly path: string;
  /** Keep it open between calls. */
  readonly keepOpen: boolean;
  /** Wait for the disk. */
  readonly sync: boolean;
  /** Permissions of files that are made. */
  readonly mode: number;
  readonly rotate?:
    | {
        readonly size?: number | undefined;
        /** Milliseconds. */
        readonly every?: number | undefined;
        readonly keep?: number | undefined;
        readonly gzip: boolean;
      }
    | undefined;
}

/** A file that lines are appended to. Calls must not overlap but for `close`, which waits for what is under way. */
export class AlertFile {
  readonly #settings: AlertFileSettings;
  readonly #log: OutputLog;
  readonly #now: () => number;
  #handle: FileHandle | undefined;
  /** One thing after the other: several calls at the same time would tear lines when one is taken back. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(settings: AlertFileSettings, log: OutputLog, now: () => number = Date.now) {
    this.#settings = settings;
    this.#log = log;
    this.#now = now;
  }

  /** Appends lines; all of them, or none. Throws a `SendError`. */
  append(lines: string): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#append(Buffer.from(lines));
      } catch (error) {
        await this.#release().catch(() => {});
        throw fileError(this.#settings.path, error);
      }
    });
  }

  /** Closes the file; the next lines open it again. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#release());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #append(lines: Buffer): Promise<void> {
    const { rotate, sync, keepOpen } = this.#settings;
    let handle = (this.#handle ??= await this.#open());
    const before = await handle.stat();
    let { size } = before;
    if (rotate !== undefined && before.isFile() && this.#isDue(size, before.mtimeMs, lines.length)) {
      await this.#release();
      await this.#rotate();
      handle = this.#handle = await this.#open();
      size = 0;
    }
    try {
      await writeAll(handle, lines);
      if (sync && before.isFile()) await handle.datasync();
    } catch (error) {
      if (before.isFile()) await handle.truncate(size).catch(() => {});
      throw error;
    }
    if (!keepOpen) await this.#release();
  }

  async #open(): Promise<FileHandle> {
    const { path, mode } = this.#settings;
    await mkdir(dirname(path), { recursive: true });
    return open(path, 'a', mode);
  }

  async #release(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  #isDue(size: number, written: number, more: number): boolean {
    const { size: most, every } = this.#settings.rotate!;
    if (size === 0) return false;
    if (most !== undefined && size + more > most) return true;
    return every !== undefined && Math.floor(this.#now() / every) !== Math.floor(written / every);
  }

  async #rotate(): Promise<void> {
    const { path, rotate } = this.#settings;
    const old = await freeName(path, stamp(this.#now()));
    await rename(path, old);
    // What is old is not worth holding up what is new.
    try {
      if (rotate!.gzip) await compress(old);
      if (rotate!.keep !== undefined) await this.#removeOldest(rotate!.keep);
    } catch (error) {
      this.#log.warn(`old files of ${path}: ${(error as Error).message}`);
    }
  }

  async #removeOldest(keep: number): Promise<void> {
    const { path } = this.#settings;
    const folder = dirname(path);
    const start = `${basename(path)}.`;
    const old = (await readdir(folder))
      .filter((name) => name.startsWith(start) && OLD_AT_END.exec(name)?.index === start.length - 1)
      .sort(byAge);
    for (const name of old.slice(0, Math.max(0, old.length - keep))) await rm(join(folder, name));
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let at = 0;
  while (at < bytes.length) at += (await handle.write(bytes, at)).bytesWritten;
}

/** The end of the name of an old file: its time, a number where several have the same, `.gz`. */
const OLD_AT_END = /\.(\d{8}T\d{6}Z)(?:-(\d+))?(?:\.gz)?$/;

function byAge(a: string, b: string): number {
  const [, timeA = '', numberA = '0'] = OLD_AT_END.exec(a)!;
  const [, timeB = '', numberB = '0'] = OLD_AT_END.exec(b)!;
  return timeA === timeB ? Number(numberA) - Number(numberB) : timeA < timeB ? -1 : 1;
}

const stamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');

/** A name that sorts behind all old files, also when the clock was set back, and whichever of them were removed: those of the lowest names are the oldest. */
async function freeName(path: string, now: string): Promise<string> {
  const start = `${basename(path)}.`;
  const old = (await readdir(dirname(path)))
    .filter((name) => name.startsWith(start) && OLD_AT_END.exec(name)?.index === start.length - 1)
    .sort(byAge);
  const [, time = '', number = '0'] = OLD_AT_END.exec(old.at(-1) ?? '') ?? [];
  return now > time ? `${path}.${now}` : `${path}.${time}-${Number(number) + 1}`;
}

/** The compressed file takes the place of the other only when it is whole. */
async function compress(path: string): Promise<void> {
  const { mode } = await stat(path);
  await pipeline(
    createReadStream(path),
    createGzip(),
    createWriteStream(`${path}.gz.part`, { mode, flush: true }),
  );
  await rename(`${path}.gz.part`, `${path}.gz`);
  await rm(path);
}

/** Faults of the settings and the permissions; all others are the disk's. */
const SETTINGS_FAULTS = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EACCES',
  'EPERM',
  'EROFS',
  'ELOOP',
  'ENAMETOOLONG',
]);

function fileError(path: string, error: unknown): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason: FailureReason = SETTINGS_FAULTS.has(code) ? 'client' : 'server';
  return sendError(reason, `${path}: ${message}`, { cause: error });
}
