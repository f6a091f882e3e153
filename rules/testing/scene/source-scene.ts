import {
  didYouMean,
  Event,
  fromBytes,
  JsonDraft,
  JsonTextError,
  Machine,
  pluginArgument,
  RawJson,
  toBytes,
  type BoundField,
  type ByteString,
  type Source,
} from '../../../engine/index.ts';
import type { Language } from '../../language.ts';
import type { Placed } from '../test-file.ts';
import { SceneError, shownValue, type Fact } from './fact.ts';
import type { BoundFact } from './read-back.ts';
import { Scene, type SceneEvent } from './scene.ts';

/** What makes events of facts, one after the other. */
export interface Stage {
  apply(
    facts: readonly Fact[],
    options?: { readonly time?: bigint; readonly record?: Placed<string> },
  ): SceneEvent;
}

/** A stage for events of a source that the language knows. */
export function sceneOf(source: ByteString, language: Language): Stage {
  const found = language.source(source);
  return found === undefined ? new Scene() : new SourceScene(found, language);
}

const MILLISECOND = 1_000_000n;
/** When every scene begins, 2026-01-01T00:00:00Z: nanoseconds since 1970. */
const BEGINNING = 1_767_225_600_000_000_000n;

/**
 * Makes events of a source that is no system calls. Facts are put into a record that is as plain as can be, or into one that is given; the record is read as one of a
 * log is, and every given field is read from the event again.
 */
export class SourceScene implements Stage {
  readonly #source: Source;
  readonly #language: Language;
  readonly #machine = new Machine();
  #time = BEGINNING - MILLISECOND;

  constructor(source: Source, language: Language) {
    this.#source = source;
    this.#language = language;
    this.#machine.restart();
    this.#machine.ready();
    this.#machine.started();
  }

  /** Throws a `SceneError` for facts that cannot be true, and for a record that is none. */
  apply(
    facts: readonly Fact[],
    { time, record }: { readonly time?: bigint; readonly record?: Placed<string> } = {},
  ): SceneEvent {
    const source = this.#source;
    const lookup = this.#language.lookup(source.name);
    const bound = facts.map((fact) => ({ fact, field: this.#bind(fact, lookup) }));
    this.#time = time ?? this.#time + MILLISECOND;
    const { event, document } = this.#event(
      record,
      bound.length === 0 ? undefined : (draft) => ordered(bound).forEach((one) => this.#set(draft, one)),
    );
    const visible = this.#machine.apply(event);
    for (const { fact, field } of bound) readBack(event, fact, field, document);
    return { event, visible, source: source.name, derived: [] };
  }

  #bind(fact: Fact, lookup: ReturnType<Language['lookup']>): BoundField {
    const [, name = '', arg] = /^([^[\]]+)(?:\[(.*)\])?$/s.exec(toBytes(fact.field)) ?? [];
    const found = lookup(name, arg);
    if (found !== undefined && !('error' in found)) return found;
    const known = this.#source.fields.flatMap(({ fields }) => fields.map((field) => field.name));
    throw new SceneError(
      found?.error ?? `events of ${this.#source.name} have no field ${fact.field}`,
      fact,
      didYouMean(name, known),
    );
  }

  #set(draft: JsonDraft, { fact, field }: BoundFact): void {
    const set = this.#source.setters.get(field.field.name);
    if (set === undefined) return;
    const argument = pluginArgument(field.field, field.arg);
    if (!('error' in argument)) set(draft, textsOf(fact), argument);
  }

  /** An event from a record, into which facts are put. */
  #event(
    record: Placed<string> | undefined,
    put: ((draft: JsonDraft) => void) | undefined,
  ): { readonly event: Event; readonly document: ByteString } {
    const { records, name, sample } = this.#source;
    if (records.kind !== 'json' || (record === undefined && sample === undefined))
      throw new SceneError(`events of ${name} cannot be made of facts`, undefined, 'give a `capture`');
    const given: Fact | undefined = record && { field: 'record', value: record.value, place: record.place };
    try {
      const raw = RawJson.parse(record === undefined ? sample!(this.#time) : toBytes(record.value));
      const draft = new JsonDraft(raw);
      // A record without other facts stays as it is, to the byte.
      if (put !== undefined) put(draft);
      const document = put === undefined ? raw.json : draft.json;
      for (const found of records.parse(RawJson.parse(document))) {
        if ('problem' in found) throw new SceneError(`record: ${found.problem}`, given, found.hint);
        const event = new Event();
        event.carry(this.#source, found.time, found.data);
        return { event, document };
      }
      throw new SceneError(`record: there is no event of ${name} in it`, given);
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      throw new SceneError(`record: this is no JSON: ${error.message}`, given);
    }
  }
}

/** What is absent is taken away first; what has an argument changes what others have put there. */
const ordered = (facts: readonly BoundFact[]): readonly BoundFact[] =>
  [0, 1, 2].flatMap((pass) =>
    facts.filter(({ fact, field }) => (fact.value === null ? 0 : field.arg === undefined ? 1 : 2) === pass),
  );

const textsOf = ({ value }: Fact): ByteString[] => {
  if (value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((one) => toBytes(String(one)));
};

/** So much of a record is shown. */
const MOST_SHOWN = 400;

/** Throws a `SceneError` if a fact does not hold for an event. */
function readBack(event: Event, fact: Fact, field: BoundField, document: ByteString): void {
  const read = field.get(event);
  const texts = read === undefined ? [] : (Array.isArray(read) ? read : [read]).map(String);
  const wanted = textsOf(fact);
  const holds =
    fact.value === null
      ? read === undefined
      : read !== undefined &&
        texts.length === wanted.length &&
        texts.every((text, i) => text === wanted[i] || isSameNumber(field, text, wanted[i]!));
  if (holds) return;
  const shown =
    read === undefined
      ? 'has no value'
      : `is ${shownValue(Array.isArray(read) ? texts.map(fromBytes) : fromBytes(texts[0]!))}`;
  throw new SceneError(
    `${fact.field} ${shown} here, not ${shownValue(fact.value)}`,
    fact,
    `the event is ${fromBytes(document.slice(0, MOST_SHOWN))}`,
  );
}

const isSameNumber = ({ type }: BoundField, text: ByteString, wanted: ByteString): boolean =>
  type !== 'CHARBUF' && /^-?\d+$/.test(text) && /^-?\d+$/.test(wanted) && BigInt(text) === BigInt(wanted);
