import type { Diagnostic, SourcePlace } from '../../engine/index.ts';

/** What can be wrong with a test file, and what such a finding means. */
export const TEST_CODES = {
  TEST_NO_FILE: 'A file that is named is not there, or cannot be read.',
  TEST_YAML: 'The file is no YAML.',
  TEST_SHAPE:
    'A key is missing, or has a value of the wrong kind, or keys stand together that do not belong together.',
  TEST_UNKNOWN_KEY: 'There is no such key there. Keys of the format have no dot, fields have one.',
  TEST_UNKNOWN_FIELD: 'There is no such field, or not with this argument.',
  TEST_FIELD_VALUE: 'The value is none that the field can have: a text for a field that holds numbers.',
  TEST_NO_EXPECTATION: 'A test that expects nothing cannot fail.',
  TEST_DUPLICATE:
    'Two cases have the same name, or the same facts: one of them is superfluous, or meant to be another.',
  TEST_NO_RULES: 'The rule files of a test file are not there.',
  TEST_UNKNOWN_RULE: 'The rule files have no rule of this name.',
  TEST_UNKNOWN_OVERRIDE: 'What stands under `override` does not exist in the rule files.',
  TEST_VACUOUS: 'A silent case whose event the rule is never asked about passes for the wrong reason.',
  TEST_NO_ROUTES:
    'Alerts are to go through routes, and the file names none; or those that it names are not there.',
  TEST_UNKNOWN_OUTPUT: 'The configuration has no output of this name.',
  TEST_UNKNOWN_ROUTE: 'There is no route, or no stage, of this name.',
  TEST_IMPOSSIBLE: 'What is expected can never come, whatever the alerts are.',
  TEST_CONDITION: 'The condition under `where` is wrong.',
  TEST_FACT: 'The facts of an event cannot all be true.',
  TEST_CAPTURE: 'The capture cannot be read.',
  TEST_ONLY: '`only` leaves out all other cases, which must not happen in CI.',
  TEST_NOTHING: 'There is no case to run.',
} as const satisfies Record<string, string>;

export type TestCode = keyof typeof TEST_CODES;

/** Something that is wrong with a test file. */
export interface Problem {
  readonly code: TestCode;
  readonly message: string;
  readonly place: SourcePlace;
  readonly hint?: string | undefined;
  readonly note?: { readonly message: string; readonly place: SourcePlace };
}

/** A problem as an error that is told of. */
export const diagnosticOfProblem = ({ code, message, place, hint, note }: Problem): Diagnostic => ({
  code,
  severity: 'error',
  message,
  ...place,
  ...(hint !== undefined && { hint }),
  ...(note && { notes: [{ message: note.message, ...note.place }] }),
});
