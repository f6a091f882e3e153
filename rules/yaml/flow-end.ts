import type { ByteString } from '../../engine/index.ts';

/** Where the flow collection that starts at `start` ends (after its bracket), wherever its lines are indented. */
export function flowEnd(text: ByteString, start: number): number | undefined {
  const token =
    /[[\]{}]|"(?:[^"\\]|\\[^])*"|'(?:[^']|'')*'|#[^\n]*|[^[\]{}"'#,\s](?:[^[\]{},\n:]|:(?![ \t\r\n,\]}]))*|[^]/y;
  let depth = 0;
  for (let at = start; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const found = token.exec(text)![0];
    if (found === '[' || found === '{') depth++;
    else if ((found === ']' || found === '}') && --depth === 0) return token.lastIndex;
  }
  return undefined;
}
