/**
 * What a recorder adds to a log, as lines that begin with `# `: JSON objects as in a capture of JSON lines. Before the first line they tell of the
 * machine and its processes; later a process tells what became of the one whose exec stands before it, and an fd of the file that was opened.
 */
import { isObject, type ByteString, type JsonInputObject } from '../../engine/index.ts';
import { parseJsonLine } from '../jsonl/json-line.ts';

const PREFIX = '# ';

/** The state that tells of a container: the JSON that Falco's container plug-in has for it. */
export const CONTAINER = 'container';
export const containerLine = (json: ByteString): ByteString =>
  `{"state":"${CONTAINER}","json":${JSON.stringify(json)}}`;

/** The line of a fact, which is JSON of one line. */
export const factLine = (json: ByteString): ByteString => `${PREFIX}${json}`;

/** Whether a line is none of strace's: a fact, or a remark of a person. */
export const isRemark = (line: ByteString): boolean => line.startsWith('#');

/** The fact of a line; undefined for a remark, and for JSON that is broken. */
export function parseFact(line: ByteString): JsonInputObject | undefined {
  if (!line.startsWith(`${PREFIX}{`)) return undefined;
  try {
    const fact = parseJsonLine(line.slice(PREFIX.length));
    return isObject(fact) && typeof fact['state'] === 'string' ? fact : undefined;
  } catch {
    return undefined;
  }
}
