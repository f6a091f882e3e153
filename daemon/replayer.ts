import { setImmediate } from 'node:timers/promises';
import type { ByteString } from '../engine/index.ts';
import { replayCapture, type ReplayOptions, type ReplayProgress, type ReplayResult } from './pipeline.ts';

/** To a replayer: replay this file; stop soon, and go on later. */
export type ReplayOrder =
  { readonly kind: 'replay'; readonly path: string } | { readonly kind: 'wait' | 'go' };

/** From a replayer, about the file it replays. */
export type ReplayReport =
  | { readonly kind: 'lines'; readonly lines: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'progress'; readonly progress: ReplayProgress }
  | { readonly kind: 'done'; readonly result: ReplayResult };

/** Lines are handed over in pieces of about this many bytes. */
const PIECE = 1 << 16;

/** Between two reports of progress, in milliseconds. */
const PROGRESS_PAUSE = 50;

/** Replays captures one after the other as it is ordered to, beside others that do so in their own threads. */
export class Replayer {
  readonly #options: Omit<ReplayOptions, 'onAlert' | 'onProgress'>;
  readonly #report: (report: ReplayReport) => void;
  #waits = false;
  #wake: () => void = () => undefined;

  constructor(
    options: Omit<ReplayOptions, 'onAlert' | 'onProgress'>,
    report: (report: ReplayReport) => void,
  ) {
    this.#options = options;
    this.#report = report;
  }

  /** Carries out an order. That to replay a file is done when its last report was given; it rejects for nothing but mistakes of ours. */
  async take(order: ReplayOrder): Promise<void> {
    this.#waits = order.kind === 'wait';
    if (order.kind === 'replay') await this.#replay(order.path);
    else if (order.kind === 'go') this.#wake();
  }

  async #replay(path: string): Promise<void> {
    let lines: ByteString = '';
    let told = performance.now();
    const pass = (): void => {
      if (lines === '') return;
      // Memory of its own, so that it can be handed to another thread.
      const bytes = Buffer.allocUnsafeSlow(lines.length);
      bytes.write(lines, 'latin1');
      lines = '';
      this.#report({ kind: 'lines', lines: bytes });
    };
    const result = await replayCapture(path, {
      ...this.#options,
      onAlert: (_alert, line) => {
        lines += `${line}\n`;
        if (lines.length >= PIECE) pass();
      },
      onProgress: async (progress) => {
        pass();
        const now = performance.now();
        if (now - told >= PROGRESS_PAUSE) {
          told = now;
          this.#report({ kind: 'progress', progress });
        }
        // Orders, and what other threads report, have their turn.
        await setImmediate();
        while (this.#waits) await new Promise<void>((resolve) => (this.#wake = resolve));
      },
    });
    pass();
    this.#report({ kind: 'done', result });
  }
}
