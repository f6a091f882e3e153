import { toBytes, type ByteString } from '../../engine/index.ts';
import { PlacedText } from '../findings/placed-text.ts';
import { SourceText } from '../findings/source-text.ts';
import type { Language } from '../language.ts';
import { buildNode, type ConditionNode } from '../model/condition-node.ts';

/** A file that a condition stands in, letter by letter from a character on. */
export interface StandingPlace {
  readonly name: string;
  readonly content: string;
  readonly start: number;
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
    { text: bytes, placed: () => (placed ??= placedText(bytes, place)) },
    {
      language,
      source: '',
      macro: (name) => {
        throw new Error(`a condition without macros names ${name}`);
      },
    },
  );
}

function placedText(text: ByteString, place: StandingPlace | undefined): PlacedText {
  if (place === undefined) return PlacedText.whole(new SourceText(text));
  const { name, content, start } = place;
  const source = new SourceText(toBytes(content), toBytes(name));
  const first = toBytes(content.slice(0, start)).length;
  return PlacedText.at(
    text,
    source,
    Uint32Array.from(text, (_, i) => first + i),
  );
}
