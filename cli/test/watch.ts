/** Runs tests again when files change. */
import { existsSync, statSync, watch, type FSWatcher } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { ReadStream, WriteStream } from 'node:tty';
import { findTestFiles, marksOnly, type TestFileResult, type TestSummary } from '../../daemon/index.ts';
import { DiagnosticError, type Source } from '../../engine/index.ts';
import { renderDiagnostic } from '../diagnostics.ts';
import { hasColour } from '../terminal.ts';

/** What is watched, and what is done. */
export interface WatchJob {
  readonly paths: readonly string[];
  /** Runs some of the test files. */
  readonly run: (files: readonly string[]) => Promise<TestSummary>;
  /** The sources that plug-ins gave, of which facts may be. */
  readonly sources: readonly Source[];
  /** Keys are read from it where it is a terminal. */
  readonly input: ReadStream;
  /** For what is said between runs. */
  readonly output: WriteStream;
}

/** Editors write a file in several steps. */
const DEBOUNCE = 100;

/** Runs all test files, and those again that a change concerns, until somebody ends it. Gives what the last run came to. */
export async function watchTests(job: WatchJob): Promise<TestSummary> {
  const session = new WatchSession(job);
  try {
    return await session.run();
  } finally {
    session.close();
  }
}

class WatchSession {
  readonly #job: WatchJob;
  readonly #results = new Map<string, TestFileResult>();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;
  #all = true;
  /** Whether a file marks cases with `only`. */
  #isMarked = false;
  #ended = false;

  constructor(job: WatchJob) {
    this.#job = job;
  }

  async run(): Promise<TestSummary> {
    this.#readKeys();
    let summary: TestSummary | undefined;
    while (!this.#ended || summary === undefined) {
      const files = await this.#take();
      if (files.length > 0 || summary === undefined) {
        if (summary !== undefined) this.#clearScreen();
        summary = await this.#runFiles(files, summary);
        this.#watchFolders();
        this.#say();
      }
      if (!this.#ended && this.#changed.size === 0 && !this.#all)
        await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return summary;
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    const { input } = this.#job;
    if (input.isTTY) input.setRawMode(false);
    input.pause();
  }

  async #runFiles(files: readonly string[], last: TestSummary | undefined): Promise<TestSummary> {
    try {
      const summary = await this.#job.run(files);
      for (const file of summary.files) this.#results.set(normalize(file.name), file);
      return summary;
    } catch (error) {
      // A file that is half written now may be whole again soon.
      if (!(error instanceof DiagnosticError) || last === undefined) throw error;
      this.#job.output.write(
        `${renderDiagnostic(error.diagnostic, { colour: hasColour(this.#job.output) })}\n`,
      );
      return last;
    }
  }

  /** The test files that what has changed concerns. */
  async #take(): Promise<readonly string[]> {
    const all = findTestFiles(this.#job.paths.filter(existsSync));
    const changed = new Set(this.#changed);
    this.#changed.clear();
    const marks = await Promise.all(all.map((name) => marksOnly(name, this.#job.sources)));
    const marked = all.filter((_, i) => marks[i]);
    const wanted = marked.length > 0 ? marked : all;
    // What `only` left out comes back when nobody says it any more.
    const isAll = this.#all || marked.length > 0 !== this.#isMarked;
    this.#all = false;
    this.#isMarked = marked.length > 0;
    if (isAll) return wanted;
    const reads = new Set([...this.#results.values()].flatMap((file) => file.reads.map(normalize)));
    return wanted.filter((name) => {
      const known = this.#results.get(normalize(name));
      return known === undefined || changed.has(normalize(name)) || isConcerned(known, changed, reads);
    });
  }

  /** Watches the folders of all files, as editors put new files in the place of old ones. */
  #watchFolders(): void {
    const files = [...this.#results.values()].flatMap(({ name, reads }) => [name, ...reads]);
    const roots = this.#job.paths.filter((path) => existsSync(path) && statSync(path).isDirectory());
    for (const folder of new Set([
      ...files.map((file) => dirname(normalize(file))),
      ...roots.map(normalize),
    ])) {
      if (this.#watchers.has(folder) || !existsSync(folder)) continue;
      const watcher = watch(folder, (_, name) => {
        if (name !== null) this.#note(normalize(join(folder, name)));
      });
      watcher.on('error', () => {
        this.#watchers.delete(folder);
        watcher.close();
      });
      this.#watchers.set(folder, watcher);
    }
  }

  #note(path: string): void {
    if (
      !/\.ya?ml$/.test(path) &&
      ![...this.#results.values()].some(({ reads }) => reads.map(normalize).includes(path))
    )
      return;
    this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake(), DEBOUNCE);
  }

  #readKeys(): void {
    const { input } = this.#job;
    if (input.isTTY) input.setRawMode(true);
    input.on('data', (keys: Buffer) => {
      for (const key of keys.toString('latin1')) this.#press(key);
    });
    // Without a terminal, the end of the input ends nothing: a service may have none.
    input.resume();
    process.once('SIGINT', () => this.#end());
    process.once('SIGTERM', () => this.#end());
  }

  #press(key: string): void {
    if (key === 'q' || key === '\x03' || key === '\x04') this.#end();
    if (key === 'a' || key === '\r' || key === '\n') {
      this.#all = true;
      this.#wake();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  #clearScreen(): void {
    if (process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[3J\x1b[H');
  }

  #say(): void {
    this.#job.output.write('\nwatching: a or Enter runs all again, q ends\n');
  }
}

/**
 * Whether a result hangs on files that changed. A rule file that nobody knows yet may be one that a pattern or a folder under `rules` stands for.
 *
 * @param known All files that results hang on.
 */
function isConcerned(
  { name, reads }: TestFileResult,
  changed: ReadonlySet<string>,
  known: ReadonlySet<string>,
): boolean {
  const read = new Set(reads.map(normalize));
  const folders = new Set([name, ...reads].map((file) => dirname(normalize(file))));
  return [...changed].some(
    (path) =>
      read.has(path) || (!known.has(path) && !/\.test\.ya?ml$/.test(path) && folders.has(dirname(path))),
  );
}
