import { fromBytes, type ByteString, type Int } from '../../../engine/index.ts';

/** Something that nobody gave and that was filled in. */
export interface Derived {
  readonly field: string;
  readonly value: string;
  /** The field from which it follows, or `default`. */
  readonly from: string;
}

/** What was filled in for one event, in the order in which it was. */
export class Defaults {
  readonly all: Derived[] = [];

  note(field: string, value: ByteString | Int | boolean, from = 'default'): void {
    this.all.push({ field, value: fromBytes(String(value)), from });
  }
}
