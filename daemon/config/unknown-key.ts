import { didYouMean, type Diagnostic } from '../../engine/index.ts';
import { falcoKeys } from './falco-keys.ts';
import { OWN_KEYS } from './own-keys.ts';

/**
 * What a warning of Falco's configuration means in a file that holds tiercel's keys, too: a key that neither knows is Falco's business, unless
 * it looks like one of ours, which is an error.
 */
export function unknownKey(warning: Diagnostic): Diagnostic {
  const [, key] = /^unknown key "([^".[]+)"$/.exec(warning.message) ?? [];
  if (key === undefined) return warning;
  const own = didYouMean(key, OWN_KEYS);
  if (own !== undefined) return { ...warning, severity: 'error', hint: own };
  const hint =
    didYouMean(key, Object.keys(falcoKeys.shape)) ??
    'neither Falco 0.44 nor tiercel has such a key: it is ignored';
  return { ...warning, hint };
}
