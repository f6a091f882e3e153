import * as z from 'zod';
import type { Severity } from '../../engine/index.ts';
import type { ModelFile } from '../model/file.ts';

/** What is said of a check: how grave its findings are, or that it is not to be made. */
const lintLevel = z.enum(['off', 'info', 'warning', 'error']);

/** `lint:` of `tiercel.yaml`: levels by code. */
export const lintSettings = z.record(z.string(), lintLevel);
export type LintSettings = z.infer<typeof lintSettings>;

const COMMENT = /(?:^|\s)#\s*tiercel-lint:\s*(disable-next-line|disable-line|disable|enable)\b([^\n]*)/;

/** Which findings the comments of a file switch off. */
export class Suppressions {
  /** By line (from 1) the codes that are off there; `*` is all of them. */
  readonly #lines: readonly ReadonlySet<string>[];

  constructor({ text: file }: ModelFile) {
    const lines: Set<string>[] = [];
    const text = file.split('\n');
    let block = new Set<string>();
    let next: readonly string[] = [];
    text.forEach((line, i) => {
      const [, verb, rest = ''] = COMMENT.exec(line) ?? [];
      const codes = codesIn(rest);
      if (verb === 'disable') block = new Set([...block, ...codes]);
      if (verb === 'enable')
        block = new Set(codes.includes('*') ? [] : [...block].filter((code) => !codes.includes(code)));
      lines[i + 1] = new Set([...block, ...next, ...(verb === 'disable-line' ? codes : [])]);
      // Further comments may stand between the comment and its line.
      if (verb === 'disable-next-line') next = [...next, ...codes];
      else if (!/^\s*(?:#|$)/.test(line)) next = [];
    });
    this.#lines = lines;
  }

  has(code: string, line: number): boolean {
    const off = this.#lines[line];
    return off !== undefined && (off.has('*') || off.has(code));
  }
}

/** Without codes a comment means all of them; what follows ` -- ` is a reason. */
function codesIn(text: string): string[] {
  const codes = text
    .split(/\s--\s/)[0]!
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  return codes.length === 0 ? ['*'] : codes;
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

/** Whether a finding is at least this grave. */
export const isAtLeast = (severity: Severity, threshold: Severity): boolean =>
  RANK[severity] >= RANK[threshold];
