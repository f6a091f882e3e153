import type { SettingProblem } from '../secrets.ts';

/** Something that is wrong or doubtful with the settings of routes. `path` leads to it from the object that holds `routes`, `default` and `silences`. */
export interface RouteProblem extends SettingProblem {
  /** A warning does not keep routes from working. */
  readonly severity: 'error' | 'warning';
  /** It is about the last key of `path`, not about what stands there. */
  readonly isKey?: true;
  /** Where in the text at `path`: characters of a condition, or of a template. */
  readonly at?: { readonly index: number; readonly length: number };
}
