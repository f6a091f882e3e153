import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: { start: string };
};

/** One thing that a guide asks its reader to do. */
export type Step =
  /** A file to write: its fenced block comes after a sentence that ends with its name and a colon. */
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  /** Commands, the exit status that is told (`sh exit=1`), and the lines that are shown of their output, in which `…` stands for anything. */
  | {
      readonly kind: 'commands';
      readonly text: string;
      readonly status: number;
      readonly shows: readonly string[];
    };

const BLOCK = /^```(\w+)([^\n]*)\n([^]*?)^```$/gm;

/** The steps of a guide, or of what stands under one of its headings, from their fenced blocks. */
export function stepsOf(path: string, heading?: string): readonly Step[] {
  const whole = readFileSync(join(root, path), 'utf8');
  const page = heading === undefined ? whole : sectionOf(whole, heading);
  const steps: Step[] = [];
  let end = 0;
  for (const match of page.matchAll(BLOCK)) {
    const [block, language, info = '', text = ''] = match;
    const before = page.slice(end, match.index).trimEnd();
    end = match.index + block.length;
    if (language === 'sh') {
      const status = Number(/exit=(\d+)/.exec(info)?.[1] ?? 0);
      steps.push({ kind: 'commands', text, status, shows: [] });
    } else if (language === 'text') {
      const last = steps.at(-1);
      if (last?.kind !== 'commands') throw new Error(`${path}: an output without a command`);
      // A second output is that of something else.
      if (last.shows.length > 0) continue;
      steps[steps.length - 1] = { ...last, shows: text.split('\n').filter((line) => line.trim() !== '') };
    } else {
      const name = /`([\w./-]+)`:$/.exec(before)?.[1];
      if (name !== undefined) steps.push({ kind: 'file', name, text });
    }
  }
  return steps;
}

/** What stands under a heading of the second level. */
function sectionOf(page: string, heading: string): string {
  const [, text] = new RegExp(`^## ${heading}$([^]*?)(?=^## |$(?![^]))`, 'm').exec(page) ?? [];
  if (text === undefined) throw new Error(`there is no heading ${heading}`);
  return text;
}

/** What a command printed, and how it ended. */
export interface Done {
  readonly status: number | null;
  readonly output: string;
}

/** The port that guides listen at: that of Falco's plug-in `k8saudit`. */
const PORT = /\b9765\b/g;

/** A folder like a clone of this repository, in which the steps of a guide are done. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'tiercel-guide-'));
  readonly #port: string;

  /** @param port What stands for the port that guides listen at, as somebody else may have that. */
  constructor(port: number) {
    this.#port = String(port);
    for (const name of ['rules', 'dist', 'package.json'])
      symlinkSync(join(root, name), join(this.folder, name));
    mkdirSync(join(this.folder, 'test'));
    symlinkSync(join(root, 'test/captures'), join(this.folder, 'test/captures'));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text.replace(PORT, this.#port));
  }

  /** Runs commands as the reader would; installing is done already. */
  run(commands: string): Done {
    const tiercel = `"${process.execPath}" "${join(root, 'dist/tiercel.js')}"`;
    const script = `exec 2>&1\n${commands}`
      .replace(/\bnpm ci( && )?/g, '')
      .replace(/\bnpm start\b/g, scripts.start)
      .replace(/\bnpx tiercel\b|^tiercel\b/gm, tiercel)
      .replace(/\bnode dist\/tiercel\.js\b/g, tiercel)
      .replace(PORT, this.#port);
    const { status, stdout } = spawnSync('bash', ['-c', script], {
      cwd: this.folder,
      encoding: 'utf8',
    });
    return { status, output: stdout };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** The first line that a guide shows and the output does not have, after those before it. */
export function missingLine(output: string, shows: readonly string[]): string | undefined {
  let lines = output.split('\n');
  for (const shown of shows) {
    const pattern = new RegExp(`^${shown.trimEnd().split('…').map(escaped).join('.*')}\\s*$`);
    const at = lines.findIndex((line) => pattern.test(line));
    if (at < 0) return shown;
    lines = lines.slice(at + 1);
  }
  return undefined;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ +/g, ' +');
