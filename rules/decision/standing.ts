import { toBytes } from '../../engine/index.ts';
import { PlacedText } from '../findings/placed-text.ts';
import { SourceText } from '../findings/source-text.ts';
import type { Language } from '../language.ts';
import { buildNode, type ConditionNode } from '../model/condition-node.ts';

/** A file that a condition stands in. */
export interface StandingPlace {
  readonly name: string;
  readonly content: string;
  /** Indexes of the characters of the condition in the content. */
  readonly offsets: readonly number[];
}

/** The node of a condition that stands alone, without macros, such as that of a route. `text` is ordinary text. */
export function standingCondition(
  text: string,
  language: Pick<Language, 'parse' | 'compile'>,
  place?: StandingPlace,
): ConditionNode {
  const bytes = toBytes(text);
  let placed: PlacedText | undefined;
  return buildNode(
    language.parse(bytes),
    { text: bytes, placed: () => (placed ??= placedText(text, place)) },
    {
      language,
      source: '',
      macro: (name) => {
        throw new Error(`a condition without macros names ${name}`);
      },
    },
  );
}

function placedText(text: string, place: StandingPlace | undefined): PlacedText {
  if (place === undefined) return PlacedText.whole(new SourceText(toBytes(text)));
  const { name, content, offsets } = place;
  const bytesBefore = (index: number): number => toBytes(content.slice(0, index)).length;
  const spots: number[] = [];
  for (let i = 0; i < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(i)!);
    const first = bytesBefore(offsets[i] ?? 0);
    for (let byte = 0; byte < toBytes(character).length; byte++) spots.push(first + byte);
    i += character.length;
  }
  return PlacedText.at(toBytes(text), new SourceText(toBytes(content), toBytes(name)), spots);
}
