import type { ByteString, SourcePlace } from '../../engine/index.ts';
import type { SourceText } from './source-text.ts';

/** Where a byte stands. */
export interface Spot {
  readonly source: SourceText;
  readonly offset: number;
  /** Of an item of a list: the list, and where a condition names it. */
  readonly list?: ListUse;
}

/** A list that was put into a condition. */
export interface ListUse {
  readonly name: ByteString;
  readonly place: SourcePlace | undefined;
}

/**
 * Text that was put together from several places, with the place of each byte: a condition with its appends, exceptions and lists. Only made
 * where something was found in it.
 */
export class PlacedText {
  readonly text: ByteString;
  /** One for each byte. */
  readonly spots: readonly Spot[];

  private constructor(text: ByteString, spots: readonly Spot[]) {
    this.text = text;
    this.spots = spots;
  }

  /** Text whose bytes stand at `offsets` of the source. */
  static at(text: ByteString, source: SourceText, offsets: ArrayLike<number>): PlacedText {
    return new PlacedText(
      text,
      Array.from(text, (_, i) => ({ source, offset: offsets[i]! })),
    );
  }

  /** A whole source. */
  static whole(source: SourceText): PlacedText {
    return PlacedText.at(
      source.text,
      source,
      Uint32Array.from(source.text, (_, i) => i),
    );
  }

  /** Text that stands nowhere, with the place of what it is there for. */
  static added(text: ByteString, spot: Spot): PlacedText {
    return new PlacedText(text, new Array<Spot>(text.length).fill(spot));
  }

  static join(parts: readonly PlacedText[]): PlacedText {
    return new PlacedText(
      parts.map(({ text }) => text).join(''),
      parts.flatMap(({ spots }) => spots),
    );
  }

  /** The same text as what a condition has from a list. */
  fromList(list: ListUse): PlacedText {
    return new PlacedText(
      this.text,
      this.spots.map((spot) => ({ ...spot, list })),
    );
  }

  slice(start: number, end?: number): PlacedText {
    return new PlacedText(this.text.slice(start, end), this.spots.slice(start, end));
  }

  /** The text with what is between `start` and `end` replaced. */
  replace(start: number, end: number, by: PlacedText): PlacedText {
    return PlacedText.join([this.slice(0, start), by, this.slice(end)]);
  }

  /** The spot of a byte; of what is beyond the end, the one behind the last. */
  spot(index: number): Spot | undefined {
    const spot = this.spots[index];
    if (spot) return spot;
    const last = this.spots.at(-1);
    return last && { source: last.source, offset: last.offset + 1 };
  }

  /** Where `length` bytes stand; as far as they are on one line of one source. */
  place(index: number, length: number): SourcePlace | undefined {
    const first = this.spot(index);
    if (!first) return undefined;
    let end = first.offset + 1;
    for (let i = index + 1; i < index + length; i++) {
      const spot = this.spots[i];
      if (spot?.source !== first.source || spot.offset < end - 1) break;
      end = spot.offset + 1;
    }
    return first.source.place(first.offset, end);
  }
}
