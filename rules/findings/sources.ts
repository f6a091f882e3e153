import { ConditionError, toBytes, type ByteString } from '../../engine/index.ts';
import { exceptionPieces, quoteItem, withoutFirstEmpty, type ExceptionPiece } from '../exceptions.ts';
import type { ListItem, MacroItem, RuleItem, Written } from '../items.ts';
import { substituteLists, writtenItems, type LoadedList } from '../lists.ts';
import type { RuleFile } from '../loader.ts';
import { scalarPlaces } from '../yaml/scalar-places.ts';
import { PlacedText } from './placed-text.ts';
import { SourceText } from './source-text.ts';

/** The lists that conditions are read with, and how they are defined. */
export interface Lists {
  readonly loaded: ReadonlyMap<ByteString, LoadedList>;
  readonly definitions: ReadonlyMap<ByteString, ListItem>;
}

/** Longer texts are not told byte by byte where they come from: lists in lists multiply. */
const MAX_PLACED = 1 << 18;

/** The texts of rule files and what is made of them, with places. Everything is made when it is asked for. */
export class Sources {
  readonly #contents: ReadonlyMap<ByteString, ByteString>;
  readonly #lists: Lists;
  readonly #texts: Map<ByteString, SourceText>;
  readonly #ofLists = new Map<LoadedList, PlacedText>();

  constructor(files: readonly RuleFile[], lists: Lists, texts = new Map<ByteString, SourceText>()) {
    this.#texts = texts;
    this.#contents = new Map(files.map(({ name, content }) => [toBytes(name), content]));
    this.#lists = lists;
  }

  /** The text of a file; an empty one if it is not known. */
  file(name: ByteString): SourceText {
    let text = this.#texts.get(name);
    if (!text) this.#texts.set(name, (text = new SourceText(this.#contents.get(name) ?? '', name)));
    return text;
  }

  /** Scalars that were joined by blanks. */
  joined(parts: readonly Written[]): PlacedText {
    return PlacedText.join(
      parts.flatMap((part, i) => {
        const text = this.#scalar(part);
        return i === 0 ? [text] : [PlacedText.added(' ', text.spot(0)!), text];
      }),
    );
  }

  /** The text that a condition of a rule or a macro was parsed from: with its appends, exceptions and lists. */
  condition(item: RuleItem | MacroItem): PlacedText {
    if (!('exceptions' in item)) return this.withLists(this.joined(item.written));
    const { written, exceptions, conditionContext } = item;
    const plain = this.joined(written.condition);
    if (exceptions.length === 0) return this.withLists(plain);
    const { file, location } = conditionContext;
    const start = { source: this.file(file), offset: location.place.offset };
    return this.withLists(
      PlacedText.join([
        PlacedText.added('(', plain.spot(0) ?? start),
        plain,
        PlacedText.added(')', plain.spot(plain.text.length - 1) ?? start),
        ...exceptionPieces(exceptions).map((piece) => this.#exceptionPiece(piece)),
      ]),
    );
  }

  /** A text with the items of lists in the place of their names. Where they make it very long, all of it stands where it begins. */
  withLists(text: PlacedText): PlacedText {
    if (this.#growsTooLong(text.text)) return PlacedText.added(text.text, text.spot(0)!);
    let placed = text;
    substituteLists(text.text, this.#lists.loaded.values(), (start, end, before, list, after) => {
      const spot = placed.spot(start)!;
      const { name } = list;
      const items = this.#items(list).fromList({
        name,
        place: placed.place(placed.text.indexOf(name, start), name.length),
      });
      placed = placed.replace(
        start,
        end,
        PlacedText.join([PlacedText.added(before, spot), items, PlacedText.added(after, spot)]),
      );
    });
    return placed;
  }

  #growsTooLong(text: ByteString): boolean {
    try {
      return substituteLists(text, this.#lists.loaded.values()).length > MAX_PLACED;
    } catch (error) {
      if (error instanceof ConditionError) return true;
      throw error;
    }
  }

  #items(list: LoadedList): PlacedText {
    let text = this.#ofLists.get(list);
    if (text) return text;
    const written = writtenItems(list.definition, this.#lists.definitions);
    const items = withoutFirstEmpty(written, ({ node }) => node.value).map((item) => this.#quoted(item));
    text = PlacedText.join(
      items.flatMap((item, i) =>
        i === 0 ? [item] : [PlacedText.added(', ', item.spots[0] ?? this.#start(list)), item],
      ),
    );
    this.#ofLists.set(list, text);
    return text;
  }

  #start({ definition: { context } }: LoadedList): { source: SourceText; offset: number } {
    return { source: this.file(context.file), offset: context.location.place.offset };
  }

  #quoted(written: Written): PlacedText {
    return around(this.#scalar(written), quoteItem(written.node.value));
  }

  #exceptionPiece({ text, exception: { context }, entry }: ExceptionPiece): PlacedText {
    const node = entry?.node;
    if (node?.kind === 'scalar') {
      // Comparisons were trimmed.
      const scalar = this.#scalar({ file: context.file, node });
      const start = Math.max(scalar.text.indexOf(entry!.item), 0);
      return around(scalar.slice(start, start + entry!.item.length), text);
    }
    return PlacedText.added(text, {
      source: this.file(context.file),
      offset: (node?.mark ?? context.location.place).offset,
    });
  }

  #scalar({ file, node }: Written): PlacedText {
    const source = this.file(file);
    return PlacedText.at(node.value, source, scalarPlaces(source.yaml, node));
  }
}

/** `text` is what is placed, with something before and behind it. */
function around(placed: PlacedText, text: ByteString): PlacedText {
  if (text === placed.text) return placed;
  const start = text.indexOf(placed.text);
  return PlacedText.join([
    PlacedText.added(text.slice(0, start), placed.spot(0)!),
    placed,
    PlacedText.added(text.slice(start + placed.text.length), placed.spot(placed.text.length - 1)!),
  ]);
}
