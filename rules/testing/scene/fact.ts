import type { SourcePlace } from '../../../engine/index.ts';

/** What a case of a test says of a field: text, numbers, `true` and `false`, several of them; null says that the field has no value. Text is ordinary text. */
export type FactValue = string | number | bigint | boolean | null | readonly FactValue[];

/** One statement about an event: a field of Falco, with its argument (`proc.aname[2]`, `evt.arg.flags`), and what it reads as. */
export interface Fact {
  readonly field: string;
  readonly value: FactValue;
  /** Where it stands, for messages. */
  readonly place?: SourcePlace;
}

/** Why there is no event for which all facts hold. */
export class SceneError extends Error {
  /** The fact that cannot be true; undefined if one is missing. */
  readonly fact: Fact | undefined;
  /** What to write instead. */
  readonly hint: string | undefined;

  constructor(message: string, fact?: Fact, hint?: string) {
    super(message);
    this.name = 'SceneError';
    this.fact = fact;
    this.hint = hint;
  }
}

/** A value in a message: text in quotes. */
export function shownValue(value: FactValue): string {
  if (value === null) return 'no value';
  if (typeof value === 'object') return `[${value.map(shownValue).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
