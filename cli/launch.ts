#!/usr/bin/env node
/**
 * Starts the command line, or one of its threads: what stands in `program/` under the name of this file. Parts are scripts, functions around what were modules (`scripts/as-function.mjs`), so that V8 can be given the code that it
 * made of them while the program was built. Where that is of another version, or missing, V8 makes it anew, and only the start takes longer.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { Script } from 'node:vm';

type Exports = Readonly<Record<string, unknown>>;
type Part = (load: typeof loadPart, require: NodeJS.Require, url: string) => Promise<Exports>;

const require = createRequire(import.meta.url);
const parts = new Map<string, Promise<Exports>>();

/** What a part (`./chunk.js`), a package or a module of Node's exports. */
function loadPart(path: string): Promise<Exports> {
  if (!path.startsWith('./')) return import(path) as Promise<Exports>;
  let part = parts.get(path);
  if (part === undefined) {
    part = runPart(path);
    parts.set(path, part);
  }
  return part;
}

async function runPart(path: string): Promise<Exports> {
  const file = join(import.meta.dirname, 'program', path);
  // The head of the function is a line before the first. Kept code holds the name, so it must not be that of a file on the machine of the build.
  const script = new Script(readFileSync(file, 'latin1'), {
    filename: `tiercel/program/${basename(path)}`,
    lineOffset: -1,
    cachedData: keptCode(file),
  });
  return (script.runInThisContext() as Part)(loadPart, require, import.meta.url);
}

function keptCode(file: string): Buffer | undefined {
  try {
    return readFileSync(`${file}.code`);
  } catch {
    return undefined;
  }
}

await loadPart(`./${basename(import.meta.filename)}`);
