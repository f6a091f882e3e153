import { PRIORITIES, type Priority } from '../engine/index.ts';

/** A priority in any case; also `info`. `undefined` if there is none of this name. */
export function parsePriority(text: string): Priority | undefined {
  const lower = text.toLowerCase();
  if (lower === 'info') return 'Informational';
  return PRIORITIES.find((priority) => priority.toLowerCase() === lower);
}
