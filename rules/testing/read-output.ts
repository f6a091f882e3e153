import type { Path, TestDocument } from './document.ts';
import { literalPattern, outputPattern } from './pattern.ts';
import type { Problem } from './problem.ts';
import type { RawAlert } from './schema.ts';
import type { ExpectedOutput } from './test-file.ts';

/** Reads a pattern of an output. */
export function readOutput(
  raw: RawAlert['output'],
  path: Path,
  document: TestDocument,
  report: (problem: Problem) => void,
): ExpectedOutput | undefined {
  if (raw === undefined) return undefined;
  if (typeof raw !== 'string')
    return { ...literalPattern(raw.equals), place: document.placeAt([...path, 'equals']) };
  const place = document.placeAt(path);
  try {
    return { ...outputPattern(raw), place };
  } catch (error) {
    report({
      code: 'TEST_SHAPE',
      message: `${String(path.at(-1))}: ${(error as Error).message}`,
      place,
    });
    return undefined;
  }
}
