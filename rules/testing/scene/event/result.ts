import { errnoNumber, type EventInfo, type Int, type JsonInput } from '../../../../engine/index.ts';
import type { Draft } from '../draft.ts';
import { returnsFd } from './fd-use.ts';

/** What the result of a call is where facts say only that it failed. */
export const DEFAULT_ERROR = 'ENOENT';

/** What facts say that a call returned: a number, or only that it failed; undefined if they say nothing. */
export type Result = Int | 'failed' | undefined;

/** The number that a fact gives for a parameter; undefined if it gives none, or a text. */
export function numberIn(draft: Draft, name: string | undefined): Int | undefined {
  const given = name === undefined ? undefined : draft.params.get(name);
  if (given === undefined || typeof given.value === 'object') return undefined;
  const text = given.text();
  if (/^-?\d+$/.test(text)) return Number(text);
  const error = errnoNumber(text);
  return error === undefined ? undefined : -error;
}

/** What the call returned, as far as facts say. */
export function toldResult(info: EventInfo, draft: Draft): Result {
  const { value, failed } = draft.result;
  if (value !== undefined) return value;
  const first = info.params[0];
  const told = first !== undefined && !info.enter ? numberIn(draft, first.name) : undefined;
  if (told !== undefined) return told;
  if (failed === true) return 'failed';
  // What fields show where a call that makes an fd failed.
  if (returnsFd(info) && (draft.fd.num ?? 0) < 0) return 'failed';
  return undefined;
}

/** Whether the call failed. */
export function isFailure(result: Result): boolean {
  return result === 'failed' || (result !== undefined && result < 0);
}

/** The result as a parameter. */
export const resultOr = (result: Result, otherwise: Int): JsonInput =>
  result === 'failed' ? DEFAULT_ERROR : String(result ?? otherwise);
