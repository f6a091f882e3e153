import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileAndLine, flameGraphPage, foldProfile, type CallFrame, type CpuProfile } from './flame-graph.ts';
import { runProcess, type Program } from './process.ts';

/** Microseconds between samples. */
const INTERVAL = 500;

/** Runs a replay under Node's profiler. Gives the path of a page with its flame graph. */
export async function profileReplay(name: string, program: Program): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-bench-profile-'));
  try {
    const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${INTERVAL}`];
    await runProcess([...flags, ...program]);
    const profile = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8')) as CpuProfile;
    const page = join(tmpdir(), `tiercel-bench-${name.replace(/[ /]/g, '-')}.html`);
    writeFileSync(page, flameGraphPage(`tiercel replay ${name}`, foldProfile(profile, sourcePlaces())));
    return page;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Finds the place of a bundled function in its source, by the source maps beside the bundle. */
function sourcePlaces(): (callFrame: CallFrame) => string {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (url: string): SourceMap | undefined => {
    if (!maps.has(url)) {
      const file = join(import.meta.dirname, '../../dist/program', `${basename(url)}.map`);
      const map = existsSync(file)
        ? new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload)
        : undefined;
      maps.set(url, map);
    }
    return maps.get(url);
  };
  return (callFrame) => {
    const entry = mapOf(callFrame.url)?.findEntry(callFrame.lineNumber, callFrame.columnNumber);
    return entry !== undefined && 'originalSource' in entry
      ? `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}`
      : fileAndLine(callFrame);
  };
}
