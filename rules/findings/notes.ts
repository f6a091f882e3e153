import { fromBytes, type ByteString, type DiagnosticNote } from '../../engine/index.ts';
import type { Found } from './search.ts';

/** How what was found comes to be in what `user` names: the list, then the macros, from the inside outwards. */
export function throughNotes({ through, text, token }: Found, user: string): DiagnosticNote[] {
  const last = through.at(-1);
  const list = text.spots[token.index]?.list;
  const inList: DiagnosticNote[] = list
    ? [
        {
          message: `${last ? `the macro ${fromBytes(last.macro)}` : user} uses the list ${fromBytes(list.name)} here`,
          ...list.place,
        },
      ]
    : [];
  const inMacros = through
    .map(({ macro, place }, i): DiagnosticNote => {
      const by = i === 0 ? user : `the macro ${fromBytes(through[i - 1]!.macro)}`;
      return { message: `${by} uses the macro ${fromBytes(macro)} here`, ...place };
    })
    .reverse();
  return [...inList, ...inMacros];
}

/** Where the bracket stands that is not closed. */
export function bracketNotes(message: ByteString, { text, token }: Found): DiagnosticNote[] {
  if (!/^expected a '\)' token/.test(message)) return [];
  const open: number[] = [];
  for (const { 0: sign, index } of text.text
    .slice(0, token.index)
    .matchAll(/"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|[()]/g))
    if (sign === '(') open.push(index);
    else if (sign === ')') open.pop();
  const last = open.at(-1);
  const spot = last === undefined ? undefined : text.spots[last];
  // Brackets that exceptions and values of lists bring with them stand in no file.
  const place = spot?.source.text[spot.offset] === '(' ? text.place(last!, 1) : undefined;
  return place ? [{ message: 'the bracket that is not closed', ...place }] : [];
}
