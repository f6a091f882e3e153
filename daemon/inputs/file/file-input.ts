import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { RoutedAlert } from '../../../outputs/index.ts';
import { AlertLines, longestPiece, type AlertFormatName } from '../alert-lines.ts';
import { HealthRecord } from '../health.ts';
import { Intake } from '../intake.ts';
import type { AlertSink, Input, InputContext, InputHealth } from '../input.ts';
import { fileCheckpoint, type FileCheckpoint, type FileMark } from './mark.ts';
import { matchingPaths } from './paths.ts';
import { Trail } from './trail.ts';

/** Settings of the file input, as it needs them. */
export interface FileSettings {
  readonly path: readonly string[];
  readonly from: 'beginning' | 'end';
  readonly format: AlertFormatName;
  readonly max_alert_bytes: number;
  /** Milliseconds. */
  readonly poll: number;
}

/** Follows files that alerts are written to. One after the other, so that each checkpoint holds all that the sink has, and no more. */
export class FileInput implements Input {
  readonly ended = new Promise<void>(() => undefined);
  readonly #settings: FileSettings;
  readonly #context: InputContext;
  readonly #health: HealthRecord;
  readonly #lines: AlertLines;
  readonly #stop = new AbortController();
  /** Whether there was an earlier run: then files that are new to us were written since. */
  readonly #ranBefore: boolean;
  readonly #marks: Map<string, FileMark>;
  readonly #trails = new Map<string, Trail>();
  readonly #watchers = new Map<string, FSWatcher>();
  #wake: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(settings: FileSettings, context: InputContext) {
    this.#settings = settings;
    this.#context = context;
    this.#health = new HealthRecord(context.now, () => ({ lag: { bytes: this.#lag() } }));
    this.#lines = new AlertLines(settings.format, context, this.#health);
    const checkpoint = readCheckpoint(context);
    this.#ranBefore = checkpoint !== undefined;
    this.#marks = new Map(Object.entries(checkpoint?.files ?? {}));
  }

  get health(): InputHealth {
    return this.#health.data;
  }

  async start(sink: AlertSink): Promise<void> {
    const intake = new Intake(sink, {
      health: this.#health,
      log: this.#context.log,
      signal: this.#stop.signal,
    });
    this.#health.state = 'connecting';
    await this.#lookForFiles(intake, this.#ranBefore ? 'beginning' : this.#settings.from);
    for (const trail of this.#trails.values()) await trail.open().catch((error: Error) => this.#tell(error));
    this.#running = this.#run(intake);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
    for (const watcher of this.#watchers.values()) watcher.close();
    for (const trail of this.#trails.values()) await trail.close();
    this.#health.state = 'stopped';
  }

  async #run(intake: Intake): Promise<void> {
    const { signal } = this.#stop;
    // Files that are made while tiercel does not run are new, too.
    if (!this.#ranBefore) await intake.deliver([], { files: {} });
    while (!signal.aborted) {
      const woken = this.#woken();
      await this.#lookForFiles(intake, 'beginning');
      let busy = false;
      for (const trail of this.#trails.values())
        if (!signal.aborted && (await this.#step(trail))) busy = true;
      if (signal.aborted) return;
      const open = [...this.#trails.values()].some(({ isOpen }) => isOpen);
      this.#health.state = open ? 'running' : 'connecting';
      if (!busy) await woken;
    }
  }

  /** Resolves when something may have happened: told by the system, or after a while, for not all file systems tell. */
  #woken(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#settings.poll);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #step(trail: Trail): Promise<boolean> {
    try {
      return await trail.step();
    } catch (error) {
      this.#tell(error as Error);
      return false;
    }
  }

  #tell({ message }: Error): void {
    if (this.#health.data.lastError?.message !== message)
      this.#context.log.error('cannot read', { reason: message });
    this.#health.failed(message);
  }

  async #lookForFiles(intake: Intake, from: 'beginning' | 'end'): Promise<void> {
    const found = new Set<string>();
    for (const pattern of this.#settings.path)
      for (const path of await this.#matching(pattern)) {
        found.add(path);
        if (this.#trails.has(path)) continue;
        this.#trails.set(path, this.#follow(path, from, intake));
        this.#watch(dirname(path));
      }
    for (const [path, trail] of this.#trails)
      if (!found.has(path) && !trail.isOpen) this.#trails.delete(path);
  }

  async #matching(pattern: string): Promise<readonly string[]> {
    try {
      return await matchingPaths(pattern);
    } catch (error) {
      this.#tell(error as Error);
      return [];
    }
  }

  #follow(path: string, from: 'beginning' | 'end', intake: Intake): Trail {
    return new Trail({
      path,
      mark: this.#marks.get(path),
      from,
      most: longestPiece(this.#settings, this.#context),
      lines: this.#lines,
      log: this.#context.log,
      deliver: (alerts, of, mark) => this.#deliver(intake, alerts, of, mark),
    });
  }

  async #deliver(
    intake: Intake,
    alerts: readonly RoutedAlert[],
    path: string,
    mark: FileMark,
  ): Promise<boolean> {
    const files = { ...Object.fromEntries(this.#marks), [path]: mark };
    const checkpoint: FileCheckpoint = { files };
    if (!(await intake.deliver(alerts, checkpoint))) return false;
    this.#marks.set(path, mark);
    return true;
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, () => this.#wake());
      const forget = (): void => {
        watcher.close();
        this.#watchers.delete(folder);
      };
      watcher.on('error', forget);
      this.#watchers.set(folder, watcher);
    } catch {
      // The folder is not there yet, or there are too many watchers: then files are looked at now and then.
    }
  }

  #lag(): number {
    let bytes = 0;
    for (const { lag } of this.#trails.values()) bytes += lag;
    return bytes;
  }
}

function readCheckpoint({ checkpoint, log, name }: InputContext): FileCheckpoint | undefined {
  if (checkpoint === undefined) return undefined;
  const read = fileCheckpoint.safeParse(checkpoint);
  if (read.success) return read.data;
  log.error('the checkpoint is none of a file input: files are read as if for the first time', {
    input: name,
  });
  return undefined;
}
