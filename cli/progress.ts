/** Where a long job stands. */
export interface Progress {
  readonly bytes: number;
  /** Size of all input; undefined for a pipe. */
  readonly total: number | undefined;
  readonly events: number;
  /** Left out where the job makes none. */
  readonly alerts?: number;
}

/** A line on a terminal that is drawn again at most ten times a second. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #started = performance.now();
  #drawn = 0;
  #visible = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  update(progress: Progress): void {
    if (!this.#stream.isTTY) return;
    const now = performance.now();
    if (now - this.#drawn < 100) return;
    this.#drawn = now;
    this.#visible = true;
    const seconds = (now - this.#started) / 1000;
    this.#stream.write(`\r\x1b[2K${progressLine(progress, seconds, this.#stream.columns)}`);
  }

  /** Removes the line, so that other output can be written. */
  clear(): void {
    if (!this.#visible) return;
    this.#visible = false;
    this.#stream.write('\r\x1b[2K');
  }
}

/** The text of the line: as much of it as the terminal has room for. */
export function progressLine(
  { bytes, total, events, alerts }: Progress,
  seconds: number,
  columns: number,
): string {
  const share = total === undefined || total === 0 ? undefined : Math.min(1, bytes / total);
  const bar =
    share === undefined
      ? ''
      : `[${'█'.repeat(Math.round(share * 20)).padEnd(20, '·')}] ${String(Math.floor(share * 100)).padStart(3)} % `;
  const size = total === undefined ? megabytes(bytes) : `${megabytes(bytes)} of ${megabytes(total)}`;
  const rate = `, ${grouped(seconds > 0 ? Math.round(events / seconds) : 0)}/s`;
  const made = alerts === undefined ? '' : `, ${grouped(alerts)} alerts`;
  const counted = `${size}, ${grouped(events)} events`;
  const forms = [bar + counted + rate + made, bar + counted + made, counted + made, counted, size];
  return forms.find((form) => form.length < columns) ?? '';
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** A number with its digits in groups of three. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(?:\d{3})+$)/g, ' ');
